import { frameMs } from '../audio/format.ts'

/** Milliseconds of audio: never less than `low`, never more than `high`, probably `estimate`. */
export interface Bounds {
  readonly low: number
  readonly estimate: number
  readonly high: number
}

/**
 * What is known of the carrier when audio is over. `in-order`: it stopped, and all that it said before has been received.
 * `by-now`: it has stopped, but may have said more. `unknown`: it may play on.
 */
export type StreamEnd = 'in-order' | 'by-now' | 'unknown'

/** What is known when a stretch is over. */
export interface Stop {
  readonly nowMs: number
  /** The latest timestamp of the carrier's media; undefined: it sends none. */
  readonly carrierMs: number | undefined
  readonly known: StreamEnd
  /** This carrier acknowledges what it plays, so that a missing acknowledgement means something. */
  readonly acknowledges: boolean
}

interface Mark {
  readonly id: number
  readonly atMs: number
}

/** An estimate stays this near to both bounds where they lie close enough together for it. */
const nearMs = 2 * frameMs
/** Checkpoints that are waited for: a carrier that never answers must not fill the memory. */
const maxMarks = 2000

/**
 * Audio between two clears of one stream, and how far the carrier has come in it. Positions are milliseconds of audio
 * from the stretch's start. Pure: it is told the time (a clock that never jumps) and what was sent and received.
 *
 * Two things are certain under any delay. What was acknowledged has been played. And nobody plays faster than time: had
 * every message arrived at once, the carrier would be at `reachableMs`, plus the frame that it has begun. Where the
 * carrier's words up to its stop are complete, the first checkpoint that it did not acknowledge is a limit as well. That
 * the carrier has gone on since its last acknowledgement is never certain (what comes next may be late), only likely.
 */
export class Stretch {
  #sentMs = 0
  /** When a carrier that gets everything at once has played all of it. */
  #endsAt = Number.NEGATIVE_INFINITY
  #ackedMs = 0
  #ackedCarrierMs: number | undefined
  /** Least distance seen between what could have been played and what had been. */
  #lagMs: number | undefined
  /** Checkpoints that were sent and not acknowledged, in order. */
  #marks: Mark[] = []
  #estimateAtClear: number | undefined
  #settled: Bounds | undefined

  get sentMs(): number {
    return this.#sentMs
  }

  /** All of it up to here has been played for certain. */
  get ackedMs(): number {
    return this.#ackedMs
  }

  /** Identity of the latest checkpoint, if it stands at the very end and was not acknowledged yet. */
  get endMark(): number | undefined {
    const last = this.#marks.at(-1)
    return last && last.atMs === this.#sentMs ? last.id : undefined
  }

  /** When, by our clock, the carrier has nothing left to play. */
  get endsAt(): number {
    return this.#endsAt
  }

  add(ms: number, nowMs: number): void {
    this.#endsAt = Math.max(nowMs, this.#endsAt) + ms
    this.#sentMs += ms
  }

  /** A checkpoint behind all that was added. */
  mark(id: number): void {
    this.#marks.push({ id, atMs: this.#sentMs })
    if (this.#marks.length > maxMarks) this.#marks.shift()
  }

  /** Returns how many checkpoints before this one were passed over; undefined: it is none of this stretch. */
  acknowledge(id: number, nowMs: number, carrierMs: number | undefined): number | undefined {
    const index = this.#marks.findIndex((mark) => mark.id === id)
    const mark = this.#marks[index]
    if (!mark) return undefined
    this.#marks.splice(0, index + 1)
    this.#ackedMs = mark.atMs
    this.#ackedCarrierMs = carrierMs
    // A carrier whose clock is faster, or that dropped something, is further on than ours.
    this.#endsAt = Math.min(this.#endsAt, nowMs + this.#sentMs - mark.atMs)
    const lagMs = this.reachableMs(nowMs) - mark.atMs
    this.#lagMs = Math.min(lagMs, this.#lagMs ?? lagMs)
    return index
  }

  /** The carrier has been told to forget the rest. Nothing is added any more. */
  clear(nowMs: number): void {
    this.#estimateAtClear = this.reachableMs(nowMs)
  }

  /** No more is played of it. */
  settle({ nowMs, carrierMs, known, acknowledges }: Stop): Bounds {
    const low = this.#ackedMs
    const reachable = this.reachableMs(nowMs)
    const nextMark = this.#marks[0]
    let high = this.#sentMs
    if (known !== 'unknown') high = Math.min(high, reachable + frameMs)
    if (known === 'in-order' && acknowledges && nextMark) {
      // A carrier that ticks late catches up, and is then one frame ahead of time.
      high = Math.min(this.#sentMs, nextMark.atMs + frameMs, reachable + 2 * frameMs)
    }
    this.#settled = bounds(low, this.#estimate(nowMs, known === 'unknown' ? undefined : carrierMs), high)
    return this.#settled
  }

  /** How far the carrier is. */
  bounds(nowMs: number): Bounds {
    if (this.#settled) return this.#settled
    const cleared = this.#estimateAtClear !== undefined
    const high = cleared ? this.#sentMs : Math.min(this.#sentMs, this.reachableMs(nowMs) + 2 * frameMs)
    return bounds(this.#ackedMs, this.#estimate(nowMs, undefined), high)
  }

  /**
   * What is on its way when a stretch is cut makes up for what was on its way when it began. The carrier's own clock
   * knows better, where it can be asked: how long it went on after its last acknowledgement.
   */
  #estimate(nowMs: number, carrierMs: number | undefined): number {
    const byClock = this.#estimateAtClear ?? this.reachableMs(nowMs) - (this.#lagMs ?? 0) / 2
    if (carrierMs === undefined || this.#ackedCarrierMs === undefined) return byClock
    const onMs = carrierMs - this.#ackedCarrierMs + frameMs
    return Math.min(this.#ackedMs + onMs, (this.#estimateAtClear ?? this.#sentMs) + frameMs)
  }

  reachableMs(nowMs: number): number {
    return this.#sentMs - Math.max(0, this.#endsAt - nowMs)
  }
}

function bounds(low: number, guess: number, limit: number): Bounds {
  const high = Math.max(low, limit)
  const estimate = Math.min(high, Math.max(low, guess))
  if (high - low > 2 * nearMs) return { low, estimate, high }
  return { low, estimate: Math.min(low + nearMs, Math.max(high - nearMs, estimate)), high }
}
