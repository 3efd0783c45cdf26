import type { Database } from './databases.ts'
import { StoreError } from './store-error.ts'

interface WantedInstances {
  readonly organizationId: string
  /** Of the agent, which may be new. */
  readonly agentId: string
  readonly minInstances: number
  /** What all agents of an organization may keep ready together. */
  readonly most: number
}

/** In a transaction that has locked the organization. Throws `limit-reached`; fewer than before are always fine. */
export async function requireWarmRoom(transaction: Database, wanted: WantedInstances): Promise<void> {
  const { organizationId, agentId, minInstances, most } = wanted
  const agents = await transaction
    .selectFrom('agents')
    .select(['id', 'minInstances'])
    .where('organizationId', '=', organizationId)
    .where('deletedAt', 'is', null)
    .execute()
  if (minInstances <= (agents.find(({ id }) => id === agentId)?.minInstances ?? 0)) return
  const others = agents.filter(({ id }) => id !== agentId).reduce((sum, agent) => sum + agent.minInstances, 0)
  if (others + minInstances <= most) return
  throw new StoreError(
    'limit-reached',
    `the agents of an organization may keep ${most} instances ready in all on this node (OFFHOOK_MAX_WARM_INSTANCES), ` +
      `and the others of this one have ${others}: set minAgents to ${Math.max(0, most - others)} or less`,
  )
}
