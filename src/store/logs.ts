import { BatchWriter } from './batch-writer.ts'
import type { Context } from './context.ts'
import { containing } from './containing.ts'
import { limitOf, offsetOf, type Page, type TimeRange } from './page.ts'
import type { LogLineRow } from './schema/calls.ts'
import { firstIdAt, TimeOrderedIds, timestampOfId } from './time-ordered-ids.ts'

export interface NewLogLine {
  readonly organizationId: string
  readonly agentId: string
  readonly versionId?: string
  readonly sessionId?: string
  readonly instanceId?: string
  readonly stream?: 'stdout' | 'stderr'
  readonly text: string
  /** Nanoseconds since the epoch; now without. */
  readonly atNs?: bigint
}

interface LogLine extends Omit<LogLineRow, 'organizationId'> {
  /** With nanoseconds: `2026-01-01T00:00:00.123456789Z`. */
  timestamp: string
}

export interface LogFilter extends Page, TimeRange {
  readonly agentId?: string
  readonly versionId?: string
  readonly sessionId?: string
  /** Text in the line, whatever the case of its letters. */
  readonly query?: string
  /** Latest first without. */
  readonly order?: 'asc' | 'desc'
}

export interface ListedLogs {
  readonly items: LogLine[]
  readonly total: number
  /** False: there are more than `total`; counting stops there. */
  readonly totalIsExact: boolean
}

const countAtMost = 10_000
const longestText = 16_384

/** What bots print. */
export class Logs {
  readonly #context: Context
  readonly #ids: TimeOrderedIds
  readonly #writer: BatchWriter<LogLineRow>

  constructor(context: Context) {
    const { databases, clock, log } = context
    this.#context = context
    this.#ids = new TimeOrderedIds(clock)
    this.#writer = new BatchWriter({
      what: 'log lines',
      // A connection may break when they are written, and before it has said so: then they come again.
      write: async (rows) => {
        const insert = databases.main.insertInto('logLines').values(rows)
        await insert.onConflict((conflict) => conflict.column('id').doNothing()).execute()
      },
      ownerOf: ({ organizationId }) => organizationId,
      clock,
      log,
    })
  }

  /** Lines that were lost since the start. */
  get dropped(): number {
    return this.#writer.dropped
  }

  /** Returns at once; the line is in the database within a moment. */
  append({ text, atNs, ...line }: NewLogLine): void {
    const { organizationId, agentId, versionId, sessionId, instanceId, stream } = line
    this.#writer.add({
      id: this.#ids.next(atNs),
      organizationId,
      agentId,
      versionId: versionId ?? null,
      sessionId: sessionId ?? null,
      instanceId: instanceId ?? null,
      stream: stream ?? null,
      // PostgreSQL takes no such character.
      text: text.slice(0, longestText).replaceAll('\0', ''),
    })
  }

  /** Resolves when all that was appended before can be read. */
  async flush(): Promise<void> {
    await this.#writer.flush()
  }

  /** For the last time: what the database does not take now is lost. */
  async close(): Promise<void> {
    await this.#writer.close()
  }

  async list(organizationId: string, filter: LogFilter = {}): Promise<ListedLogs> {
    const { order = 'desc' } = filter
    const query = this.#matching(organizationId, filter)
    const rows = await query
      .select(['id', 'agentId', 'versionId', 'sessionId', 'instanceId', 'stream', 'text'])
      .orderBy('id', order)
      .limit(limitOf(filter))
      .offset(offsetOf(filter))
      .execute()
    const { count } = await this.#context.databases.lists
      .selectFrom(
        query
          .select('id')
          .limit(countAtMost + 1)
          .as('matching'),
      )
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    return {
      items: rows.map((row) => ({ ...row, timestamp: timestampOfId(row.id) })),
      total: Math.min(count, countAtMost),
      totalIsExact: count <= countAtMost,
    }
  }

  #matching(organizationId: string, { agentId, versionId, sessionId, query, startTime, endTime }: LogFilter) {
    let rows = this.#context.databases.lists.selectFrom('logLines').where('organizationId', '=', organizationId)
    if (agentId !== undefined) rows = rows.where('agentId', '=', agentId)
    if (versionId !== undefined) rows = rows.where('versionId', '=', versionId)
    if (sessionId !== undefined) rows = rows.where('sessionId', '=', sessionId)
    if (startTime !== undefined) rows = rows.where('id', '>=', firstIdAt(startTime))
    if (endTime !== undefined) rows = rows.where('id', '<', firstIdAt(endTime))
    if (query) rows = rows.where(containing('text', query))
    return rows
  }
}
