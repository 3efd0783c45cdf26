import { DatabaseSync } from 'node:sqlite'

const dayMs = 24 * 60 * 60 * 1000

interface FillOptions {
  /** The database file, with its tables. */
  readonly file: string
  readonly organizationId: string
  /** Whose sessions they are, in turn. */
  readonly agentIds: readonly string[]
  readonly sessions: number
}

/** Sessions of a year and log lines of a month, written as fast as SQLite takes them. */
export function fillStore({ file, organizationId, agentIds, sessions }: FillOptions): void {
  const database = new DatabaseSync(file)
  const now = Date.now()
  database.exec('begin')
  const session = database.prepare(
    'insert into sessions (id, organization_id, agent_id, version_id, node_id, created_at, updated_at, ended_at, bot_start_ms, cold_start) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const line = database.prepare(
    'insert into log_lines (id, organization_id, agent_id, session_id, text) values (?, ?, ?, ?, ?)',
  )
  for (let index = 0; index < sessions; index++) {
    const at = now - Math.floor((index / sessions) * 365 * dayMs)
    const agent = agentIds[index % agentIds.length] ?? ''
    session.run(crypto.randomUUID(), organizationId, agent, 'v', 'n', at, at, at + 60_000, index % 3000, index % 2)
    const lineAt = BigInt(now - Math.floor((index / sessions) * 30 * dayMs)) * 1_000_000n
    const text = `2026-01-01 | INFO | bot:${index} - the caller said something that takes a line`
    line.run(`${lineAt}-${String(index).padStart(14, '0')}`, organizationId, agent, `s${index}`, text)
  }
  database.exec('commit')
  database.close()
}
