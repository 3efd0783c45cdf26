import type { Database } from './databases.ts'
import { limitOf, type Listed, offsetOf, type Page, type TimeRange } from './page.ts'
import { type Session, sessionColumns, toSession } from './session.ts'

export interface SessionFilter extends Page, TimeRange {
  readonly agentId?: string
  readonly versionId?: string
  readonly callId?: string
  readonly status?: 'active' | 'ended' | 'all'
  readonly startType?: 'cold' | 'warm' | 'all'
  /** Milliseconds, both inclusive. */
  readonly botStartMsMin?: number
  readonly botStartMsMax?: number
  readonly endState?: string
  /** Newest first without. */
  readonly order?: 'asc' | 'desc'
}

/** The sessions of an organization that fit the filter. */
export async function listSessions(
  database: Database,
  organizationId: string,
  filter: SessionFilter,
): Promise<Listed<Session>> {
  const { order = 'desc' } = filter
  const query = matching(database, organizationId, filter)
  const rows = await query
    .select(sessionColumns)
    .orderBy('createdAt', order)
    .orderBy('id')
    .limit(limitOf(filter))
    .offset(offsetOf(filter))
    .execute()
  const { total } = await query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  return { items: rows.map(toSession), total }
}

function matching(database: Database, organizationId: string, filter: SessionFilter) {
  const { agentId, versionId, callId, status = 'all', startType = 'all', startTime, endTime } = filter
  const { botStartMsMin, botStartMsMax, endState } = filter
  let query = database.selectFrom('sessions').where('organizationId', '=', organizationId)
  if (agentId !== undefined) query = query.where('agentId', '=', agentId)
  if (versionId !== undefined) query = query.where('versionId', '=', versionId)
  if (callId !== undefined) query = query.where('callId', '=', callId)
  if (status !== 'all') query = query.where('endedAt', status === 'active' ? 'is' : 'is not', null)
  if (startType !== 'all') query = query.where('coldStart', '=', startType === 'cold' ? 1 : 0)
  if (startTime !== undefined) query = query.where('createdAt', '>=', startTime)
  if (endTime !== undefined) query = query.where('createdAt', '<', endTime)
  if (botStartMsMin !== undefined) query = query.where('botStartMs', '>=', botStartMsMin)
  if (botStartMsMax !== undefined) query = query.where('botStartMs', '<=', botStartMsMax)
  if (endState !== undefined) query = query.where('endState', '=', endState)
  return query
}
