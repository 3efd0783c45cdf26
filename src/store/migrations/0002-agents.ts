import { sql } from 'kysely'
import { createTable, type Migration } from './table.ts'

export const agents: Migration = {
  name: '0002-agents',
  async up(schema) {
    await createTable(
      schema,
      'agents',
      {
        id: 'text',
        organization_id: 'text',
        name: 'text',
        region: 'text',
        min_instances: 'integer',
        max_instances: 'integer',
        desired_version_id: 'text?',
        active_version_id: 'text?',
        created_at: 'bigint',
        updated_at: 'bigint',
        deleted_at: 'bigint?',
      },
      { primaryKey: ['id'], belongsTo: { organization_id: 'organizations' } },
    )
    // A deleted agent's name is free again.
    await schema
      .createIndex('agents_name_unique')
      .on('agents')
      .columns(['organization_id', 'name'])
      .unique()
      .where(sql<boolean>`deleted_at is null`)
      .execute()
    await createTable(
      schema,
      'versions',
      {
        id: 'text',
        organization_id: 'text',
        agent_id: 'text',
        number: 'integer',
        spec: 'text',
        phase: 'text',
        phase_started_at: 'bigint',
        error_code: 'text?',
        error_message: 'text?',
        created_by: 'text?',
        created_at: 'bigint',
        updated_at: 'bigint',
      },
      { primaryKey: ['id'], unique: [['agent_id', 'number']], belongsTo: { agent_id: 'agents' } },
    )
    await createTable(
      schema,
      'version_files',
      { version_id: 'text', path: 'text', content: 'bytea' },
      { primaryKey: ['version_id', 'path'], belongsTo: { version_id: 'versions' } },
    )
    await createTable(
      schema,
      'secret_sets',
      {
        id: 'text',
        organization_id: 'text',
        name: 'text',
        type: 'text',
        region: 'text',
        status: 'text',
        error_message: 'text?',
        host: 'text?',
        created_at: 'bigint',
        updated_at: 'bigint',
      },
      {
        primaryKey: ['id'],
        unique: [['organization_id', 'name']],
        belongsTo: { organization_id: 'organizations' },
      },
    )
    await createTable(
      schema,
      'secret_values',
      { set_id: 'text', name: 'text', key_id: 'text', sealed: 'text' },
      {
        primaryKey: ['set_id', 'name'],
        belongsTo: { set_id: 'secret_sets' },
        indexes: { secret_values_by_key: ['key_id'] },
      },
    )
  },
}
