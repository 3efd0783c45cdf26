/** The least and the most of what was seen lately: at least over one window, at most over two. */
export class RecentRange {
  readonly #windowMs: number
  #since = Number.NEGATIVE_INFINITY
  #now = nothing
  #before = nothing

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** Infinite, until something was seen. */
  get least(): number {
    return Math.min(this.#now.least, this.#before.least)
  }

  /** Most less least; 0 until two values were seen. */
  get spread(): number {
    return Math.max(0, Math.max(this.#now.most, this.#before.most) - this.least)
  }

  /** `nowMs` never goes back. */
  add(value: number, nowMs: number): void {
    if (nowMs - this.#since >= this.#windowMs) {
      this.#before = nowMs - this.#since < 2 * this.#windowMs ? this.#now : nothing
      this.#now = nothing
      this.#since = nowMs
    }
    const { least, most } = this.#now
    if (value < least || value > most) this.#now = { least: Math.min(least, value), most: Math.max(most, value) }
  }
}

const nothing = { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY }
