import { BatchWriter } from './batch-writer.ts'
import type { Context } from './context.ts'
import { type JsonObject, readOptionalJson } from './json.ts'
import { limitOf, type Listed, offsetOf, type Page } from './page.ts'
import type { SessionEventRow } from './schema/calls.ts'
import { TimeOrderedIds, timeOfId } from './time-ordered-ids.ts'

export interface NewSessionEvent {
  readonly organizationId: string
  readonly sessionId: string
  /** What happened: `SESSION_COMPLETED`. */
  readonly code: string
  readonly data?: JsonObject
}

export interface SessionEvent {
  readonly id: string
  readonly sessionId: string
  readonly code: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly data: JsonObject | null
}

/** What happened in sessions. */
export class Events {
  readonly #context: Context
  readonly #ids: TimeOrderedIds
  readonly #writer: BatchWriter<SessionEventRow>

  constructor(context: Context) {
    const { databases, clock, log } = context
    this.#context = context
    this.#ids = new TimeOrderedIds(clock)
    this.#writer = new BatchWriter({
      what: 'session events',
      // A connection may break when they are written, and before it has said so: then they come again.
      write: async (rows) => {
        const insert = databases.main.insertInto('sessionEvents').values(rows)
        await insert.onConflict((conflict) => conflict.column('id').doNothing()).execute()
      },
      ownerOf: ({ organizationId }) => organizationId,
      clock,
      log,
    })
  }

  /** Events that were lost since the start. */
  get dropped(): number {
    return this.#writer.dropped
  }

  /** Returns at once; the event is in the database within a moment. */
  append({ organizationId, sessionId, code, data }: NewSessionEvent): void {
    const json = data === undefined ? null : JSON.stringify(data)
    this.#writer.add({ id: this.#ids.next(), organizationId, sessionId, code, data: json })
  }

  /** Resolves when all that was appended before can be read. */
  async flush(): Promise<void> {
    await this.#writer.flush()
  }

  /** For the last time: what the database does not take now is lost. */
  async close(): Promise<void> {
    await this.#writer.close()
  }

  /** In the order in which they happened. */
  async list(organizationId: string, sessionId: string, page: Page = {}): Promise<Listed<SessionEvent>> {
    const query = this.#context.databases.lists
      .selectFrom('sessionEvents')
      .where('organizationId', '=', organizationId)
      .where('sessionId', '=', sessionId)
    const rows = await query.selectAll().orderBy('id').limit(limitOf(page)).offset(offsetOf(page)).execute()
    const { total } = await query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
    const items = rows.map(({ id, code, data }) => ({
      id,
      sessionId,
      code,
      at: timeOfId(id),
      data: readOptionalJson(data),
    }))
    return { items, total }
  }
}
