/** Calls `send(n)` when `n · intervalMs` have passed, whatever happens: what is late goes at once, nothing is left out. */
export class Pacer {
  readonly #intervalMs: number
  readonly #send: (n: number) => void
  #startedAt = 0
  #next = 0
  #timer: NodeJS.Timeout | undefined

  constructor(intervalMs: number, send: (n: number) => void) {
    this.#intervalMs = intervalMs
    this.#send = send
  }

  /** The first that has not been sent yet. */
  get next(): number {
    return this.#next
  }

  start(): void {
    this.#startedAt = performance.now()
    this.#turn()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** On the scale of `performance.now()`. */
  dueAt(n: number): number {
    return this.#startedAt + n * this.#intervalMs
  }

  #turn(): void {
    const now = performance.now()
    while (this.dueAt(this.#next) <= now) this.#send(this.#next++)
    this.#timer = setTimeout(() => this.#turn(), Math.max(0, this.dueAt(this.#next) - performance.now()))
  }
}
