import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { PatientWrites } from './patient-writes.ts'

interface LatestWriterOptions {
  /** For the log: `what is kept of a call`. */
  readonly what: string
  readonly patience: PatientWrites
  readonly log: Log
}

/** Writes one thing after the other under each key. What waits is dropped for what is newer: only the latest counts. */
export class LatestWriter {
  readonly #options: LatestWriterOptions
  readonly #waiting = new Map<string, () => Promise<void>>()
  readonly #writing = new Map<string, Promise<void>>()

  constructor(options: LatestWriterOptions) {
    this.#options = options
  }

  /** Returns at once. */
  write(key: string, write: () => Promise<void>): void {
    this.#waiting.set(key, write)
    if (!this.#writing.has(key)) this.#writing.set(key, this.#writeAll(key))
  }

  /** Resolves once all is written. */
  async settled(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing.values())
  }

  async #writeAll(key: string): Promise<void> {
    for (let next = this.#waiting.get(key); next; next = this.#waiting.get(key)) {
      this.#waiting.delete(key)
      const { what, patience, log } = this.#options
      await patience.make(next, { isWanted: () => !this.#waiting.has(key) }).catch((error: unknown) => {
        log.error({ key, why: messageOf(error) }, `${what} could not be written`)
      })
    }
    this.#writing.delete(key)
  }
}
