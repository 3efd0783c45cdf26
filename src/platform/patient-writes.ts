import { type Clock, sleep } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { isDatabaseAway } from '../store/database-away.ts'

interface PatientWritesOptions {
  readonly clock: Clock
  readonly log: Log
}

const retryAfterMs = 1000
/** What waits fills the memory: a database that is away for longer costs records. */
const waitAtMostMs = 300_000

/** Writes that wait for a database that is away. The log tells once that they wait, and once that they are made. */
export class PatientWrites {
  readonly #options: PatientWritesOptions
  readonly #closing = new AbortController()
  #waiting = 0

  constructor(options: PatientWritesOptions) {
    this.#options = options
  }

  /**
   * Rejects with what the database refuses, or when it is away for too long. `from`: when the wait began, on the monotonic
   * clock. `isWanted`: a write that is wanted no more is not tried again.
   */
  async make(
    write: () => Promise<void>,
    { from = this.#options.clock.monotonic(), isWanted = () => true }: { from?: number; isWanted?: () => boolean } = {},
  ): Promise<void> {
    const { clock } = this.#options
    let waits = false
    try {
      for (;;) {
        try {
          return await write()
        } catch (error) {
          const isTooLate = this.#closing.signal.aborted || clock.monotonic() - from >= waitAtMostMs
          if (!isDatabaseAway(error) || isTooLate) throw error
          if (!waits) this.#begin(error)
          waits = true
        }
        await sleep(clock, retryAfterMs, this.#closing.signal)
        if (!isWanted()) return
      }
    } finally {
      if (waits) this.#end()
    }
  }

  /** Whatever waits, or comes from now on, is tried once more. */
  close(): void {
    this.#closing.abort()
  }

  #begin(error: unknown): void {
    if (this.#waiting++ > 0) return
    this.#options.log.error(
      { why: messageOf(error) },
      'the database is away: records of sessions and calls wait for it',
    )
  }

  #end(): void {
    if (--this.#waiting > 0) return
    this.#options.log.info({}, 'no record of a session or a call waits for the database any more')
  }
}
