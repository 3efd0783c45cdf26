import type { Clock, Timer } from '../lib/clock.ts'
import type { FaultPlan } from './fault-plan.ts'

interface PathSocket {
  send(text: string): void
  pause(): void
  resume(): void
  cut(): void
}

/** The way between Plivo and a stream's server, on which faults happen. Messages stay in order, as they do on TCP. */
export class MediaPath {
  readonly #socket: PathSocket
  readonly #clock: Clock
  readonly #faults: FaultPlan
  readonly #timers: Timer[] = []
  readonly #waiting: { readonly text: string; readonly dueAt: number }[] = []
  #startedAt = 0
  #lastDueAt = 0
  #timer: Timer | undefined

  constructor({ socket, clock, faults }: { socket: PathSocket; clock: Clock; faults: FaultPlan }) {
    this.#socket = socket
    this.#clock = clock
    this.#faults = faults
  }

  /** The stream starts: times of faults count from here. */
  start(): void {
    this.#startedAt = this.#clock.monotonic()
    for (const { afterMs, ms } of this.#faults.readingPauses) {
      this.#timers.push(
        this.#clock.after(afterMs, () => {
          this.#faults.note('slow-reader', `the bot's socket is not read for ${ms} ms`)
          this.#socket.pause()
        }),
        this.#clock.after(afterMs + ms, () => this.#socket.resume()),
      )
    }
    const cutAfterMs = this.#faults.takeCut()
    if (cutAfterMs === undefined) return
    this.#timers.push(
      this.#clock.after(cutAfterMs, () => {
        this.#faults.note('cut', 'the connection breaks in the middle of a frame')
        this.#socket.cut()
      }),
    )
  }

  send(text: string): void {
    if (!this.#faults.delaysMedia) {
      this.#socket.send(text)
      return
    }
    const now = this.#clock.monotonic()
    this.#lastDueAt = Math.max(this.#lastDueAt, now + this.#faults.delayMs(now - this.#startedAt))
    this.#waiting.push({ text, dueAt: this.#lastDueAt })
    if (this.#waiting.length === 1) this.#sendDue()
  }

  /** Afterwards no timer is left; what still waits is lost. */
  stop(): void {
    this.#timer?.cancel()
    for (const timer of this.#timers) timer.cancel()
    this.#waiting.length = 0
    this.#socket.resume()
  }

  #sendDue(): void {
    const now = this.#clock.monotonic()
    for (let first = this.#waiting[0]; first && first.dueAt <= now; first = this.#waiting[0]) {
      this.#socket.send(first.text)
      this.#waiting.shift()
    }
    const [next] = this.#waiting
    if (next) this.#timer = this.#clock.after(next.dueAt - now, () => this.#sendDue())
  }
}
