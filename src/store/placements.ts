import type { Context } from './context.ts'
import { type JsonObject, readOptionalJson } from './json.ts'
import type { PlacementRow } from './schema/calls.ts'
import { found, orConflict } from './store-error.ts'

export interface NewPlacement {
  readonly callId: string
  readonly agentId: string
  readonly nodeId: string
  readonly sessionId?: string
  /** Milliseconds since the epoch: forgotten after. */
  readonly expiresAt: number
}

export interface KeptPlacement extends Required<NewPlacement> {
  readonly state: JsonObject
  readonly savedState: JsonObject | null
}

export interface PlacementChange {
  readonly nodeId?: string
  readonly sessionId?: string
  /** What to do when the carrier asks what next. */
  readonly state?: JsonObject
  /** What the bot saved for an instance that takes the call over. */
  readonly savedState?: JsonObject
  readonly expiresAt?: number
}

export type Placement = Omit<PlacementRow, 'state' | 'savedState'> & {
  state: JsonObject | null
  savedState: JsonObject | null
}

const toPlacement = ({ state, savedState, ...row }: PlacementRow): Placement => ({
  ...row,
  state: readOptionalJson(state),
  savedState: readOptionalJson(savedState),
})

/** Which node has which call, and what is to become of the call: what another node needs when this one is gone. */
export class Placements {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** Throws `conflict` for a call that is placed already. */
  async create(organizationId: string, placement: NewPlacement): Promise<Placement> {
    const { callId, agentId, nodeId, sessionId = null, expiresAt } = placement
    const now = this.#context.clock.now()
    const inserted = this.#main
      .insertInto('placements')
      .values({ organizationId, callId, agentId, nodeId, sessionId, expiresAt, createdAt: now, updatedAt: now })
      .returningAll()
      .executeTakeFirstOrThrow()
    return toPlacement(await orConflict(inserted, 'this call is placed already'))
  }

  /** Places a call, or says anew how it stands with one that is placed. */
  async keep(organizationId: string, placement: KeptPlacement): Promise<void> {
    const { callId, agentId, nodeId, sessionId, state, savedState, expiresAt } = placement
    const now = this.#context.clock.now()
    const written = {
      agentId,
      nodeId,
      sessionId,
      state: JSON.stringify(state),
      savedState: savedState && JSON.stringify(savedState),
      expiresAt,
      updatedAt: now,
    }
    await this.#main
      .insertInto('placements')
      .values({ organizationId, callId, createdAt: now, ...written })
      .onConflict((conflict) => conflict.columns(['organizationId', 'callId']).doUpdateSet(written))
      .execute()
  }

  async find(organizationId: string, callId: string): Promise<Placement | undefined> {
    const row = await this.#main
      .selectFrom('placements')
      .selectAll()
      .where('organizationId', '=', organizationId)
      .where('callId', '=', callId)
      .where('expiresAt', '>', this.#context.clock.now())
      .executeTakeFirst()
    return row && toPlacement(row)
  }

  async update(organizationId: string, callId: string, change: PlacementChange): Promise<Placement> {
    const { nodeId, sessionId, state, savedState, expiresAt } = change
    const row = await this.#main
      .updateTable('placements')
      .set({
        ...(nodeId !== undefined && { nodeId }),
        ...(sessionId !== undefined && { sessionId }),
        ...(state !== undefined && { state: JSON.stringify(state) }),
        ...(savedState !== undefined && { savedState: JSON.stringify(savedState) }),
        ...(expiresAt !== undefined && { expiresAt }),
        updatedAt: this.#context.clock.now(),
      })
      .where('organizationId', '=', organizationId)
      .where('callId', '=', callId)
      .returningAll()
      .executeTakeFirst()
    return toPlacement(found(row, 'placement'))
  }

  /** False: another stream of the call is live, or the call is not placed any more. Only one of many nodes gets true. */
  async openStream(organizationId: string, callId: string, streamId: string): Promise<boolean> {
    const now = this.#context.clock.now()
    const row = await this.#main
      .updateTable('placements')
      .set({ liveStreamId: streamId, updatedAt: now })
      .where('organizationId', '=', organizationId)
      .where('callId', '=', callId)
      .where('liveStreamId', 'is', null)
      .where('expiresAt', '>', now)
      .returning('callId')
      .executeTakeFirst()
    return row !== undefined
  }

  /** Lets the next stream in; does nothing when another one is live by now. */
  async closeStream(organizationId: string, callId: string, streamId: string): Promise<void> {
    await this.#main
      .updateTable('placements')
      .set({ liveStreamId: null, updatedAt: this.#context.clock.now() })
      .where('organizationId', '=', organizationId)
      .where('callId', '=', callId)
      .where('liveStreamId', '=', streamId)
      .execute()
  }

  /** The call is over. Not an error when it is gone already. */
  async delete(organizationId: string, callId: string): Promise<void> {
    await this.#main
      .deleteFrom('placements')
      .where('organizationId', '=', organizationId)
      .where('callId', '=', callId)
      .execute()
  }

  /** The same of a call that a node had, whichever agent's it is, or of one agent. */
  async deleteOf(nodeId: string, organizationId: string, callId: string, agentId?: string): Promise<void> {
    let query = this.#main
      .deleteFrom('placements')
      .where('organizationId', '=', organizationId)
      .where('callId', '=', callId)
      .where('nodeId', '=', nodeId)
    if (agentId !== undefined) query = query.where('agentId', '=', agentId)
    await query.execute()
  }

  /** True the first time, on whichever node: for credentials that are good once. `expiresAt` is the credential's own end. */
  async useOnce(organizationId: string, nonce: string, expiresAt: number): Promise<boolean> {
    const row = await this.#main
      .insertInto('usedTickets')
      .values({ organizationId, nonce, expiresAt })
      .onConflict((conflict) => conflict.columns(['organizationId', 'nonce']).doNothing())
      .returning('nonce')
      .executeTakeFirst()
    return row !== undefined
  }

  get #main() {
    return this.#context.databases.main
  }
}
