import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import { limitOf, type Listed, offsetOf, type Page } from './page.ts'
import { only } from './only.ts'
import type { Build, BuildLogRow, BuildStatus } from './schema/agents.ts'
import { found } from './store-error.ts'
import { TimeOrderedIds } from './time-ordered-ids.ts'
import { lockOrganization } from './locks.ts'

export interface NewBuild {
  readonly region: string
  readonly contextHash: string
  readonly dockerfilePath: string
  readonly contextSizeBytes?: number
}

export interface BuildFilter extends Page {
  readonly status?: BuildStatus
  readonly region?: string
  readonly contextHash?: string
  readonly dockerfilePath?: string
}

export interface BuildChange {
  readonly status?: BuildStatus
  readonly imageUri?: string
  readonly logsUrl?: string
  readonly errorMessage?: string
  readonly imageSizeBytes?: number
  readonly startedAt?: number
  /** With `startedAt` it gives `buildDurationSeconds`. */
  readonly completedAt?: number
}

/** Images made from what people uploaded. */
export class Builds {
  readonly #context: Context
  readonly #logIds: TimeOrderedIds

  constructor(context: Context) {
    this.#context = context
    this.#logIds = new TimeOrderedIds(context.clock)
  }

  /** `cached`: the same context has been built with success already, and that build is the answer. */
  async create(organizationId: string, build: NewBuild): Promise<{ build: Build; cached: boolean }> {
    const { region, contextHash, dockerfilePath, contextSizeBytes = null } = build
    const now = this.#context.clock.now()
    return this.#main.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, organizationId)
      const cached = await transaction
        .selectFrom('builds')
        .selectAll()
        .where('organizationId', '=', organizationId)
        .where('contextHash', '=', contextHash)
        .where('region', '=', region)
        .where('dockerfilePath', '=', dockerfilePath)
        .where('status', '=', 'success')
        .orderBy('createdAt', 'desc')
        .limit(1)
        .executeTakeFirst()
      if (cached) return { build: cached, cached: true }
      const made = { id: randomUUID(), organizationId, region, contextHash, dockerfilePath, contextSizeBytes }
      const row = await transaction
        .insertInto('builds')
        .values({ ...made, status: 'pending', createdAt: now, updatedAt: now })
        .returningAll()
        .executeTakeFirstOrThrow()
      return { build: row, cached: false }
    })
  }

  async find(organizationId: string, id: string): Promise<Build | undefined> {
    return this.#main
      .selectFrom('builds')
      .selectAll()
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .executeTakeFirst()
  }

  /** Newest first. */
  async list(organizationId: string, filter: BuildFilter = {}): Promise<Listed<Build>> {
    const { status, region, contextHash, dockerfilePath } = filter
    let query = this.#context.databases.lists.selectFrom('builds').where('organizationId', '=', organizationId)
    if (status !== undefined) query = query.where('status', '=', status)
    if (region !== undefined) query = query.where('region', '=', region)
    if (contextHash !== undefined) query = query.where('contextHash', '=', contextHash)
    if (dockerfilePath !== undefined) query = query.where('dockerfilePath', '=', dockerfilePath)
    const items = await query
      .selectAll()
      .orderBy('createdAt', 'desc')
      .orderBy('id')
      .limit(limitOf(filter))
      .offset(offsetOf(filter))
      .execute()
    const { total } = await query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
    return { items, total }
  }

  async update(organizationId: string, id: string, change: BuildChange): Promise<Build> {
    const before = found(await this.find(organizationId, id), 'build')
    const startedAt = change.startedAt ?? before.startedAt
    const completedAt = change.completedAt ?? before.completedAt
    const row = await this.#main
      .updateTable('builds')
      .set({
        ...only(change, ['status', 'imageUri', 'logsUrl', 'errorMessage', 'imageSizeBytes']),
        startedAt,
        completedAt,
        buildDurationSeconds:
          startedAt === null || completedAt === null ? null : Math.round((completedAt - startedAt) / 1000),
        updatedAt: this.#context.clock.now(),
      })
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    return found(row, 'build')
  }

  async appendLog(organizationId: string, id: string, texts: readonly string[]): Promise<void> {
    found(await this.find(organizationId, id), 'build')
    const at = this.#context.clock.now()
    const rows = texts.map((text) => ({ id: this.#logIds.next(), buildId: id, text: text.replaceAll('\0', ''), at }))
    if (rows.length > 0) await this.#main.insertInto('buildLogs').values(rows).execute()
  }

  /** In the order in which they were written. */
  async logs(organizationId: string, id: string, page: Page = {}): Promise<Listed<Pick<BuildLogRow, 'text' | 'at'>>> {
    const query = this.#context.databases.lists
      .selectFrom('buildLogs')
      .innerJoin('builds', 'builds.id', 'buildLogs.buildId')
      .where('builds.organizationId', '=', organizationId)
      .where('buildId', '=', id)
    const items = await query
      .select(['buildLogs.text', 'buildLogs.at'])
      .orderBy('buildLogs.id')
      .limit(limitOf(page))
      .offset(offsetOf(page))
      .execute()
    const { total } = await query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
    return { items, total }
  }

  get #main() {
    return this.#context.databases.main
  }
}
