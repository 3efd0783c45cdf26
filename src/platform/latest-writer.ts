import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

interface LatestWriterOptions {
  /** For the log: `what is kept of a call`. */
  readonly what: string
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
      await next().catch((error: unknown) => {
        const { what, log } = this.#options
        log.error({ key, why: messageOf(error) }, `${what} could not be written`)
      })
    }
    this.#writing.delete(key)
  }
}
