import type { Clock } from '../lib/clock.ts'

/** Characters that a bot may print in one second, on average over ten. What is more is dropped, and that is said. */
const charactersPerSecond = 64 * 1024
const burst = 10 * charactersPerSecond

/** What a bot may print: its log must not take from the calls of others. */
export class PrintBudget {
  readonly #clock: Pick<Clock, 'monotonic'>
  #allowed = burst
  #refilledAt: number
  #dropped = 0

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
    this.#refilledAt = clock.monotonic()
  }

  /** How many lines were dropped just before this one, of `length` characters. Undefined: it is dropped as well. */
  take(length: number): number | undefined {
    this.#refill()
    // Once lines are dropped, a second's worth is: bits and pieces of what it says would help nobody.
    const needed = this.#dropped > 0 ? charactersPerSecond : length
    if (this.#allowed < needed) {
      this.#dropped++
      return undefined
    }
    this.#allowed -= length + 1
    const dropped = this.#dropped
    this.#dropped = 0
    return dropped
  }

  /** Tells what may be told: nothing, or the line, behind a word about those that were dropped before it. */
  pass(line: string, tell: (line: string) => void): void {
    const dropped = this.take(line.length)
    if (dropped === undefined) return
    if (dropped > 0) tell(droppedText(dropped))
    tell(line)
  }

  #refill(): void {
    const now = this.#clock.monotonic()
    const earned = ((now - this.#refilledAt) / 1000) * charactersPerSecond
    this.#allowed = Math.min(burst, this.#allowed + earned)
    this.#refilledAt = now
  }
}

/** Stands in place of lines that were dropped. */
export const droppedText = (lines: number): string =>
  `(${lines} lines dropped: a bot may print ${charactersPerSecond / 1024} KB a second)`
