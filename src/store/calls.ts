import type { Context } from './context.ts'
import { nodeLost } from './recover.ts'
import { limitOf, type Listed, offsetOf, type Page, type TimeRange } from './page.ts'
import type { Call } from './schema/calls.ts'
import { found, orConflict } from './store-error.ts'

export interface NewCall {
  /** Plivo's CallUUID. */
  readonly id: string
  readonly agentId?: string
  readonly from?: string
  readonly to?: string
  readonly direction?: 'inbound' | 'outbound'
  readonly nodeId: string
  /** Default: now. */
  readonly createdAt?: number
}

export interface CallEnd {
  /** As the carrier says, or the node in its place. */
  readonly hangupCause?: string
  /** Since the answer, as the carrier says. */
  readonly durationMs?: number
  /** Default: now. */
  readonly endedAt?: number
}

export interface CallFilter extends Page, TimeRange {
  readonly agentId?: string
  /** True: going on. False: over. */
  readonly live?: boolean
  /** True: there was no place for it. */
  readonly overflowed?: boolean
}

/** Plivo's calls. */
export class Calls {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** A session opens for the call: creates it, or lets one go on that was over for us; `nodeId` has it from now on. */
  async begin(organizationId: string, call: NewCall): Promise<Call> {
    const goesOn = await this.#main
      .updateTable('calls')
      .set({ nodeId: call.nodeId, endedAt: null, hangupCause: null, durationMs: null })
      .where('organizationId', '=', organizationId)
      .where('id', '=', call.id)
      .returningAll()
      .executeTakeFirst()
    return goesOn ?? this.create(organizationId, call)
  }

  /** Throws `conflict` for a call that is here already. */
  async create(organizationId: string, call: NewCall): Promise<Call> {
    const { id, agentId, from, to, direction, nodeId, createdAt = this.#context.clock.now() } = call
    const inserted = this.#main
      .insertInto('calls')
      .values({
        organizationId,
        id,
        nodeId,
        agentId: agentId ?? null,
        from: from ?? null,
        to: to ?? null,
        direction: direction ?? null,
        createdAt,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    return orConflict(inserted, 'this call is known already')
  }

  async find(organizationId: string, id: string): Promise<Call | undefined> {
    return this.#main
      .selectFrom('calls')
      .selectAll()
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .executeTakeFirst()
  }

  /** Names of the organizations that have it: one, unless somebody made its id up. */
  async organizationsOf(id: string): Promise<readonly string[]> {
    const rows = await this.#context.databases.lists
      .selectFrom('organizations')
      // In this order: the table of calls is large, and is looked into by its key.
      .crossJoin('calls')
      .whereRef('calls.organizationId', '=', 'organizations.id')
      .where('calls.id', '=', id)
      .select('organizations.name')
      .execute()
    return rows.map(({ name }) => name)
  }

  /** Newest first. */
  async list(organizationId: string, filter: CallFilter = {}): Promise<Listed<Call>> {
    const { agentId, live, overflowed, startTime, endTime } = filter
    let query = this.#context.databases.lists.selectFrom('calls').where('organizationId', '=', organizationId)
    if (agentId !== undefined) query = query.where('agentId', '=', agentId)
    if (live !== undefined) query = query.where('endedAt', live ? 'is' : 'is not', null)
    if (overflowed !== undefined) query = query.where('overflow', overflowed ? 'is not' : 'is', null)
    if (startTime !== undefined) query = query.where('createdAt', '>=', startTime)
    if (endTime !== undefined) query = query.where('createdAt', '<', endTime)
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

  /** There was no place for it, or what became of its caller is known. */
  async setOverflow(
    organizationId: string,
    id: string,
    { overflow, outcome }: { readonly overflow?: string; readonly outcome?: string },
  ): Promise<void> {
    await this.#main
      .updateTable('calls')
      .set({
        ...(overflow !== undefined && { overflow }),
        ...(outcome !== undefined && { overflowOutcome: outcome }),
      })
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .execute()
  }

  /**
   * The first end is kept; what was not known of it then is added. A node that came back could only guess at the end of its
   * calls: what the carrier says of it counts.
   */
  async end(organizationId: string, id: string, end: CallEnd = {}): Promise<Call> {
    const { hangupCause = null, durationMs = null, endedAt = this.#context.clock.now() } = end
    const guess = hangupCause === null ? '' : nodeLost
    const ended = await this.#main
      .updateTable('calls')
      .set((build) => ({
        endedAt: build
          .case()
          .when('hangupCause', '=', guess)
          .then(endedAt)
          .else(build.fn.coalesce('endedAt', build.val(endedAt)))
          .end(),
        hangupCause: build.fn.coalesce(
          build.fn<string | null>('nullif', ['hangupCause', build.val(guess)]),
          build.val(hangupCause),
        ),
        durationMs: build.fn.coalesce('durationMs', build.val(durationMs === null ? null : Math.round(durationMs))),
      }))
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    return found(ended, 'call')
  }

  get #main() {
    return this.#context.databases.main
  }
}
