import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { PatientWrites } from './patient-writes.ts'

interface OrderedWritesOptions {
  readonly patience: PatientWrites
  readonly clock: { monotonic(): number }
  readonly log: Log
}

/** Writes behind the calls: what concerns one thing in its order, and a write that fails costs no other. */
export class OrderedWrites {
  readonly #options: OrderedWritesOptions
  readonly #writing = new Map<string, Promise<void>>()

  constructor(options: OrderedWritesOptions) {
    this.#options = options
  }

  /** `about`: id of a session or a call. */
  add(about: string, write: () => Promise<void>): void {
    const before = this.#writing.get(about) ?? Promise.resolve()
    const { patience, clock, log } = this.#options
    const from = clock.monotonic()
    const after = before
      .then(() => patience.make(write, { from }))
      .catch((error: unknown) => {
        log.error({ of: about, why: messageOf(error) }, 'the record of a session or a call could not be written')
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
