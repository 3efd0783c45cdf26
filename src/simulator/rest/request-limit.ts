import type { Clock } from '../../lib/clock.ts'

export interface RequestRate {
  readonly requests: number
  readonly perMs: number
}

/** Plivo's own (section 7.2). */
export const plivoRequestRate: RequestRate = { requests: 300, perMs: 5_000 }

/** Lets through so many requests in any window of time; those that it refuses do not count (Plivo reference 7.2). */
export class RequestLimit {
  readonly #rate: RequestRate
  readonly #clock: Clock
  #times: number[] = []

  constructor(rate: RequestRate, clock: Clock) {
    this.#rate = rate
    this.#clock = clock
  }

  /** False: one too many. */
  take(): boolean {
    const now = this.#clock.monotonic()
    this.#times = this.#times.filter((at) => now - at < this.#rate.perMs)
    if (this.#times.length >= this.#rate.requests) return false
    this.#times.push(now)
    return true
  }
}
