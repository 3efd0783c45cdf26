import { createTable, type Migration } from './table.ts'

export const webhooks: Migration = {
  name: '0006-webhooks',
  async up(schema) {
    await createTable(
      schema,
      'webhook_endpoints',
      {
        id: 'text',
        organization_id: 'text',
        url: 'text',
        description: 'text?',
        events: 'text?',
        enabled: 'integer',
        disabled_reason: 'text?',
        failing_since: 'bigint?',
        created_at: 'bigint',
        updated_at: 'bigint',
      },
      {
        primaryKey: ['id'],
        belongsTo: { organization_id: 'organizations' },
        indexes: { webhook_endpoints_of_organization: ['organization_id'] },
      },
    )
    await createTable(
      schema,
      'webhook_deliveries',
      {
        id: 'text',
        organization_id: 'text',
        endpoint_id: 'text',
        event_type: 'text',
        payload: 'text',
        state: 'text',
        attempts: 'integer',
        next_attempt_at: 'bigint?',
        last_attempt_at: 'bigint?',
        last_status: 'integer?',
        last_error: 'text?',
        delivered_at: 'bigint?',
        created_at: 'bigint',
      },
      {
        primaryKey: ['id'],
        belongsTo: { endpoint_id: 'webhook_endpoints' },
        indexes: {
          webhook_deliveries_due: ['next_attempt_at'],
          webhook_deliveries_of_endpoint: ['endpoint_id', 'created_at'],
          webhook_deliveries_by_time: ['created_at'],
        },
      },
    )
  },
}
