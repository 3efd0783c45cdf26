import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import { limitOf, type Listed, offsetOf, type Page } from './page.ts'
import type { Message } from './schema/calls.ts'
import { queueMessage } from './webhooks/queue-message.ts'

export interface NewMessage {
  readonly agentId?: string
  readonly callId: string
  /** Of the bot that broke down. */
  readonly sessionId?: string
  /** Where the carrier has the recording. */
  readonly url: string
  /** As the carrier names it. */
  readonly recordingId?: string
  readonly durationMs?: number
}

/** A message, and who left it, as far as the call's record says. */
export type LeftMessage = Message & { from: string | null; to: string | null }

/** What callers said to the carrier's recorder with no bot there; the sound is the carrier's to keep. */
export class Messages {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** Webhooks are told in the same moment. False: it is known already, since carriers tell things twice. */
  async create(organizationId: string, message: NewMessage): Promise<boolean> {
    const { agentId, callId, sessionId, url, recordingId, durationMs } = message
    const values = {
      id: randomUUID(),
      organizationId,
      agentId: agentId ?? null,
      callId,
      sessionId: sessionId ?? null,
      url,
      recordingId: recordingId ?? null,
      durationMs: durationMs === undefined ? null : Math.round(durationMs),
      createdAt: this.#context.clock.now(),
    }
    return this.#context.databases.main.transaction().execute(async (transaction) => {
      const row = await transaction
        .insertInto('messages')
        .values(values)
        .onConflict((conflict) => conflict.columns(['organizationId', 'url']).doNothing())
        .returningAll()
        .executeTakeFirst()
      if (row) await queueMessage(transaction, row)
      return row !== undefined
    })
  }

  /** Newest first. */
  async list(
    organizationId: string,
    filter: Page & { readonly agentId?: string; readonly callId?: string } = {},
  ): Promise<Listed<LeftMessage>> {
    const { agentId, callId } = filter
    let query = this.#context.databases.lists
      .selectFrom('messages')
      .leftJoin('calls', (join) =>
        join.onRef('calls.organizationId', '=', 'messages.organizationId').onRef('calls.id', '=', 'messages.callId'),
      )
      .where('messages.organizationId', '=', organizationId)
    if (agentId !== undefined) query = query.where('messages.agentId', '=', agentId)
    if (callId !== undefined) query = query.where('messages.callId', '=', callId)
    const items = await query
      .selectAll('messages')
      .select(['calls.from', 'calls.to'])
      .orderBy('messages.createdAt', 'desc')
      .orderBy('messages.id')
      .limit(limitOf(filter))
      .offset(offsetOf(filter))
      .execute()
    const { total } = await query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
    return { items, total }
  }
}
