import type { HeardEntry, LedgerCut } from './ledger.ts'
import type { Bounds } from './stretch.ts'

export type Heard = Pick<HeardEntry, 'heardMs' | 'uncertaintyMs'>

/** What is known of one utterance's audio. */
export class HeardAccount {
  readonly utterance: number
  readonly kind: HeardEntry['kind']
  startedAtMs: number
  totalMs = 0
  /** Pieces of it of which is not known yet whether they were played. */
  open = 0
  cutBy: LedgerCut | undefined
  #low = 0
  #estimate = 0
  #high = 0
  #final: Heard | undefined

  constructor(utterance: number, kind: HeardEntry['kind'], startedAtMs: number) {
    this.utterance = utterance
    this.kind = kind
    this.startedAtMs = startedAtMs
  }

  /** Adds what became of a piece, which is closed thereby. */
  settle({ low, estimate, high }: Bounds): void {
    this.#low += low
    this.#estimate += estimate
    this.#high += high
  }

  /** What was heard, with `playing` for the pieces that are open. `claimMs`: so much, whatever the estimate is. */
  heard(playing: Bounds, claimMs?: number): Heard {
    if (this.#final) return this.#final
    const low = this.#low + playing.low
    const high = this.#high + playing.high
    const heardMs = claimMs ?? Math.min(this.totalMs, this.#estimate + playing.estimate)
    return { heardMs, uncertaintyMs: Math.max(0, high - heardMs, heardMs - low) }
  }

  /** Nothing that comes later changes it. */
  finish(heard: Heard, cutBy: LedgerCut | undefined): void {
    this.#final = heard
    this.cutBy = cutBy
  }
}
