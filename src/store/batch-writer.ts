import type { Clock, Timer } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log, LogFields } from '../lib/log.ts'
import { isDatabaseAway } from './database-away.ts'

export interface BatchWriterOptions<Row> {
  /** What the rows are, for the log: `log lines`. */
  readonly what: string
  readonly write: (rows: readonly Row[]) => Promise<void>
  /** Whose a row is: nobody takes the place, or spoils the writing, of others. */
  readonly ownerOf: (row: Row) => string
  readonly clock: Clock
  readonly log: Log
}

const collectForMs = 200
/** While the database is away. */
const retryAfterMs = 1000
const rowsPerStatement = 200
/** Some seconds of a very talkative node. More than that only fills the memory. */
const waitingAtMost = 20_000
/** Of those, what one owner may have waiting. */
const waitingOfOneAtMost = waitingAtMost / 4
const complainEveryMs = 10_000

/** Collects rows and writes many at once, so that whoever has something to say never waits for the database. */
export class BatchWriter<Row> {
  readonly #options: BatchWriterOptions<Row>
  #waiting: Row[] = []
  readonly #waitingOf = new Map<string, number>()
  #timer: Timer | undefined
  #writing: Promise<void> | undefined
  #dropped = 0
  #complainedAt = Number.NEGATIVE_INFINITY

  constructor(options: BatchWriterOptions<Row>) {
    this.#options = options
  }

  /** Rows that were lost because the database did not keep up, or refused them. */
  get dropped(): number {
    return this.#dropped
  }

  add(row: Row): void {
    const owner = this.#options.ownerOf(row)
    const own = this.#waitingOf.get(owner) ?? 0
    if (this.#waiting.length >= waitingAtMost || own >= waitingOfOneAtMost) {
      this.#drop(1, 'the database does not keep up')
      return
    }
    this.#waitingOf.set(owner, own + 1)
    this.#waiting.push(row)
    if (this.#writing) return
    this.#timer ??= this.#options.clock.after(collectForMs, () => void this.flush())
  }

  /** Resolves when all that was added before is written or lost, or waits for a database that is away. */
  async flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#waiting.length > 0) this.#writing ??= this.#writeAll()
    await this.#writing
  }

  /** The same for the last time: what the database does not take now is lost. */
  async close(): Promise<void> {
    await this.flush()
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#waiting.length === 0) return
    this.#complainedAt = Number.NEGATIVE_INFINITY
    this.#drop(this.#waiting.length, 'the database is away')
    this.#waiting = []
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const rows = this.#waiting.slice(0, rowsPerStatement)
      const kept = new Set(await this.#writeRows(rows))
      this.#waiting = [...kept, ...this.#waiting.slice(rows.length)]
      for (const row of rows) if (!kept.has(row)) this.#leave(this.#options.ownerOf(row))
      if (kept.size === 0) continue
      this.#timer = this.#options.clock.after(retryAfterMs, () => void this.flush())
      break
    }
    // At once, so that a row that comes now starts a timer.
    this.#writing = undefined
  }

  /** Gives those that wait for a database that is away. */
  async #writeRows(rows: readonly Row[]): Promise<readonly Row[]> {
    const { write, ownerOf, what } = this.#options
    try {
      await write(rows)
      return []
    } catch (error) {
      if (isDatabaseAway(error)) {
        this.#complain({ waiting: this.#waiting.length, reason: messageOf(error) }, `${what} wait for the database`)
        return rows
      }
      const byOwner = Map.groupBy(rows, ownerOf)
      if (byOwner.size === 1) {
        this.#drop(rows.length, messageOf(error))
        return []
      }
      const kept: Row[] = []
      for (const own of byOwner.values()) kept.push(...(await this.#writeRows(own)))
      return kept
    }
  }

  #leave(owner: string): void {
    const left = (this.#waitingOf.get(owner) ?? 1) - 1
    if (left === 0) this.#waitingOf.delete(owner)
    else this.#waitingOf.set(owner, left)
  }

  #drop(count: number, reason: string): void {
    this.#dropped += count
    this.#complain({ dropped: this.#dropped, reason }, `${this.#options.what} are lost`)
  }

  #complain(fields: LogFields, message: string): void {
    const now = this.#options.clock.monotonic()
    if (now - this.#complainedAt < complainEveryMs) return
    this.#complainedAt = now
    this.#options.log.warn(fields, message)
  }
}
