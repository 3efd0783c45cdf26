import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import type { Database } from './databases.ts'
import { lockOrganization } from './locks.ts'
import { only } from './only.ts'
import { isHostName } from './organization-name.ts'
import type { Agent } from './schema/agents.ts'
import { found, orConflict, StoreError } from './store-error.ts'
import { deleteFilesOf } from './version-files.ts'
import { requireWarmRoom } from './warm-instances.ts'
import { insertVersion, type NewVersion, type Scaling } from './version.ts'
import { queueDeployment } from './webhooks/queue-deployment.ts'

export interface NewAgent extends Scaling {
  readonly name: string
  readonly region: string
  /** Its first version. */
  readonly version?: NewVersion
}

export interface AgentChange extends Scaling {
  readonly activeVersionId?: string
}

const longestName = 54
const defaultMaxInstances = 50

/** Named, deployed bots. The deleted ones are not found; what they left behind is. */
export class Agents {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** With its first version or not at all. Throws `conflict` for a name that is taken, `invalid` for a wrong one, `limit-reached`. */
  async create(organizationId: string, { version, ...agent }: NewAgent): Promise<Agent> {
    const { name, region, minInstances = 0, maxInstances = defaultMaxInstances } = agent
    if (!isHostName(name, longestName)) {
      throw new StoreError(
        'invalid',
        `the name of an agent has 2 to ${longestName} small letters, digits and hyphens, got "${name}"`,
      )
    }
    const now = this.#context.clock.now()
    const id = randomUUID()
    const row = { id, organizationId, name, region, minInstances, maxInstances, createdAt: now, updatedAt: now }
    const { limits } = this.#context
    const created = this.#main.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, organizationId)
      const most = limits.maxWarmInstances
      await requireWarmRoom(transaction, { organizationId, agentId: id, minInstances, most })
      await transaction.insertInto('agents').values(row).execute()
      if (version) {
        const first = await insertVersion(transaction, row, version, { now, limits })
        await queueDeployment(transaction, 'deployment.created', { agent: row, version: first, at: now })
      }
      return found(await findAgent(transaction, organizationId, id), 'agent')
    })
    return orConflict(created, `there is an agent named "${name}" already`)
  }

  async find(organizationId: string, name: string): Promise<Agent | undefined> {
    return this.#main
      .selectFrom('agents')
      .selectAll()
      .where('organizationId', '=', organizationId)
      .where('name', '=', name)
      .where('deletedAt', 'is', null)
      .executeTakeFirst()
  }

  async findById(organizationId: string, id: string): Promise<Agent | undefined> {
    return findAgent(this.#main, organizationId, id)
  }

  /** By name. */
  async list(organizationId: string, { region }: { readonly region?: string } = {}): Promise<Agent[]> {
    return this.#context.databases.lists
      .selectFrom('agents')
      .selectAll()
      .where('organizationId', '=', organizationId)
      .where('deletedAt', 'is', null)
      .$if(region !== undefined, (query) => query.where('region', '=', region ?? ''))
      .orderBy('name')
      .execute()
  }

  /** Throws `limit-reached` for more instances kept ready than an organization may have. */
  async update(organizationId: string, id: string, change: AgentChange): Promise<Agent> {
    const { clock, limits } = this.#context
    return this.#main.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, organizationId)
      const { minInstances = 0 } = change
      const most = limits.maxWarmInstances
      await requireWarmRoom(transaction, { organizationId, agentId: id, minInstances, most })
      const row = await transaction
        .updateTable('agents')
        .set({ ...only(change, ['minInstances', 'maxInstances', 'activeVersionId']), updatedAt: clock.now() })
        .where('organizationId', '=', organizationId)
        .where('id', '=', id)
        .where('deletedAt', 'is', null)
        .returningAll()
        .executeTakeFirst()
      return found(row, 'agent')
    })
  }

  /** Its name is free again; its versions without their files, sessions and logs can still be read by its id. */
  async delete(organizationId: string, id: string): Promise<Agent> {
    const now = this.#context.clock.now()
    return this.#main.transaction().execute(async (transaction) => {
      const row = await transaction
        .updateTable('agents')
        .set({ deletedAt: now, updatedAt: now })
        .where('organizationId', '=', organizationId)
        .where('id', '=', id)
        .where('deletedAt', 'is', null)
        .returningAll()
        .executeTakeFirst()
      const deleted = found(row, 'agent')
      await deleteFilesOf(transaction, id)
      return deleted
    })
  }

  get #main() {
    return this.#context.databases.main
  }
}

const findAgent = (database: Database, organizationId: string, id: string): Promise<Agent | undefined> =>
  database
    .selectFrom('agents')
    .selectAll()
    .where('organizationId', '=', organizationId)
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    .executeTakeFirst()
