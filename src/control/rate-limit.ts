import type { Clock } from '../lib/clock.ts'

export interface Rate {
  /** Requests at once after a rest. */
  readonly burst: number
  /** Requests per second in the long run. */
  readonly perSecond: number
}

interface Bucket {
  tokens: number
  filledAt: number
}

/** A token bucket per key, in memory. */
export class RateLimit {
  readonly #rate: Rate
  readonly #clock: Clock
  readonly #maxKeys: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate, clock: Clock, maxKeys = 10_000) {
    this.#rate = rate
    this.#clock = clock
    this.#maxKeys = maxKeys
  }

  /** Seconds until the next request of `key` may come; 0: this one may. `cost`: as much as so many requests. */
  take(key: string, cost = 1): number {
    const bucket = this.#bucket(key)
    if (bucket.tokens >= cost) {
      bucket.tokens -= cost
      return 0
    }
    return (cost - bucket.tokens) / this.#rate.perSecond
  }

  /** The same, without the request. */
  wait(key: string): number {
    const { tokens } = this.#bucket(key)
    return tokens >= 1 ? 0 : (1 - tokens) / this.#rate.perSecond
  }

  #bucket(key: string): Bucket {
    const now = this.#clock.monotonic()
    const { burst, perSecond } = this.#rate
    const known = this.#buckets.get(key)
    // The map stays in the order of use, so that the first is the one that nobody has asked for longest.
    if (known) this.#buckets.delete(key)
    else if (this.#buckets.size >= this.#maxKeys) this.#forgetOldest()
    const { tokens, filledAt } = known ?? { tokens: burst, filledAt: now }
    const bucket = { tokens: Math.min(burst, tokens + ((now - filledAt) / 1000) * perSecond), filledAt: now }
    this.#buckets.set(key, bucket)
    return bucket
  }

  #forgetOldest(): void {
    const [oldest] = this.#buckets.keys()
    if (oldest !== undefined) this.#buckets.delete(oldest)
  }
}
