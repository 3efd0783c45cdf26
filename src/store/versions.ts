import type { Context } from './context.ts'
import type { Database } from './databases.ts'
import { lockAgent, lockOrganization } from './locks.ts'
import { limitOf, type Listed, offsetOf, type Page } from './page.ts'
import type { Agent, VersionPhase } from './schema/agents.ts'
import { found, StoreError } from './store-error.ts'
import { requireWarmRoom } from './warm-instances.ts'
import { insertVersion, type NewVersion, type Scaling, toVersion, type Version, type VersionFile } from './version.ts'
import { requireFiles } from './version-files.ts'
import { queueDeployment } from './webhooks/queue-deployment.ts'
import { queuePhase } from './webhooks/queue-phase.ts'

export interface PhaseChange {
  readonly phase: VersionPhase
  readonly errorCode?: string
  readonly errorMessage?: string
}

/** Immutable deployments of agents. */
export class Versions {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /**
   * Whole or not at all; the agent's `desiredVersionId` from then on. Throws `not-found` for the agent, `limit-reached`, and
   * `conflict` when another version than the one that it follows is wanted by now.
   */
  async create(
    organizationId: string,
    agentId: string,
    { scaling = {}, follows, ...version }: NewVersion & { readonly scaling?: Scaling; readonly follows?: string },
  ): Promise<Version> {
    return this.#main.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, organizationId)
      const agent = await lockAgent(transaction, organizationId, agentId)
      if (follows !== undefined && follows !== agent.desiredVersionId)
        throw new StoreError('conflict', `another version of "${agent.name}" was deployed meanwhile: try again`)
      const { minInstances = agent.minInstances, maxInstances = agent.maxInstances } = scaling
      const { clock, limits } = this.#context
      const most = limits.maxWarmInstances
      await requireWarmRoom(transaction, { organizationId, agentId, minInstances, most })
      await transaction.updateTable('agents').set({ minInstances, maxInstances }).where('id', '=', agentId).execute()
      const now = clock.now()
      const inserted = await insertVersion(transaction, agent, version, { now, limits })
      await queueDeployment(transaction, 'deployment.updated', { agent, version: inserted, at: now })
      return inserted
    })
  }

  async find(organizationId: string, id: string): Promise<Version | undefined> {
    return findVersion(this.#main, organizationId, id)
  }

  async latest(organizationId: string, agentId: string): Promise<Version | undefined> {
    return (await this.list(organizationId, agentId, { limit: 1 })).items[0]
  }

  /** Newest first. */
  async list(organizationId: string, agentId: string, page: Page = {}): Promise<Listed<Version>> {
    const query = this.#context.databases.lists
      .selectFrom('versions')
      .where('organizationId', '=', organizationId)
      .where('agentId', '=', agentId)
    const rows = await query.selectAll().orderBy('number', 'desc').limit(limitOf(page)).offset(offsetOf(page)).execute()
    const { total } = await query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
    return { items: rows.map(toVersion), total }
  }

  /**
   * What became of a version. `active` also makes it the agent's `activeVersionId`, and webhooks are told, in the same
   * moment.
   */
  async setPhase(
    organizationId: string,
    id: string,
    { phase, errorCode, errorMessage }: PhaseChange,
  ): Promise<Version> {
    const now = this.#context.clock.now()
    return this.#main.transaction().execute(async (transaction) => {
      const row = await transaction
        .updateTable('versions')
        .set({
          phase,
          phaseStartedAt: now,
          updatedAt: now,
          errorCode: errorCode ?? null,
          errorMessage: errorMessage ?? null,
        })
        .where('organizationId', '=', organizationId)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      const version = toVersion(found(row, 'version'))
      if (phase === 'active') {
        const first = await transaction
          .updateTable('agents')
          .set({ activeVersionId: id, updatedAt: now })
          .where('id', '=', version.agentId)
          .where((row) => row.or([row('activeVersionId', 'is', null), row('activeVersionId', '!=', id)]))
          .returning('id')
          .executeTakeFirst()
        // Not when a node has only started again.
        if (first) await queuePhase(transaction, version, now)
      }
      if (phase === 'failed') await queuePhase(transaction, version, now)
      return version
    })
  }

  /** Wants an earlier version again. Throws `conflict` when its files are gone. */
  async rollBack(organizationId: string, agentId: string, versionId: string): Promise<Agent> {
    return this.#main.transaction().execute(async (transaction) => {
      const agent = await lockAgent(transaction, organizationId, agentId)
      const now = this.#context.clock.now()
      const version = await findVersion(transaction, organizationId, versionId)
      const wanted = found(version?.agentId === agentId ? version : undefined, 'version of this agent')
      await requireFiles(transaction, wanted, await latestNumber(transaction, agentId))
      await queueDeployment(transaction, 'deployment.updated', { agent, version: wanted, at: now })
      return transaction
        .updateTable('agents')
        .set({ desiredVersionId: versionId, updatedAt: now })
        .where('id', '=', agentId)
        .returningAll()
        .executeTakeFirstOrThrow()
    })
  }

  async files(organizationId: string, id: string): Promise<VersionFile[]> {
    return this.#context.databases.lists
      .selectFrom('versionFiles')
      .innerJoin('versions', 'versions.id', 'versionFiles.versionId')
      .select(['path', 'content'])
      .where('versions.organizationId', '=', organizationId)
      .where('versionId', '=', id)
      .orderBy('path')
      .execute()
  }

  get #main() {
    return this.#context.databases.main
  }
}

async function findVersion(database: Database, organizationId: string, id: string): Promise<Version | undefined> {
  const row = await database
    .selectFrom('versions')
    .selectAll()
    .where('organizationId', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && toVersion(row)
}

async function latestNumber(database: Database, agentId: string): Promise<number> {
  const { last } = await database
    .selectFrom('versions')
    .select(({ fn }) => fn.max('number').as('last'))
    .where('agentId', '=', agentId)
    .executeTakeFirstOrThrow()
  return last
}
