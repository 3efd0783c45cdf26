import { frameMs } from '../../audio/format.ts'
import type { CarrierTime } from './carrier-clock.ts'

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
  /** When, by the carrier's clock, it stopped. Undefined: nobody can tell. */
  readonly carrier: CarrierTime | undefined
  readonly known: StreamEnd
  /** This carrier acknowledges what it plays, so that a missing acknowledgement means something. */
  readonly acknowledges: boolean
  /** Audio that is under way reaches the carrier so much later than at best, at most. Undefined: it may stall. */
  readonly jitterMs: number | undefined
}

interface Mark {
  readonly id: number
  readonly atMs: number
  /** When it is reached, by our clock, where everything arrives at once. */
  readonly dueAt: number
}

/** Audio that was sent with so little in hand that the carrier may have waited for it. */
interface Tight {
  readonly atMs: number
  readonly sentAt: number
}

/** Audio that was sent so long before its time has come is there in time, unless the way to the carrier stalls. */
export const leadMs = 150
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
 * carrier's words up to its stop are complete, the first checkpoint that it did not acknowledge is a limit as well.
 *
 * How far it went on since its last acknowledgement its own clock says, provided that it had something to play all the
 * while. Audio sent `leadMs` ahead is taken to have been there; for what was sent later `jitterMs` is allowed. Nothing of
 * this is believed when something was seen to stall. So a claim is wrong only if the way to the carrier stalls for longer
 * than the audio was sent ahead, that stall shows in nothing that was received, and the audio is cut before the next
 * checkpoint is due, 200 ms on: a stall over by then, or one that the caller's hang-up leaves no time to notice.
 */
export class Stretch {
  #sentMs = 0
  /** When a carrier that gets everything at once has played all of it. */
  #endsAt = Number.NEGATIVE_INFINITY
  #ackedMs = 0
  #acked: { readonly mark: Mark; readonly carrier: CarrierTime } | undefined
  #lastLagMs = 0
  /** When the audio before the last checkpoint began to play, at our clock, had there been no pause in it. */
  #markedOffsetMs = Number.NEGATIVE_INFINITY
  /** Least distance seen between what could have been played and what had been. */
  #leastLagMs: number | undefined
  /** Checkpoints that were sent and not acknowledged, in order. */
  #marks: Mark[] = []
  /** From the last acknowledgement on, in order. */
  #tight: Tight[] = []
  #cleared: { readonly at: number; readonly reachableMs: number } | undefined
  #settled: Bounds | undefined

  get sentMs(): number {
    return this.#sentMs
  }

  /** All of it up to here has been played for certain. */
  get ackedMs(): number {
    return this.#ackedMs
  }

  /** When the carrier was told to clear it. */
  get clearedAt(): number | undefined {
    return this.#cleared?.at
  }

  /** How far the carrier was behind our clock when it said what it acknowledged last, and the way back. */
  get lagMs(): number {
    return this.#lastLagMs
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

  /** How long the carrier waited since the last checkpoint, had it what is sent at once; without one, for ever. */
  waitedMs(nowMs: number): number {
    return Math.max(nowMs, this.#endsAt) - this.#sentMs - this.#markedOffsetMs
  }

  add(ms: number, nowMs: number): void {
    if (this.#endsAt - nowMs < leadMs) {
      this.#tight.push({ atMs: this.#sentMs, sentAt: nowMs })
      if (this.#tight.length > maxMarks) this.#tight.shift()
    }
    this.#endsAt = Math.max(nowMs, this.#endsAt) + ms
    this.#sentMs += ms
  }

  /** A checkpoint behind all that was added. */
  mark(id: number, nowMs: number): void {
    this.#markedOffsetMs = this.#endsAt - this.#sentMs
    this.#marks.push({ id, atMs: this.#sentMs, dueAt: Math.max(nowMs, this.#endsAt) })
    if (this.#marks.length > maxMarks) this.#marks.shift()
  }

  /** Returns how many checkpoints before this one were passed over; undefined: it is none of this stretch. */
  acknowledge(id: number, nowMs: number, carrier: CarrierTime | undefined): number | undefined {
    const index = this.#marks.findIndex((mark) => mark.id === id)
    const mark = this.#marks[index]
    if (!mark) return undefined
    this.#marks.splice(0, index + 1)
    this.#ackedMs = mark.atMs
    this.#acked = carrier && { mark, carrier }
    const behind = this.#tight.findIndex(({ atMs }) => atMs >= mark.atMs)
    this.#tight.splice(0, behind < 0 ? this.#tight.length : behind)
    // A carrier whose clock is faster, or that dropped something, is further on than ours.
    this.#endsAt = Math.min(this.#endsAt, nowMs + this.#sentMs - mark.atMs)
    this.#lastLagMs = nowMs - mark.dueAt
    const lagMs = this.reachableMs(nowMs) - mark.atMs
    this.#leastLagMs = Math.min(lagMs, this.#leastLagMs ?? lagMs)
    return index
  }

  /** The carrier has been told to forget the rest. Nothing is added any more. */
  clear(nowMs: number): void {
    this.#cleared = { at: nowMs, reachableMs: this.reachableMs(nowMs) }
  }

  /** No more is played of it. */
  settle(stop: Stop): Bounds {
    const { nowMs, known } = stop
    const limit = this.#certainLimit(stop)
    const wentOn = known === 'unknown' ? undefined : this.#wentOn(stop)
    if (!wentOn) {
      this.#settled = bounds(this.#ackedMs, this.#guess(nowMs), limit)
      return this.#settled
    }
    const guess = Math.min(this.#ackedMs + wentOn.estimate, (this.#cleared?.reachableMs ?? this.#sentMs) + frameMs)
    if (known === 'in-order') {
      const high = Math.min(limit, this.#ackedMs + wentOn.high)
      const low = Math.max(this.#ackedMs, this.#likelyLow(stop, wentOn.low) ?? 0)
      this.#settled = bounds(low <= high ? low : this.#ackedMs, guess, high)
    } else this.#settled = bounds(this.#ackedMs, guess, limit)
    return this.#settled
  }

  /** How far the carrier is. */
  bounds(nowMs: number): Bounds {
    if (this.#settled) return this.#settled
    const high = this.#cleared ? this.#sentMs : Math.min(this.#sentMs, this.reachableMs(nowMs) + 2 * frameMs)
    return bounds(this.#ackedMs, this.#guess(nowMs), high)
  }

  reachableMs(nowMs: number): number {
    return this.#sentMs - Math.max(0, this.#endsAt - nowMs)
  }

  /** What is on its way when a stretch is cut makes up for what was on its way when it began. */
  #guess(nowMs: number): number {
    return this.#cleared?.reachableMs ?? this.reachableMs(nowMs) - (this.#leastLagMs ?? 0) / 2
  }

  #certainLimit({ nowMs, known, acknowledges }: Stop): number {
    if (known === 'unknown') return this.#sentMs
    const reachable = this.reachableMs(nowMs)
    const [nextMark] = this.#marks
    if (known !== 'in-order' || !acknowledges || !nextMark) return Math.min(this.#sentMs, reachable + frameMs)
    // A carrier that ticks late catches up, and is then one frame ahead of time.
    return Math.min(this.#sentMs, nextMark.atMs + frameMs, reachable + 2 * frameMs)
  }

  /** By how much it can have gone on since it last acknowledged something; the frame that it has begun counts. */
  #wentOn({ carrier }: Stop): Bounds | undefined {
    const acked = this.#acked
    if (!acked || carrier?.era !== acked.carrier.era) return undefined
    const onMs = carrier.ms - acked.carrier.ms
    return { low: onMs - carrier.grainMs, estimate: onMs + frameMs, high: onMs + carrier.grainMs + frameMs }
  }

  /** How far it was at least, if it was never kept waiting longer than `jitterMs` explains; it may have been. */
  #likelyLow({ acknowledges, jitterMs }: Stop, wentOnMs: number): number | undefined {
    const acked = this.#acked?.mark
    if (!acked || jitterMs === undefined) return undefined
    const withoutWaiting = acked.atMs + wentOnMs
    let low = Math.min(this.#sentMs, withoutWaiting)
    for (const { atMs, sentAt } of this.#tight) {
      const inHandMs = acked.dueAt + atMs - acked.atMs - sentAt
      low = Math.min(low, Math.max(atMs, withoutWaiting - Math.max(0, jitterMs - inHandMs)))
    }
    // So far on, it would have acknowledged the next one: it has been kept waiting.
    const [nextMark] = this.#marks
    return acknowledges && nextMark && low >= nextMark.atMs ? undefined : low
  }
}

function bounds(low: number, guess: number, limit: number): Bounds {
  const high = Math.max(low, limit)
  const estimate = Math.min(high, Math.max(low, guess))
  if (high - low > 2 * nearMs) return { low, estimate, high }
  return { low, estimate: Math.min(low + nearMs, Math.max(high - nearMs, estimate)), high }
}
