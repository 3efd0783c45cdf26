import type { Clock, Timer } from '../../lib/clock.ts'

export interface QueuedCall {
  /** Becomes the CallUUID when it is dialled. */
  readonly requestUuid: string
  readonly from: string
  readonly to: string
  readonly callerName: string | undefined
  readonly dial: () => void
}

const second = 1_000

/**
 * Makes at most so many outbound calls in any second; the rest wait and are dialled in the order in which they came
 * (Plivo reference 7.2).
 */
export class CallQueue implements Disposable {
  readonly #callsPerSecond: number
  readonly #clock: Clock
  readonly #waiting: QueuedCall[] = []
  #dialledAt: number[] = []
  #timer: Timer | undefined

  constructor(callsPerSecond: number, clock: Clock) {
    this.#callsPerSecond = callsPerSecond
    this.#clock = clock
  }

  /** Those that wait, in order. */
  get waiting(): readonly QueuedCall[] {
    return this.#waiting
  }

  /** Dials it now, or later. */
  add(call: QueuedCall): 'fired' | 'queued' {
    this.#waiting.push(call)
    this.#dialDue()
    return this.#waiting.includes(call) ? 'queued' : 'fired'
  }

  /** False: it does not wait (any more). */
  cancel(requestUuid: string): boolean {
    const at = this.#waiting.findIndex((call) => call.requestUuid === requestUuid)
    if (at < 0) return false
    this.#waiting.splice(at, 1)
    return true
  }

  /** Nothing that waits is dialled any more. */
  [Symbol.dispose](): void {
    this.#waiting.length = 0
    this.#timer?.cancel()
  }

  #dialDue(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const now = this.#clock.monotonic()
    this.#dialledAt = this.#dialledAt.filter((at) => now - at < second)
    while (this.#waiting.length > 0 && this.#dialledAt.length < this.#callsPerSecond) {
      this.#dialledAt.push(now)
      this.#waiting.shift()?.dial()
    }
    const [earliest = now] = this.#dialledAt
    if (this.#waiting.length > 0) this.#timer = this.#clock.after(earliest + second - now, () => this.#dialDue())
  }
}
