import type { Clock, Timer } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

export interface BatchWriterOptions<Row> {
  /** What the rows are, for the log: `log lines`. */
  readonly what: string
  readonly write: (rows: readonly Row[]) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

const collectForMs = 200
const rowsPerStatement = 200
/** Some seconds of a very talkative node. More than that only fills the memory. */
const waitingAtMost = 20_000
const complainEveryMs = 10_000

/** Collects rows and writes many at once, so that whoever has something to say never waits for the database. */
export class BatchWriter<Row> {
  readonly #options: BatchWriterOptions<Row>
  #waiting: Row[] = []
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
    if (this.#waiting.length >= waitingAtMost) {
      this.#drop(1, 'the database does not keep up')
      return
    }
    this.#waiting.push(row)
    if (this.#writing) return
    this.#timer ??= this.#options.clock.after(collectForMs, () => void this.flush())
  }

  /** Resolves when all that was added before is written or lost. */
  async flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
    await this.#writing
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const rows = this.#waiting.slice(0, rowsPerStatement)
      try {
        await this.#options.write(rows)
      } catch (error) {
        this.#drop(rows.length, messageOf(error))
      }
      this.#waiting = this.#waiting.slice(rows.length)
    }
  }

  #drop(count: number, reason: string): void {
    this.#dropped += count
    const now = this.#options.clock.monotonic()
    if (now - this.#complainedAt < complainEveryMs) return
    this.#complainedAt = now
    this.#options.log.warn({ dropped: this.#dropped, reason }, `${this.#options.what} are lost`)
  }
}
