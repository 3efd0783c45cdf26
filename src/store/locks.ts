import type { Agent } from './schema/agents.ts'
import type { Database } from './databases.ts'
import { found } from './store-error.ts'

/**
 * Keeps others from changing what belongs to the organization until this transaction ends: writing a row locks it in
 * PostgreSQL, and `select … for update` is not known to SQLite.
 */
export async function lockOrganization(transaction: Database, organizationId: string): Promise<void> {
  const row = await transaction
    .updateTable('organizations')
    .set((column) => ({ updatedAt: column.ref('updatedAt') }))
    .where('id', '=', organizationId)
    .returning('id')
    .executeTakeFirst()
  found(row, 'organization')
}

/** The same for one agent, which must not be deleted. */
export async function lockAgent(transaction: Database, organizationId: string, agentId: string): Promise<Agent> {
  const row = await transaction
    .updateTable('agents')
    .set((column) => ({ updatedAt: column.ref('updatedAt') }))
    .where('organizationId', '=', organizationId)
    .where('id', '=', agentId)
    .where('deletedAt', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return found(row, 'agent')
}
