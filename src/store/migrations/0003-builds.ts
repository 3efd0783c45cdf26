import { createTable, type Migration } from './table.ts'

export const builds: Migration = {
  name: '0003-builds',
  async up(schema) {
    await createTable(
      schema,
      'uploads',
      {
        id: 'text',
        organization_id: 'text',
        region: 'text',
        path: 'text?',
        context_hash: 'text?',
        size_bytes: 'bigint?',
        created_at: 'bigint',
        expires_at: 'bigint',
      },
      {
        primaryKey: ['id'],
        belongsTo: { organization_id: 'organizations' },
        indexes: { uploads_of_organization: ['organization_id'], uploads_by_expiry: ['expires_at'] },
      },
    )
    await createTable(
      schema,
      'builds',
      {
        id: 'text',
        organization_id: 'text',
        status: 'text',
        region: 'text',
        context_hash: 'text',
        dockerfile_path: 'text',
        image_uri: 'text?',
        logs_url: 'text?',
        error_message: 'text?',
        context_size_bytes: 'bigint?',
        image_size_bytes: 'bigint?',
        build_duration_seconds: 'integer?',
        started_at: 'bigint?',
        completed_at: 'bigint?',
        created_at: 'bigint',
        updated_at: 'bigint',
      },
      {
        primaryKey: ['id'],
        belongsTo: { organization_id: 'organizations' },
        indexes: {
          builds_of_organization: ['organization_id', 'created_at'],
          builds_by_context: ['organization_id', 'context_hash'],
        },
      },
    )
    await createTable(
      schema,
      'build_logs',
      { id: 'text', build_id: 'text', text: 'text', at: 'bigint' },
      {
        primaryKey: ['id'],
        belongsTo: { build_id: 'builds' },
        indexes: { build_logs_of_build: ['build_id', 'id'] },
      },
    )
  },
}
