/** Shares of the buffer at which a stream counts as degraded, once each (section 3.1). */
const degradedShares = [0.3, 0.6, 0.9]

/** Plivo's buffer towards a server that reads too slowly. */
export class Backlog {
  readonly #maxMs: number
  #degradations = 0

  constructor(maxMs: number) {
    this.#maxMs = maxMs
  }

  /** Takes how much audio waits now, and says what that means. */
  watch(unsentMs: number): 'degraded' | 'full' | undefined {
    if (unsentMs >= this.#maxMs) return 'full'
    const nextShare = degradedShares[this.#degradations]
    if (nextShare === undefined || unsentMs < nextShare * this.#maxMs) return undefined
    this.#degradations++
    return 'degraded'
  }
}
