import type { Clock, Timer } from '../lib/clock.ts'

export interface DigitsOptions {
  /** Ends after this many digits. Default 1. */
  readonly max?: number
  /** A key that ends the input and is not part of it, such as `#`. */
  readonly until?: string
  /** Milliseconds to the first digit. Default 5000. */
  readonly timeoutMs?: number
  /** Milliseconds between digits. Default 2000. */
  readonly betweenMs?: number
}

export interface DigitsResult {
  readonly digits: string
  readonly endedBy: 'max' | 'until' | 'timeout' | 'hang-up'
}

/** Collects key presses until there are enough, a key ends them, or the caller takes too long. */
export class DigitCollector {
  readonly result: Promise<DigitsResult>
  readonly #options: Required<Omit<DigitsOptions, 'until'>> & { until: string | undefined }
  readonly #clock: Clock
  readonly #settle: (result: DigitsResult) => void
  #digits = ''
  #collecting = true
  #timer: Timer

  constructor(options: DigitsOptions, clock: Clock) {
    const { max = 1, until, timeoutMs = 5000, betweenMs = 2000 } = options
    if (!Number.isInteger(max) || max < 1) throw new RangeError(`digits: max must be a whole number from 1, got ${max}`)
    this.#options = { max, until, timeoutMs, betweenMs }
    this.#clock = clock
    const { promise, resolve } = Promise.withResolvers<DigitsResult>()
    this.result = promise
    this.#settle = resolve
    this.#timer = clock.after(timeoutMs, () => this.end('timeout'))
  }

  /** False as soon as it needs no more. */
  get collecting(): boolean {
    return this.#collecting
  }

  press(digit: string): void {
    this.#timer.cancel()
    if (digit === this.#options.until) return this.end('until')
    this.#digits += digit
    if (this.#digits.length >= this.#options.max) return this.end('max')
    this.#timer = this.#clock.after(this.#options.betweenMs, () => this.end('timeout'))
  }

  /** Only the first end counts. */
  end(endedBy: DigitsResult['endedBy']): void {
    this.#collecting = false
    this.#timer.cancel()
    this.#settle({ digits: this.#digits, endedBy })
  }
}
