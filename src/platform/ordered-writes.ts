import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

/** Writes behind the calls: what concerns one thing in its order, and a write that fails costs no other. */
export class OrderedWrites {
  readonly #log: Log
  readonly #writing = new Map<string, Promise<void>>()

  constructor(log: Log) {
    this.#log = log
  }

  /** `about`: id of a session or a call. */
  add(about: string, write: () => Promise<void>): void {
    const before = this.#writing.get(about) ?? Promise.resolve()
    const after = before.then(write).catch((error: unknown) => {
      this.#log.error({ of: about, why: messageOf(error) }, 'the record of a session or a call could not be written')
    })
    this.#writing.set(about, after)
    void after.then(() => {
      if (this.#writing.get(about) === after) this.#writing.delete(about)
    })
  }

  /** Resolves once all that was added of it is written. */
  async written(about: string): Promise<void> {
    await this.#writing.get(about)
  }

  /** Resolves once all is written. */
  async settled(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing.values())
  }
}
