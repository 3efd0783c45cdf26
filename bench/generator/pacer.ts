/** Calls `send(n)` at `startedAt + n · intervalMs`, whatever happens: what is late is sent at once, and nothing is left out. */
export class Pacer {
  readonly #intervalMs: number
  readonly #send: (n: number) => void
  readonly #startedAt = performance.now()
  #next = 0
  #timer: NodeJS.Timeout | undefined

  constructor(intervalMs: number, send: (n: number) => void) {
    this.#intervalMs = intervalMs
    this.#send = send
    this.#turn()
  }

  /** The first that is not sent yet. */
  get next(): number {
    return this.#next
  }

  dueAt(n: number): number {
    return this.#startedAt + n * this.#intervalMs
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #turn(): void {
    const now = performance.now()
    while (this.dueAt(this.#next) <= now) this.#send(this.#next++)
    // A timer of the whole millisecond before: one of the next would always be late.
    const waitMs = Math.floor(this.dueAt(this.#next) - performance.now())
    this.#timer = setTimeout(() => this.#turn(), waitMs)
  }
}
