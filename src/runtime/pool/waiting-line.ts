import type { Clock } from '../../lib/clock.ts'
import type { Lease } from './lease.ts'

interface Waiter {
  readonly resolve: (lease: Lease) => void
  readonly reject: (error: unknown) => void
  readonly onLost: () => void
  readonly since: number
  /** Starts that failed while it was the first in the line. */
  failures: number
}

/** One start may have met with an accident; who is told nothing after two waits in silence for a bot that does not start. */
const failuresToRefuse = 2
const longMs = 3000

/** Those who wait for a place, first come first served; but first of all those who are urgent. */
export class WaitingLine {
  readonly #urgent = new Set<Waiter>()
  readonly #others = new Set<Waiter>()
  readonly #clock: Pick<Clock, 'monotonic'>

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  get length(): number {
    return this.#urgent.size + this.#others.size
  }

  /** Rejects with the signal's reason when that fires first. */
  join(signal: AbortSignal, onLost: () => void, urgent = false): Promise<Lease> {
    const line = urgent ? this.#urgent : this.#others
    const { promise, resolve, reject } = Promise.withResolvers<Lease>()
    const waiter: Waiter = { resolve, reject, onLost, since: this.#clock.monotonic(), failures: 0 }
    const onAbort = () => {
      line.delete(waiter)
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    line.add(waiter)
    return promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  /** Takes the first out of the line. */
  next(): Waiter | undefined {
    const first = this.#first
    if (first && !this.#urgent.delete(first)) this.#others.delete(first)
    return first
  }

  /**
   * A start failed: whoever has waited longest is told why, the second time, or after a long wait for it. Who came when it had
   * been hanging for a while may well get another.
   */
  fail(error: unknown, tookMs: number): void {
    const waiter = this.#first
    if (!waiter) return
    const waitedMs = Math.min(tookMs, this.#clock.monotonic() - waiter.since)
    if (++waiter.failures >= failuresToRefuse || waitedMs >= longMs) this.next()?.reject(error)
  }

  /** Nobody's place comes any more. */
  dismiss(error: unknown): void {
    for (let waiter = this.next(); waiter; waiter = this.next()) waiter.reject(error)
  }

  get #first(): Waiter | undefined {
    const [first] = this.#urgent.size > 0 ? this.#urgent : this.#others
    return first
  }
}
