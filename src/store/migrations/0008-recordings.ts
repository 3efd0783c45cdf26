import { createTable, type Migration } from './table.ts'

/** Nothing was ever written into the table of before. */
export const recordings: Migration = {
  name: '0008-recordings',
  async up(schema) {
    await schema.dropTable('recordings').execute()
    await createTable(
      schema,
      'recordings',
      {
        id: 'text',
        organization_id: 'text',
        session_id: 'text',
        call_id: 'text',
        carrier_id: 'text',
        url: 'text',
        format: 'text',
        channels: 'integer',
        max_ms: 'bigint?',
        duration_ms: 'bigint?',
        path: 'text?',
        size_bytes: 'bigint?',
        started_at: 'bigint',
        created_at: 'bigint',
      },
      {
        primaryKey: ['id'],
        unique: [['organization_id', 'carrier_id']],
        indexes: {
          recordings_of_organization: ['organization_id', 'created_at'],
          recordings_of_session: ['session_id'],
          recordings_of_call: ['call_id'],
          recordings_by_time: ['created_at'],
        },
      },
    )
  },
}
