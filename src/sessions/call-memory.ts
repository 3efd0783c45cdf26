import type { Resumption } from '../sdk/protocol.ts'
import type { HeardEntry } from './playout/ledger.ts'

/** Entries that the next bot is told of. */
const maxHeard = 1000

/** What outlives the bots of a call: what they saved, and what the caller heard of them. */
export class CallMemory {
  readonly #before: Resumption | undefined
  readonly #onChange: () => void
  #bots = 0
  #state: { readonly value: unknown } | undefined

  /** `before`: what an earlier session of the call has left. */
  constructor(before?: Resumption, onChange: () => void = () => undefined) {
    this.#before = before
    this.#onChange = onChange
    if (before && 'state' in before) this.#state = { value: before.state }
  }

  /** Bots that had the call in this session. */
  get bots(): number {
    return this.#bots
  }

  /** A bot has the call. */
  botTook(): void {
    this.#bots++
    this.#onChange()
  }

  save(value: unknown): void {
    this.#state = { value }
    this.#onChange()
  }

  /** What the next bot is to know; undefined when it is the call's first. `ledger` is that of this session. */
  forNext(ledger: readonly HeardEntry[], reason: Resumption['reason'] = 'crash'): Resumption | undefined {
    const before = this.#before
    const count = (before?.count ?? 0) + this.#bots
    if (count === 0) return undefined
    return {
      reason: before && this.#bots === 0 ? before.reason : reason,
      count,
      heard: [...(before?.heard ?? []), ...ledger].slice(-maxHeard),
      utterances: ledger.reduce((most, { utterance }) => Math.max(most, utterance), before?.utterances ?? 0),
      ...(this.#state && { state: this.#state.value }),
    }
  }
}
