import type { Clock, Timer } from '../../lib/clock.ts'

/** Fires `signal` unless it is disposed of, put off or paused in time. */
export class Deadline implements Disposable {
  readonly #clock: Clock
  readonly #limitMs: number
  readonly #controller = new AbortController()
  #timer: Timer | undefined

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock
    this.#limitMs = limitMs
    this.restart()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  restart(): void {
    this.pause()
    this.#timer = this.#clock.after(this.#limitMs, () => this.abort())
  }

  abort(): void {
    this.#controller.abort()
  }

  pause(): void {
    this.#timer?.cancel()
  }

  [Symbol.dispose](): void {
    this.pause()
  }
}
