import type { Clock } from '../lib/clock.ts'

/** The carrier waits 15 s for an answer; what is left is for the answer itself. */
const longestMs = 8000

/** While a node starts, its agents come up one by one: calls for one that is not there yet wait for it. */
export class AgentArrivals {
  readonly #clock: Clock
  readonly #waiting = new Set<() => void>()
  #starting: boolean

  constructor(clock: Clock, { starting }: { readonly starting: boolean }) {
    this.#clock = clock
    this.#starting = starting
  }

  get starting(): boolean {
    return this.#starting
  }

  /** An agent has come up. */
  notice(): void {
    for (const look of this.#waiting) look()
  }

  /** All that was to come up has, or has failed to. */
  finish(): void {
    this.#starting = false
    this.notice()
  }

  /** Resolves when `isHere`, when the node has started, or after as long as a caller can wait. */
  async until(isHere: () => boolean): Promise<void> {
    if (!this.#starting || isHere()) return
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!this.#starting || isHere()) end()
      }
      const end = () => {
        timer.cancel()
        this.#waiting.delete(look)
        resolve()
      }
      const timer = this.#clock.after(longestMs, end)
      this.#waiting.add(look)
    })
  }
}
