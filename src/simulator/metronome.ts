import type { Clock, Timer } from '../lib/clock.ts'

/**
 * Ticks at `start + n · periodMs`, n from 0. A late timer is followed at once by all ticks that are due, so that none is
 * ever lost and the pace never slips.
 */
export class Metronome {
  readonly #clock: Clock
  readonly #periodMs: number
  readonly #onTick: (lateMs: number) => void
  #startedAt = 0
  #ticks = 0
  #timer: Timer | undefined

  /** `onTick` gets how late the tick is, in milliseconds. */
  constructor(clock: Clock, periodMs: number, onTick: (lateMs: number) => void) {
    this.#clock = clock
    this.#periodMs = periodMs
    this.#onTick = onTick
  }

  start(): void {
    this.stop()
    this.#startedAt = this.#clock.monotonic()
    this.#ticks = 0
    this.#wait()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  get #dueAt(): number {
    return this.#startedAt + this.#ticks * this.#periodMs
  }

  #wait(): void {
    this.#timer = this.#clock.after(Math.max(0, this.#dueAt - this.#clock.monotonic()), () => this.#run())
  }

  /** A timer may also be early by a part of a millisecond: then nothing is due, and it waits again. */
  #run(): void {
    for (let lateMs = this.#lateMs; lateMs >= 0 && this.#timer; lateMs = this.#lateMs) {
      this.#ticks++
      this.#onTick(lateMs)
    }
    if (this.#timer) this.#wait()
  }

  get #lateMs(): number {
    return this.#clock.monotonic() - this.#dueAt
  }
}
