import type { Context } from './context.ts'
import { longestCallMs, type Retention, staleInvitationMs } from './retention.ts'
import { closeLost, nodeLost } from './recover.ts'
import { firstIdAt } from './time-ordered-ids.ts'

/** Few enough that a statement takes a few milliseconds, and other writers get their turn. */
const rowsPerStep = 100

/** Deletes some of what is too old, and gives how much: 0 when nothing of this kind is left. */
export type PruneStep = () => Promise<number>

/** One step for each kind of thing; each is to be repeated until it gives 0. */
export function pruneSteps({ databases: { main }, clock }: Context, retention: Retention): readonly PruneStep[] {
  const before = (keptMs: number) => clock.now() - keptMs
  return [
    async () => {
      const old = main
        .selectFrom('logLines')
        .select('id')
        .where('id', '<', firstIdAt(before(retention.logsMs)))
      const some = old.orderBy('id').limit(rowsPerStep)
      return deleted(await main.deleteFrom('logLines').where('id', 'in', some).executeTakeFirst())
    },
    async () => {
      const old = main
        .selectFrom('sessionEvents')
        .select('id')
        .where('id', '<', firstIdAt(before(retention.sessionsMs)))
      const some = old.orderBy('id').limit(rowsPerStep)
      return deleted(await main.deleteFrom('sessionEvents').where('id', 'in', some).executeTakeFirst())
    },
    async () => {
      const old = main.selectFrom('sessions').select('id').where('endedAt', '<', before(retention.sessionsMs))
      const some = old.orderBy('endedAt').limit(rowsPerStep)
      return deleted(await main.deleteFrom('sessions').where('id', 'in', some).executeTakeFirst())
    },
    async () => {
      // Ids of calls are the carrier's; that another organization had the same is as good as impossible, and harmless.
      const old = main.selectFrom('calls').select('id').where('endedAt', '<', before(retention.callsMs))
      const some = old.orderBy('endedAt').limit(rowsPerStep)
      const done = main.deleteFrom('calls').where('id', 'in', some).where('endedAt', '<', before(retention.callsMs))
      return deleted(await done.executeTakeFirst())
    },
    async () => {
      const old = main.selectFrom('recordings').select('id').where('createdAt', '<', before(retention.sessionsMs))
      const some = old.orderBy('createdAt').limit(rowsPerStep)
      return deleted(await main.deleteFrom('recordings').where('id', 'in', some).executeTakeFirst())
    },
    async () => {
      const old = main.selectFrom('messages').select('id').where('createdAt', '<', before(retention.callsMs))
      const some = old.orderBy('createdAt').limit(rowsPerStep)
      return deleted(await main.deleteFrom('messages').where('id', 'in', some).executeTakeFirst())
    },
    async () => {
      const old = main.selectFrom('auditEntries').select('id').where('at', '<', before(retention.auditMs))
      const some = old.orderBy('at').limit(rowsPerStep)
      return deleted(await main.deleteFrom('auditEntries').where('id', 'in', some).executeTakeFirst())
    },
    async () => {
      const old = main
        .selectFrom('webhookDeliveries')
        .select('id')
        .where('createdAt', '<', before(retention.webhooksMs))
      const some = old.orderBy('createdAt').limit(rowsPerStep)
      return deleted(await main.deleteFrom('webhookDeliveries').where('id', 'in', some).executeTakeFirst())
    },
    async () => {
      const old = main.selectFrom('loginTokens').select('id').where('expiresAt', '<', clock.now())
      const some = old.orderBy('expiresAt').limit(rowsPerStep)
      return deleted(await main.deleteFrom('loginTokens').where('id', 'in', some).executeTakeFirst())
    },
    async () => {
      const old = main.selectFrom('invitations').select('id').where('expiresAt', '<', before(staleInvitationMs))
      const some = old.orderBy('expiresAt').limit(rowsPerStep)
      return deleted(await main.deleteFrom('invitations').where('id', 'in', some).executeTakeFirst())
    },
    async () => {
      const old = main.selectFrom('uploads').select('id').where('expiresAt', '<', clock.now())
      const some = old.orderBy('expiresAt').limit(rowsPerStep)
      return deleted(await main.deleteFrom('uploads').where('id', 'in', some).executeTakeFirst())
    },
    async () => {
      const some = main
        .selectFrom('placements')
        .select('callId')
        .where('expiresAt', '<', clock.now())
        .limit(rowsPerStep)
      const done = main.deleteFrom('placements').where('callId', 'in', some).where('expiresAt', '<', clock.now())
      return deleted(await done.executeTakeFirst())
    },
    async () => {
      const some = main
        .selectFrom('usedTickets')
        .select('nonce')
        .where('expiresAt', '<', clock.now())
        .limit(rowsPerStep)
      const done = main.deleteFrom('usedTickets').where('nonce', 'in', some).where('expiresAt', '<', clock.now())
      return deleted(await done.executeTakeFirst())
    },
    () =>
      main.transaction().execute(async (transaction) => {
        const live = transaction.selectFrom('sessions').select('id').where('endedAt', 'is', null)
        const some = await live.where('createdAt', '<', before(longestCallMs)).limit(rowsPerStep).execute()
        return closeLost(
          transaction,
          some.map(({ id }) => id),
          clock.now(),
        )
      }),
    async () => {
      const live = main.selectFrom('calls').select('id').where('endedAt', 'is', null)
      const some = live.where('createdAt', '<', before(longestCallMs)).limit(rowsPerStep)
      const done = main.updateTable('calls').set({ endedAt: clock.now(), hangupCause: nodeLost })
      const row = await done.where('id', 'in', some).where('endedAt', 'is', null).executeTakeFirst()
      return Number(row.numUpdatedRows)
    },
  ]
}

const deleted = ({ numDeletedRows }: { readonly numDeletedRows: bigint }): number => Number(numDeletedRows)
