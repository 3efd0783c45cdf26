import type { Clock, Timer } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { InstanceUsage, Pool } from './pool/pool.ts'

interface ResourceWatchOptions {
  readonly pools: () => Iterable<Pool>
  readonly onUsage: (sample: InstanceUsage) => void
  readonly clock: Clock
  readonly log: Log
}

const sampleEveryMs = 2000
/** Idle instances are looked at in every so many rounds. */
const idleRounds = 5

/** Samples what instances use, every two seconds those that have calls, every ten all of them. */
export class ResourceWatch implements Disposable {
  readonly #options: ResourceWatchOptions
  #timer: Timer
  #round = 0
  #over = false

  constructor(options: ResourceWatchOptions) {
    this.#options = options
    this.#timer = options.clock.after(sampleEveryMs, () => void this.#look())
  }

  [Symbol.dispose](): void {
    this.#over = true
    this.#timer.cancel()
  }

  async #look(): Promise<void> {
    const { pools, onUsage, clock, log } = this.#options
    const which = ++this.#round % idleRounds === 0 ? 'all' : 'busy'
    try {
      for (const pool of pools()) for (const sample of await pool.sample(which)) onUsage(sample)
    } catch (error) {
      log.warn({ why: messageOf(error) }, 'what instances use could not be sampled')
    }
    // A round that takes long is not followed at once by the next.
    if (!this.#over) this.#timer = clock.after(sampleEveryMs, () => void this.#look())
  }
}
