import { frameMs } from '../../audio/format.ts'
import { CarrierClock } from './carrier-clock.ts'
import type { Heard, HeardAccount } from './heard-account.ts'
import { RecentRange } from './recent-range.ts'
import { type Bounds, leadMs, type StreamEnd, Stretch } from './stretch.ts'

/** Audio of one utterance in a stretch, from and to a position. */
interface Piece {
  readonly account: HeardAccount
  readonly fromMs: number
  toMs: number
  /** The carrier may not have taken it. */
  readonly doubtful: boolean
}

interface Part {
  readonly stretch: Stretch
  readonly pieces: Piece[]
  clearedFor: 'node' | 'bot' | undefined
}

/** A carrier that never answers a clear must not fill the memory. */
const maxUnanswered = 100
/** Audio is never taken to be under way for a time more even than this. */
const leastJitterMs = 10
const answersOverMs = 10_000
/** What comes next may be later than all that was seen. */
const unseen = 1.5

/**
 * What was sent on one stream of the carrier's, and what it has said about it. Positions of the audio belong to
 * utterances here; how far the carrier has come is for `Stretch` to know. Pure, as that is.
 */
export class StreamLedger {
  /** The last one grows; those before it were cleared, and wait for the carrier to say so. */
  readonly #parts: Part[] = [newPart()]
  readonly #carrierClock = new CarrierClock()
  /** How long the carrier's answers took: acknowledgements beyond the audio before them, and clears. */
  readonly #answers = new RecentRange(answersOverMs)
  #acknowledged = false
  #passedOver = false
  #lastMarkMs = 0

  /** When, by our clock, the carrier has nothing left to play. */
  get endsAt(): number {
    return this.#current.stretch.endsAt
  }

  /** Positions count from the last clear. */
  get sentMs(): number {
    return this.#current.stretch.sentMs
  }

  get ackedMs(): number {
    return this.#current.stretch.ackedMs
  }

  /** Where a carrier would be that gets everything at once. */
  reachedMs(nowMs: number): number {
    return this.#current.stretch.reachableMs(nowMs)
  }

  /** Everything that was sent has been played, for certain, or was cleared. */
  get allHeard(): boolean {
    return this.ackedMs === this.sentMs
  }

  /** Audio behind the last checkpoint. */
  get unmarkedMs(): number {
    return this.#current.stretch.sentMs - this.#lastMarkMs
  }

  /** How long, by our clock, the carrier has waited for audio since the last checkpoint; without one, for ever. */
  waitedMs(nowMs: number): number {
    return this.#current.stretch.waitedMs(nowMs)
  }

  /** A checkpoint that stands behind everything already and is not acknowledged yet. */
  get endMark(): number | undefined {
    return this.#current.stretch.endMark
  }

  /** Milliseconds of audio were sent; without an account they are nobody's. */
  add(ms: number, nowMs: number, account?: HeardAccount, doubtful = false): void {
    const { stretch, pieces } = this.#current
    const fromMs = stretch.sentMs
    stretch.add(ms, nowMs)
    if (!account) return
    const last = pieces.at(-1)
    if (last?.account === account && last.toMs === fromMs && last.doubtful === doubtful) {
      last.toMs = stretch.sentMs
      return
    }
    pieces.push({ account, fromMs, toMs: stretch.sentMs, doubtful })
    account.open++
  }

  /** A checkpoint was sent; ids grow. */
  mark(id: number, nowMs: number): void {
    this.#current.stretch.mark(id, nowMs)
    this.#lastMarkMs = this.#current.stretch.sentMs
  }

  /** False: no such checkpoint is waited for. */
  acknowledge(id: number, nowMs: number): boolean {
    for (const [index, { stretch, pieces }] of this.#parts.entries()) {
      const passedOver = stretch.acknowledge(id, nowMs, this.#carrierClock.read(nowMs))
      if (passedOver === undefined) continue
      this.#answers.add(stretch.lagMs, nowMs)
      this.#acknowledged = true
      if (passedOver > 0) this.#passedOver = true
      closeHeard(pieces, stretch.ackedMs)
      // What was cleared before is over, whether the carrier has said so or not.
      for (let n = 0; n < index; n++) this.#settleFirst('in-order', nowMs, false)
      return true
    }
    return false
  }

  /** A timestamp of the carrier's media. */
  tick(carrierMs: number, nowMs: number): void {
    this.#carrierClock.tick(carrierMs, nowMs)
  }

  /** The carrier was told to clear. */
  clear(nowMs: number, by: 'node' | 'bot'): void {
    const part = this.#current
    part.stretch.clear(nowMs)
    part.clearedFor = by
    this.#parts.push(newPart())
    this.#lastMarkMs = 0
    if (this.#parts.length > maxUnanswered) this.#settleFirst('unknown', nowMs)
  }

  /** The carrier says that it has cleared. Returns for whom; undefined: nobody had asked. */
  cleared(nowMs: number): 'node' | 'bot' | undefined {
    if (this.#parts.length < 2) return undefined
    const [first] = this.#parts
    const by = first?.clearedFor
    if (first?.stretch.clearedAt !== undefined) this.#answers.add(nowMs - first.stretch.clearedAt, nowMs)
    this.#settleFirst('in-order', nowMs)
    return by
  }

  /** The stream is over. */
  close(known: StreamEnd, nowMs: number): void {
    // The last part goes too, and an empty one stays in its place.
    this.#parts.push(newPart())
    while (this.#parts.length > 1) this.#settleFirst(known, nowMs)
  }

  /** As in `HeardAccount`. */
  heard(account: HeardAccount, nowMs: number, claimMs?: number): Heard {
    let [low, estimate, high] = [0, 0, 0]
    if (account.open > 0) {
      for (const { stretch, pieces } of this.#parts) {
        const bounds = stretch.bounds(nowMs)
        for (const piece of pieces) {
          if (piece.account !== account) continue
          const within = boundsWithin(piece, bounds)
          low += within.low
          estimate += within.estimate
          high += within.high
        }
      }
    }
    return account.heard({ low, estimate, high }, claimMs)
  }

  /** `stoppedNow`: what the carrier has just said is that it stopped. */
  #settleFirst(known: StreamEnd, nowMs: number, stoppedNow = true): void {
    const part = this.#parts.shift()
    if (!part) return
    const acknowledges = this.#acknowledged && !this.#passedOver
    const carrier = stoppedNow ? this.#carrierClock.read(nowMs) : undefined
    const bounds = part.stretch.settle({ nowMs, carrier, known, acknowledges, jitterMs: this.#jitterMs })
    for (const piece of part.pieces) closePiece(piece, bounds)
  }

  /**
   * Both ways are judged by what came back. Of an acknowledgement's delay two frames say nothing: audio waits for the
   * carrier's next frame to begin, and the acknowledgement for one to end.
   */
  get #jitterMs(): number | undefined {
    const seenMs = Math.max(this.#carrierClock.spreadMs, this.#answers.spread - 2 * frameMs)
    const jitterMs = Math.max(leastJitterMs, seenMs * unseen)
    return jitterMs > leadMs ? undefined : jitterMs
  }

  get #current(): Part {
    const part = this.#parts.at(-1)
    if (!part) throw new Error('a stream has at least one stretch')
    return part
  }
}

const newPart = (): Part => ({ stretch: new Stretch(), pieces: [], clearedFor: undefined })

function closePiece(piece: Piece, bounds: Bounds): void {
  piece.account.settle(boundsWithin(piece, bounds))
  piece.account.open--
}

/** Pieces that have been played to their end need no more thought. */
function closeHeard(pieces: Piece[], ackedMs: number): void {
  const all = { low: ackedMs, estimate: ackedMs, high: ackedMs }
  for (let first = pieces[0]; first && first.toMs <= ackedMs; first = pieces[0]) {
    closePiece(first, all)
    pieces.shift()
  }
}

function boundsWithin({ fromMs, toMs, doubtful }: Piece, { low, estimate, high }: Bounds): Bounds {
  const within = (positionMs: number) => Math.min(toMs, Math.max(fromMs, positionMs)) - fromMs
  return { low: doubtful ? 0 : within(low), estimate: within(estimate), high: within(high) }
}
