import { createTable, type Migration } from './table.ts'

export const overflow: Migration = {
  name: '0007-overflow',
  async up(schema) {
    for (const column of ['overflow', 'overflow_outcome']) {
      await schema.alterTable('calls').addColumn(column, 'text').execute()
    }
    await createTable(
      schema,
      'messages',
      {
        id: 'text',
        organization_id: 'text',
        agent_id: 'text?',
        call_id: 'text',
        session_id: 'text?',
        url: 'text',
        recording_id: 'text?',
        duration_ms: 'bigint?',
        created_at: 'bigint',
      },
      {
        primaryKey: ['id'],
        unique: [['organization_id', 'url']],
        belongsTo: { organization_id: 'organizations' },
        indexes: {
          messages_of_organization: ['organization_id', 'created_at'],
          messages_by_time: ['created_at'],
        },
      },
    )
  },
}
