/** A place in an utterance, and the words that begin there. */
export interface Mark {
  /** Milliseconds from the beginning of the utterance. */
  readonly atMs: number
  /** Joined to its neighbours as it is: it brings its own spaces. */
  readonly text: string
}

/**
 * The marks of an utterance, in the order of their times. The words of a mark last until the next later mark, those of the
 * last one until the end of the audio: only what was heard that far was heard.
 */
export class Marks {
  readonly #marks: Mark[] = []

  /** Throws a `TypeError` for what is no mark. */
  constructor(marks: readonly Mark[] = []) {
    for (const mark of marks) this.add(mark)
  }

  get all(): readonly Mark[] {
    return this.#marks
  }

  add(mark: Mark): void {
    if (!Number.isFinite(mark.atMs) || mark.atMs < 0 || typeof mark.text !== 'string')
      throw new TypeError(`a mark is { atMs, text }, with atMs from 0, got ${JSON.stringify(mark)}`)
    const later = this.#marks.findLastIndex(({ atMs }) => atMs <= mark.atMs) + 1
    this.#marks.splice(later, 0, mark)
  }

  /** The words that `heardMs` reach to the end of. `endMs`: where the audio ends, once that is known. */
  heardText(heardMs: number, endMs: number | undefined): string {
    return this.#marks
      .slice(0, this.#heard(heardMs, endMs))
      .map(({ text }) => text)
      .join('')
  }

  /** The marks of what is left to be heard, with times from there. A word that was cut off comes again. */
  unheard(heardMs: number, endMs: number | undefined): Mark[] {
    return this.#marks
      .slice(this.#heard(heardMs, endMs))
      .map(({ atMs, text }) => ({ atMs: Math.max(0, atMs - heardMs), text }))
  }

  #heard(heardMs: number, endMs: number | undefined): number {
    const firstUnheard = this.#marks.findIndex(({ atMs }) => {
      const wordsEndMs = this.#marks.find((other) => other.atMs > atMs)?.atMs ?? endMs
      return wordsEndMs === undefined || wordsEndMs > heardMs
    })
    return firstUnheard < 0 ? this.#marks.length : firstUnheard
  }
}
