import type { Database } from '../databases.ts'
import type { JsonObject } from '../json.ts'
import type { Session } from '../session.ts'
import { queueEvent } from './queue-event.ts'

/** What the caller heard of all that was to be heard. */
export interface HeardInAll {
  readonly sentMs: number
  readonly heardMs: number
  readonly uncertaintyMs: number
}

/** A bot has the session. */
export async function queueSessionStarted(database: Database, session: Session, at: number): Promise<void> {
  const data = async () => ({
    ...(await aboutSession(database, session)),
    cold_start: session.coldStart,
    bot_start_ms: session.botStartMs,
  })
  await queueEvent(database, session.organizationId, { type: 'session.started', at, data })
}

/** `heard`: undefined when nobody knows, since the node went away. */
export async function queueSessionEnded(database: Database, session: Session, heard?: HeardInAll): Promise<void> {
  const endedAt = session.endedAt ?? session.updatedAt
  const data = async () => ({
    ...(await aboutSession(database, session)),
    reason: session.endReason,
    completion_status: session.completionStatus,
    started_at: new Date(session.createdAt).toISOString(),
    ended_at: new Date(endedAt).toISOString(),
    duration_ms: endedAt - session.createdAt,
    heard: heard ? { sent_ms: heard.sentMs, heard_ms: heard.heardMs, uncertainty_ms: heard.uncertaintyMs } : null,
  })
  await queueEvent(database, session.organizationId, { type: 'session.ended', at: endedAt, data })
}

async function aboutSession(database: Database, session: Session): Promise<JsonObject> {
  const { organizationId, agentId, callId } = session
  const agent = await database
    .selectFrom('agents')
    .select(['name', 'region'])
    .where('organizationId', '=', organizationId)
    .where('id', '=', agentId)
    .executeTakeFirst()
  const call =
    callId === null
      ? undefined
      : await database
          .selectFrom('calls')
          .select(['id', 'from', 'to', 'direction'])
          .where('organizationId', '=', organizationId)
          .where('id', '=', callId)
          .executeTakeFirst()
  return {
    session_id: session.id,
    service: agent?.name ?? null,
    deployment_id: session.versionId,
    region: session.region ?? agent?.region ?? null,
    transport: session.transport,
    call: call ? { ...call } : null,
  }
}
