import { type Clock, sleep } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { RecordingShelf } from '../sessions/recording-shelf.ts'

interface RecordingSweepOptions {
  readonly shelf: Pick<RecordingShelf, 'removeOlder'>
  /** As long as what is known of them is kept. */
  readonly keptMs: number
  readonly clock: Clock
  readonly log: Log
}

const everyMs = 3_600_000

/** Removes the node's copies of recordings that are too old: nobody knows of them any more. */
export class RecordingSweep implements AsyncDisposable {
  readonly #options: RecordingSweepOptions
  readonly #stop = new AbortController()
  readonly #running: Promise<void>

  constructor(options: RecordingSweepOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { shelf, keptMs, clock, log } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        const count = await shelf.removeOlder(clock.now() - keptMs)
        if (count > 0) log.info({ count }, 'copies of recordings that are too old are deleted')
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'copies of recordings could not be deleted; it is tried again later')
      }
      await sleep(clock, everyMs, signal)
    }
  }
}
