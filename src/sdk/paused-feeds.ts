import type { Clock, Timer } from '../lib/clock.ts'
import type { Feed } from './feed.ts'

/** How long what was cut is kept, in case it is resumed. */
const keptMs = 30_000

/** What is left of utterances that were cut and may be resumed. */
export class PausedFeeds {
  readonly #clock: Clock
  readonly #timers = new Map<Feed, Timer>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(feed: Feed): void {
    const letGo = () => {
      this.#timers.delete(feed)
      feed.close()
    }
    this.#timers.set(feed, this.#clock.after(keptMs, letGo))
  }

  has(feed: Feed): boolean {
    return this.#timers.has(feed)
  }

  /** Takes one back. False: it was let go, or was never here. */
  take(feed: Feed): boolean {
    this.#timers.get(feed)?.cancel()
    return this.#timers.delete(feed)
  }

  /** The call is over: none will be resumed. */
  end(): void {
    for (const [feed, timer] of this.#timers) {
      timer.cancel()
      feed.close()
    }
    this.#timers.clear()
  }
}
