import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import { limitOf, type Listed, offsetOf, type Page } from './page.ts'
import type { Recording } from './schema/calls.ts'
import { found } from './store-error.ts'

export interface RecordingFacts {
  readonly sessionId: string
  readonly callId: string
  /** As the carrier names it. */
  readonly carrierId: string
  /** Where the carrier has it, or will have it. */
  readonly url: string
  readonly format: 'mp3' | 'wav'
  readonly channels: number
  /** It ends by itself after so long. Default: with its call. */
  readonly maxMs?: number
  /** Default: not known yet. */
  readonly durationMs?: number
  /** The copy of it that a node keeps. Default: none. */
  readonly kept?: { readonly path: string; readonly sizeBytes: number }
  /** Milliseconds since the epoch. Default: as long ago as it is long. */
  readonly startedAt?: number
}

interface NotedRecording {
  readonly recording: Recording
  /** It has an end, and had none before. */
  readonly isOverNow: boolean
}

/** What is known of recordings; the sound is in files, the carrier's and the nodes'. */
export class Recordings {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** Writes down what is known by now; of what was known before only what is new changes. */
  async note(organizationId: string, facts: RecordingFacts): Promise<NotedRecording> {
    const before = await this.#findByCarrierId(organizationId, facts.carrierId)
    const recording = await this.#upsert(organizationId, facts)
    return { recording, isOverNow: recording.durationMs !== null && (before?.durationMs ?? null) === null }
  }

  async #findByCarrierId(organizationId: string, carrierId: string): Promise<Recording | undefined> {
    return this.#context.databases.main
      .selectFrom('recordings')
      .selectAll()
      .where('organizationId', '=', organizationId)
      .where('carrierId', '=', carrierId)
      .executeTakeFirst()
  }

  async #upsert(organizationId: string, facts: RecordingFacts): Promise<Recording> {
    const now = this.#context.clock.now()
    const { sessionId, callId, carrierId, url, format, channels, maxMs, kept } = facts
    const durationMs = facts.durationMs === undefined ? null : Math.round(facts.durationMs)
    return this.#context.databases.main
      .insertInto('recordings')
      .values({
        id: randomUUID(),
        organizationId,
        sessionId,
        callId,
        carrierId,
        url,
        format,
        channels,
        maxMs: maxMs ?? null,
        durationMs,
        path: kept?.path ?? null,
        sizeBytes: kept?.sizeBytes ?? null,
        startedAt: Math.round(facts.startedAt ?? now - (durationMs ?? 0)),
        createdAt: now,
      })
      .onConflict((conflict) =>
        conflict.columns(['organizationId', 'carrierId']).doUpdateSet((build) => ({
          durationMs: build.fn.coalesce('excluded.durationMs', 'recordings.durationMs'),
          path: build.fn.coalesce('excluded.path', 'recordings.path'),
          sizeBytes: build.fn.coalesce('excluded.sizeBytes', 'recordings.sizeBytes'),
        })),
      )
      .returningAll()
      .executeTakeFirstOrThrow()
  }

  /** Their call is over, and with it those that had no end yet. Gives these. */
  async endWithCall(organizationId: string, callId: string, endedAt: number): Promise<readonly Recording[]> {
    const { main } = this.#context.databases
    const open = await main
      .selectFrom('recordings')
      .selectAll()
      .where('organizationId', '=', organizationId)
      .where('callId', '=', callId)
      .where('durationMs', 'is', null)
      .orderBy('startedAt')
      .execute()
    return Promise.all(
      open.map(({ id, startedAt, maxMs }) => {
        const durationMs = Math.min(Math.max(0, endedAt - startedAt), maxMs ?? Number.POSITIVE_INFINITY)
        const ended = main.updateTable('recordings').set({ durationMs }).where('id', '=', id)
        return ended.returningAll().executeTakeFirstOrThrow()
      }),
    )
  }

  async find(organizationId: string, id: string): Promise<Recording | undefined> {
    return this.#context.databases.main
      .selectFrom('recordings')
      .selectAll()
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .executeTakeFirst()
  }

  /** Newest first. */
  async list(
    organizationId: string,
    filter: Page & { readonly sessionId?: string; readonly callId?: string } = {},
  ): Promise<Listed<Recording>> {
    const { sessionId, callId } = filter
    let query = this.#context.databases.lists.selectFrom('recordings').where('organizationId', '=', organizationId)
    if (sessionId !== undefined) query = query.where('sessionId', '=', sessionId)
    if (callId !== undefined) query = query.where('callId', '=', callId)
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

  /** Forgets it, and gives what was known, so that the file can go as well. */
  async delete(organizationId: string, id: string): Promise<Recording> {
    const row = await this.#context.databases.main
      .deleteFrom('recordings')
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    return found(row, 'recording')
  }
}
