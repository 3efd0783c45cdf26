import type { Database } from '../databases.ts'
import type { Message } from '../schema/calls.ts'
import { queueEvent } from './queue-event.ts'

/** A caller has left a message. */
export async function queueMessage(database: Database, message: Message): Promise<void> {
  const { organizationId, agentId, callId, sessionId, url, recordingId, durationMs, createdAt } = message
  const data = async () => {
    const agent = await database
      .selectFrom('agents')
      .select('name')
      .where('organizationId', '=', organizationId)
      .where('id', '=', agentId)
      .executeTakeFirst()
    const call = await database
      .selectFrom('calls')
      .select(['id', 'from', 'to', 'direction'])
      .where('organizationId', '=', organizationId)
      .where('id', '=', callId)
      .executeTakeFirst()
    return {
      message_id: message.id,
      service: agent?.name ?? null,
      session_id: sessionId,
      call: call ? { ...call } : null,
      url,
      recording_id: recordingId,
      duration_ms: durationMs,
    }
  }
  await queueEvent(database, organizationId, { type: 'message.left', at: createdAt, data })
}
