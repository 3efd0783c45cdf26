import type { Clock, Timer } from '../lib/clock.ts'
import type { Interruptible } from './barge-in.ts'
import { inRange, milliseconds } from './milliseconds.ts'
import type { PlaySource } from './play-source.ts'
import type { SayOptions } from './say.ts'
import type { Utterance } from './utterance.ts'

/** A text for the carrier's voice. */
export interface SayPrompt extends SayOptions {
  readonly say: string
}

export interface DigitsOptions {
  /** Ends after this many digits. Default 1. */
  readonly max?: number
  /** Fewer digits than this are not enough: `until` does not end them, and the prompt is repeated. Default 0. */
  readonly min?: number
  /** A key that ends the input and is not part of it, such as `#`. */
  readonly until?: string
  /** Milliseconds to the first digit, from the end of the prompt on. Default 5000. */
  readonly timeoutMs?: number
  /** Milliseconds between digits. Default 2000. */
  readonly betweenMs?: number
  /** What is played first: a source, an utterance that plays or waits already, or `{ say: 'text' }`. */
  readonly prompt?: PlaySource | Utterance | SayPrompt
  /**
   * How the caller may cut the prompt. Default: with any key, which counts as a digit. `false`: the prompt is heard to its
   * end, and keys pressed meanwhile count.
   */
  readonly interruptible?: Interruptible
  /** How often the prompt is repeated when too few digits came (fewer than `min`, or none). Default 0. */
  readonly retries?: number
  /** Forgets the keys that were pressed before. Default: they count, and with one of them the prompt is not played. */
  readonly flush?: boolean
}

export interface DigitsResult {
  readonly digits: string
  /** `timeout` also when some digits came: look at `digits`. */
  readonly endedBy: 'max' | 'until' | 'timeout' | 'hang-up'
}

export interface DigitRules {
  readonly max: number
  readonly min: number
  readonly until: string | undefined
  readonly timeoutMs: number
  readonly betweenMs: number
  readonly retries: number
}

/** Throws a `RangeError` that names the option. */
export function parseDigitRules(options: DigitsOptions): DigitRules {
  const { max = 1, min = 0, until, retries = 0 } = options
  if (!Number.isInteger(max) || max < 1) throw new RangeError(`digits: max must be a whole number from 1, got ${max}`)
  if (!Number.isInteger(min) || !inRange(min, 0, max))
    throw new RangeError(`digits: min must be a whole number from 0 to max, got ${min}`)
  if (!Number.isInteger(retries) || retries < 0)
    throw new RangeError(`digits: retries must be a whole number from 0, got ${retries}`)
  if (until !== undefined && !/^[0-9*#A-D]$/.test(until))
    throw new RangeError(`digits: until is one key of 0-9 * # A-D, got ${until}`)
  return {
    max,
    min,
    until,
    retries,
    timeoutMs: milliseconds('digits: timeoutMs', options.timeoutMs, { otherwise: 5000 }),
    betweenMs: milliseconds('digits: betweenMs', options.betweenMs, { otherwise: 2000 }),
  }
}

/** Collects key presses until there are enough, a key ends them, or the caller takes too long. */
export class DigitCollector {
  readonly result: Promise<DigitsResult>
  readonly #rules: DigitRules
  readonly #clock: Clock
  readonly #repeat: () => void
  readonly #promise = Promise.withResolvers<DigitsResult>()
  #digits = ''
  #retries: number
  #collecting = true
  #started = false
  #timer: Timer | undefined

  /** `repeat` is called when too few digits came and there is another try, which begins with `start`. */
  constructor(rules: DigitRules, clock: Clock, repeat: () => void = () => this.start()) {
    this.#rules = rules
    this.#clock = clock
    this.#repeat = repeat
    this.#retries = rules.retries
    this.result = this.#promise.promise
  }

  /** False as soon as it needs no more. */
  get collecting(): boolean {
    return this.#collecting
  }

  /** Whether a digit came in this try. */
  get hasDigits(): boolean {
    return this.#digits !== ''
  }

  /** The prompt is over: from here on it is the caller who takes the time. */
  start(): void {
    if (this.#started || !this.#collecting) return
    this.#started = true
    this.#wait(this.hasDigits ? this.#rules.betweenMs : this.#rules.timeoutMs)
  }

  press(digit: string): void {
    const { max, min, until, timeoutMs, betweenMs } = this.#rules
    if (digit !== until) this.#digits += digit
    else if (this.#digits.length >= min) return this.end('until')
    if (this.#digits.length >= max) return this.end('max')
    if (this.#started) this.#wait(this.hasDigits ? betweenMs : timeoutMs)
  }

  /** Only the first end counts. */
  end(endedBy: DigitsResult['endedBy']): void {
    this.#collecting = false
    this.#timer?.cancel()
    this.#promise.resolve({ digits: this.#digits, endedBy })
  }

  /** The prompt cannot be played. */
  fail(error: unknown): void {
    this.#collecting = false
    this.#timer?.cancel()
    this.#promise.reject(error)
  }

  #wait(ms: number): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.after(ms, () => this.#timeOut())
  }

  #timeOut(): void {
    if (this.#digits.length >= Math.max(1, this.#rules.min) || this.#retries === 0) return this.end('timeout')
    this.#retries--
    this.#digits = ''
    this.#started = false
    this.#repeat()
  }
}
