import type { Clock } from '../../src/lib/clock.ts'

/** How long messages of one direction are under way. Times in milliseconds. */
export interface Delay {
  readonly baseMs: number
  /** On top of that, evenly spread up to here. */
  readonly jitterMs: number
  /** And now and then nothing gets through for so long at most. Default 0. */
  readonly stallMs?: number
  /** Chance that a message begins a stall. */
  readonly stallChance?: number
}

/** One direction of a connection: each message is late by a random time, and none overtakes another. */
export class DelayedChannel {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #delay: Delay
  readonly #waiting: { readonly deliver: () => void; readonly dueAt: number }[] = []
  #lastDueAt = 0
  #cut = false

  constructor(clock: Clock, random: () => number, delay: Delay) {
    this.#clock = clock
    this.#random = random
    this.#delay = delay
  }

  send(deliver: () => void): void {
    if (this.#cut) return
    const { baseMs, jitterMs, stallMs = 0, stallChance = 0 } = this.#delay
    const stalledMs = stallMs > 0 && this.#random() < stallChance ? this.#random() * stallMs : 0
    const dueAt = this.#clock.monotonic() + baseMs + this.#random() * jitterMs + stalledMs
    this.#lastDueAt = Math.max(this.#lastDueAt, dueAt)
    this.#waiting.push({ deliver, dueAt: this.#lastDueAt })
    if (this.#waiting.length === 1) this.#wait()
  }

  /** What is under way is lost, and what is sent from now on. */
  cut(): void {
    this.#cut = true
    this.#waiting.length = 0
  }

  #wait(): void {
    const [first] = this.#waiting
    if (first) this.#clock.after(first.dueAt - this.#clock.monotonic(), () => this.#deliverDue())
  }

  #deliverDue(): void {
    const now = this.#clock.monotonic()
    for (let first = this.#waiting[0]; first && first.dueAt <= now; first = this.#waiting[0]) {
      this.#waiting.shift()
      first.deliver()
    }
    this.#wait()
  }
}
