/** What a parser at a boundary returns: a value, or the field that is wrong and what is wrong with it. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | ParseFailure

export interface ParseFailure {
  readonly ok: false
  /** Path of the field as the far side names it, such as `start.mediaFormat.sampleRate`; empty for the whole. */
  readonly field: string
  /** What is wrong, as a sentence part: `is missing`, `must be a whole number, got "x"`. */
  readonly problem: string
}

export const parsed = <T>(value: T): Parsed<T> => ({ ok: true, value })

export const failed = (field: string, problem: string): ParseFailure => ({ ok: false, field, problem })

/** One line for a log or a reply: `start.callId is missing`. */
export const describeFailure = (failure: ParseFailure): string =>
  failure.field === '' ? failure.problem : `${failure.field} ${failure.problem}`
