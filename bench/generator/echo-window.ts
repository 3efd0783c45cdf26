import { lateEchoMs } from '../measure/limits.ts'
import { percentilesOf, type Percentiles } from '../report/percentiles.ts'

export interface EchoResult {
  /** Frames that were due within the window. */
  readonly frames: number
  readonly lost: number
  /** Frames that came back changed, twice, or out of order. */
  readonly damaged: number
  /** Frames that took longer than `lateEchoMs`, or never came back. */
  readonly late: number
  /** From the moment a frame is handed to the socket. A lost one took as long as it was waited for. */
  readonly roundTripMs: Percentiles
  /** How much later than due the generator sent. */
  readonly latenessMs: Percentiles
}

/** What became of the frames number `from` until `until`. */
export class EchoWindow {
  readonly #from: number
  readonly #sentAt: Float64Array
  readonly #latenessMs: Float64Array
  readonly #roundTripMs: Float64Array
  #damaged = 0

  constructor(from: number, until: number) {
    this.#from = from
    this.#sentAt = new Float64Array(until - from)
    this.#latenessMs = new Float64Array(until - from)
    this.#roundTripMs = new Float64Array(until - from).fill(Number.NaN)
  }

  sending(n: number, dueAt: number): void {
    const at = n - this.#from
    if (at >= this.#sentAt.length) return
    const now = performance.now()
    this.#sentAt[at] = now
    this.#latenessMs[at] = now - dueAt
  }

  came(n: number): void {
    const at = n - this.#from
    if (at < 0 || at >= this.#sentAt.length) return
    this.#roundTripMs[at] = performance.now() - (this.#sentAt[at] ?? 0)
  }

  damage(): void {
    this.#damaged++
  }

  /** Nothing is waited for any more. */
  result(): EchoResult {
    const now = performance.now()
    const lost = this.#roundTripMs.filter(Number.isNaN).length
    const roundTripMs = this.#roundTripMs.map((ms, at) => (Number.isNaN(ms) ? now - (this.#sentAt[at] ?? 0) : ms))
    return {
      frames: roundTripMs.length,
      lost,
      damaged: this.#damaged,
      late: roundTripMs.filter((ms) => ms > lateEchoMs).length,
      roundTripMs: percentilesOf(roundTripMs),
      latenessMs: percentilesOf(this.#latenessMs),
    }
  }
}
