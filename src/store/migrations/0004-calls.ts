import { type SchemaModule, sql } from 'kysely'
import { createTable, type Migration } from './table.ts'

export const calls: Migration = {
  name: '0004-calls',
  async up(schema) {
    await createCalls(schema)
    await createSessions(schema)
    await createPlacements(schema)
  },
}

async function createCalls(schema: SchemaModule): Promise<void> {
  await createTable(
    schema,
    'calls',
    {
      organization_id: 'text',
      id: 'text',
      agent_id: 'text?',
      from: 'text?',
      to: 'text?',
      direction: 'text?',
      node_id: 'text',
      created_at: 'bigint',
      ended_at: 'bigint?',
      hangup_cause: 'text?',
      duration_ms: 'bigint?',
    },
    {
      primaryKey: ['organization_id', 'id'],
      indexes: {
        calls_of_organization: ['organization_id', 'created_at'],
        calls_of_agent: ['agent_id', 'created_at'],
        calls_by_end: ['ended_at'],
      },
    },
  )
  await createTable(
    schema,
    'recordings',
    {
      id: 'text',
      organization_id: 'text',
      session_id: 'text',
      call_id: 'text?',
      path: 'text',
      format: 'text',
      channels: 'integer',
      duration_ms: 'bigint',
      size_bytes: 'bigint',
      started_at: 'bigint',
      created_at: 'bigint',
    },
    {
      primaryKey: ['id'],
      indexes: {
        recordings_of_organization: ['organization_id', 'created_at'],
        recordings_of_session: ['session_id'],
      },
    },
  )
}

async function createSessions(schema: SchemaModule): Promise<void> {
  await createTable(
    schema,
    'sessions',
    {
      id: 'text',
      organization_id: 'text',
      agent_id: 'text',
      version_id: 'text',
      call_id: 'text?',
      node_id: 'text',
      instance_id: 'text?',
      transport: 'text?',
      region: 'text?',
      created_at: 'bigint',
      updated_at: 'bigint',
      bot_start_ms: 'bigint?',
      cold_start: 'integer?',
      ended_at: 'bigint?',
      completion_status: 'text?',
      end_state: 'text?',
      end_reason: 'text?',
      metrics: 'text?',
    },
    {
      primaryKey: ['id'],
      indexes: {
        sessions_of_organization: ['organization_id', 'created_at'],
        sessions_of_agent: ['agent_id', 'created_at'],
        sessions_of_call: ['call_id'],
        sessions_by_end: ['ended_at'],
      },
    },
  )
  for (const [index, column] of [
    ['sessions_live_of_agent', 'agent_id'],
    ['sessions_live_of_node', 'node_id'],
  ] as const) {
    await schema
      .createIndex(index)
      .on('sessions')
      .column(column)
      .where(sql<boolean>`ended_at is null`)
      .execute()
  }
  await createTable(
    schema,
    'session_events',
    { id: 'text', organization_id: 'text', session_id: 'text', code: 'text', data: 'text?' },
    { primaryKey: ['id'], indexes: { session_events_of_session: ['session_id', 'id'] } },
  )
  await createTable(
    schema,
    'log_lines',
    {
      id: 'text',
      organization_id: 'text',
      agent_id: 'text',
      version_id: 'text?',
      session_id: 'text?',
      instance_id: 'text?',
      stream: 'text?',
      text: 'text',
    },
    {
      primaryKey: ['id'],
      indexes: {
        log_lines_of_organization: ['organization_id', 'id'],
        log_lines_of_agent: ['agent_id', 'id'],
        log_lines_of_session: ['session_id', 'id'],
      },
    },
  )
}

async function createPlacements(schema: SchemaModule): Promise<void> {
  await createTable(
    schema,
    'placements',
    {
      organization_id: 'text',
      call_id: 'text',
      agent_id: 'text',
      node_id: 'text',
      session_id: 'text?',
      live_stream_id: 'text?',
      state: 'text?',
      saved_state: 'text?',
      created_at: 'bigint',
      updated_at: 'bigint',
      expires_at: 'bigint',
    },
    {
      primaryKey: ['organization_id', 'call_id'],
      indexes: { placements_by_expiry: ['expires_at'], placements_of_node: ['node_id'] },
    },
  )
  await createTable(
    schema,
    'used_tickets',
    { organization_id: 'text', nonce: 'text', expires_at: 'bigint' },
    { primaryKey: ['organization_id', 'nonce'], indexes: { used_tickets_by_expiry: ['expires_at'] } },
  )
}
