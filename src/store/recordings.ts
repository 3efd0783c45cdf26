import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import { limitOf, type Listed, offsetOf, type Page } from './page.ts'
import type { Recording } from './schema/calls.ts'
import { found } from './store-error.ts'

export interface NewRecording {
  readonly sessionId: string
  readonly callId?: string
  /** Where the file is, as its writer names it. */
  readonly path: string
  readonly format: string
  readonly channels: number
  readonly durationMs: number
  readonly sizeBytes: number
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

/** What is known of recordings; the sound is in files. */
export class Recordings {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  async create(organizationId: string, recording: NewRecording): Promise<Recording> {
    const { sessionId, callId, path, format, channels, durationMs, sizeBytes, startedAt } = recording
    return this.#context.databases.main
      .insertInto('recordings')
      .values({
        id: randomUUID(),
        organizationId,
        sessionId,
        callId: callId ?? null,
        path,
        format,
        channels,
        durationMs: Math.round(durationMs),
        sizeBytes,
        startedAt,
        createdAt: this.#context.clock.now(),
      })
      .returningAll()
      .executeTakeFirstOrThrow()
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
