import { frameMs } from '../../audio/format.ts'
import { RecentRange } from './recent-range.ts'

/** A moment by the carrier's clock. Those of one era can be compared. */
export interface CarrierTime {
  /** It was so late, or later by less than `grainMs`. */
  readonly ms: number
  readonly era: number
  readonly grainMs: number
}

/** Timestamps that lie farther apart are no longer of one clock, and a carrier silent for so long has told no time. */
const brokenMs = 100
const spreadOverMs = 10_000

/** The clock of the carrier: the timestamps of its media, which arrive in order with everything else it says. */
export class CarrierClock {
  readonly #lateness = new RecentRange(spreadOverMs)
  #ms: number | undefined
  #receivedAt = 0
  #era = 0
  #grainMs = frameMs

  /** By how much the time varied, lately, that its words were under way. */
  get spreadMs(): number {
    return this.#lateness.spread
  }

  /** Media with a timestamp has come; both tracks may send some. */
  tick(ms: number, nowMs: number): void {
    const stepMs = ms - (this.#ms ?? ms)
    if (Math.abs(stepMs) > brokenMs) {
      this.#era++
      this.#grainMs = frameMs
      this.#ms = ms
    } else if (stepMs >= 0) {
      this.#grainMs = Math.max(this.#grainMs, stepMs)
      this.#ms = ms
    }
    this.#receivedAt = nowMs
    this.#lateness.add(nowMs - ms, nowMs)
  }

  /** When the carrier said what arrives now; undefined: it did not tell the time. */
  read(nowMs: number): CarrierTime | undefined {
    if (this.#ms === undefined || nowMs - this.#receivedAt > brokenMs) return undefined
    return { ms: this.#ms, era: this.#era, grainMs: this.#grainMs }
  }
}
