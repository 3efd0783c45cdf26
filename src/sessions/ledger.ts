import type { CutBy } from '../sdk/protocol.ts'

/** One line of a call's ledger: what became of one utterance. All times are milliseconds. */
export interface HeardEntry {
  /** As the bot numbers it; 0 for a run of audio that was passed on in the carrier's own words. */
  readonly utterance: number
  readonly kind: 'play' | 'write' | 'passed'
  /** When its first audio was sent: Unix time. */
  readonly startedAtMs: number
  /** Audio sent to the carrier; what had to be sent twice counts once. */
  readonly totalMs: number
  /** Audio that the carrier has played out, wrong by at most `uncertaintyMs` to either side. */
  readonly heardMs: number
  readonly uncertaintyMs: number
  /** What cut it; absent while it goes on, and when it was heard to its end. */
  readonly cutBy?: CutBy
}

/** A whole call in one line: all that was to be heard in it, and what was. Milliseconds. */
export function heardInAll(entries: readonly HeardEntry[]): { sentMs: number; heardMs: number; uncertaintyMs: number } {
  const sum = (of: (entry: HeardEntry) => number) => Math.round(entries.reduce((total, entry) => total + of(entry), 0))
  return {
    sentMs: sum(({ totalMs }) => totalMs),
    heardMs: sum(({ heardMs }) => heardMs),
    uncertaintyMs: sum(({ uncertaintyMs }) => uncertaintyMs),
  }
}
