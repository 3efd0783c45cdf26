import type { Context } from './context.ts'
import type { Database } from './databases.ts'
import { lostCallMs } from './retention.ts'
import { sessionColumns, toSession } from './session.ts'
import { queueSessionEnded } from './webhooks/queue-session.ts'

/** In place of a carrier's reason for the end of a call. */
export const nodeLost = 'node lost'

/** What a client reads of a session whose node went away under it. */
const lost = { completionStatus: 'NODE_LOST', endState: 'node_lost', endReason: 'node-lost' } as const

/** Closes sessions whose node went away, and tells webhooks of them in the same moment. Gives how many were open. */
export async function closeLost(transaction: Database, ids: readonly string[], now: number): Promise<number> {
  if (ids.length === 0) return 0
  const closed = await transaction
    .updateTable('sessions')
    .set({ ...lost, endedAt: now, updatedAt: now })
    .where('id', 'in', ids)
    .where('endedAt', 'is', null)
    .returning(sessionColumns)
    .execute()
  for (const session of closed) await queueSessionEnded(transaction, toSession(session))
  return closed.length
}

/**
 * Closes what a node had open when it went away: to be called when a node starts, before it takes calls. A call that comes
 * back all the same goes on. Gives the number of sessions.
 */
export async function recover({ databases, clock }: Context, nodeId: string): Promise<number> {
  const now = clock.now()
  return databases.main.transaction().execute(async (transaction) => {
    const open = await transaction
      .selectFrom('sessions')
      .select('id')
      .where('nodeId', '=', nodeId)
      .where('endedAt', 'is', null)
      .execute()
    const ids = open.map(({ id }) => id)
    const count = await closeLost(transaction, ids, now)
    await transaction
      .updateTable('calls')
      .set({ endedAt: now, hangupCause: nodeLost })
      .where('nodeId', '=', nodeId)
      .where('endedAt', 'is', null)
      .execute()
    // Their streams ended with the node; the calls themselves may still come back, to this node or to another.
    await transaction
      .updateTable('placements')
      .set({ liveStreamId: null, updatedAt: now })
      .where('nodeId', '=', nodeId)
      .execute()
    await transaction
      .updateTable('placements')
      .set({ expiresAt: now + lostCallMs })
      .where('nodeId', '=', nodeId)
      .where('expiresAt', '>', now + lostCallMs)
      .execute()
    return count
  })
}
