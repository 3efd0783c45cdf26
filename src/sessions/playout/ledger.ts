import type { HeardUtterance } from '../../sdk/protocol.ts'

/** One line of a call's ledger. */
export type HeardEntry = HeardUtterance

/** What ended an utterance before its end. */
export type LedgerCut = NonNullable<HeardUtterance['cutBy']>

/** A whole call in one line: all that was to be heard in it, and what was. Milliseconds. */
export function heardInAll(entries: readonly HeardEntry[]): { sentMs: number; heardMs: number; uncertaintyMs: number } {
  const sum = (of: (entry: HeardEntry) => number) => Math.round(entries.reduce((total, entry) => total + of(entry), 0))
  return {
    sentMs: sum(({ totalMs }) => totalMs),
    heardMs: sum(({ heardMs }) => heardMs),
    uncertaintyMs: sum(({ uncertaintyMs }) => uncertaintyMs),
  }
}
