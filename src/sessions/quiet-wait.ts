import type { Clock, Timer } from '../lib/clock.ts'
import type { WovenStream } from './playout/woven-stream.ts'

/** A carrier that does not say that it has played the last of it is not waited for longer than this. */
const graceMs = 2000

/** Waits until the carrier has played all that was sent, whosever it was. */
export class QuietWait {
  readonly #clock: Clock
  #then: (() => void) | undefined
  #until = 0
  #timer: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  start(then: () => void): void {
    this.#then = then
    this.#until = this.#clock.monotonic() + graceMs
  }

  /** Nothing waits to be sent. Calls `then`, once, if all that was sent has been played; or looks again later. */
  look(stream: WovenStream | undefined): void {
    this.pause()
    if (!this.#then) return
    if (stream && !stream.ledger.allHeard) {
      stream.sendTail()
      // The more is sent meanwhile, the longer it takes.
      this.#until = Math.max(this.#until, stream.ledger.endsAt + graceMs)
      const leftMs = this.#until - this.#clock.monotonic()
      if (leftMs > 0) {
        this.#timer = this.#clock.after(leftMs, () => this.look(stream))
        return
      }
    }
    const then = this.#then
    this.#then = undefined
    then()
  }

  /** Something waits to be sent. */
  pause(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  stop(): void {
    this.pause()
    this.#then = undefined
  }
}
