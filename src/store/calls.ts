import type { Context } from './context.ts'
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
}

export interface CallFilter extends Page, TimeRange {
  readonly agentId?: string
  /** True: going on. False: over. */
  readonly live?: boolean
}

/** Plivo's calls. */
export class Calls {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** Throws `conflict` for a call that is here already. */
  async create(organizationId: string, { id, agentId, from, to, direction, nodeId }: NewCall): Promise<Call> {
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
        createdAt: this.#context.clock.now(),
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

  /** Newest first. */
  async list(organizationId: string, filter: CallFilter = {}): Promise<Listed<Call>> {
    const { agentId, live, startTime, endTime } = filter
    let query = this.#context.databases.lists.selectFrom('calls').where('organizationId', '=', organizationId)
    if (agentId !== undefined) query = query.where('agentId', '=', agentId)
    if (live !== undefined) query = query.where('endedAt', live ? 'is' : 'is not', null)
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

  /** The first end is kept. */
  async end(
    organizationId: string,
    id: string,
    { hangupCause, durationMs }: { readonly hangupCause?: string; readonly durationMs?: number } = {},
  ): Promise<Call> {
    const ended = await this.#main
      .updateTable('calls')
      .set({
        endedAt: this.#context.clock.now(),
        hangupCause: hangupCause ?? null,
        durationMs: durationMs ?? null,
      })
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .where('endedAt', 'is', null)
      .returningAll()
      .executeTakeFirst()
    return found(ended ?? (await this.find(organizationId, id)), 'call')
  }

  get #main() {
    return this.#context.databases.main
  }
}
