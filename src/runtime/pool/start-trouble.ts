/** Why a pool's instances do not come up. */
export interface Trouble {
  /** Starts that failed one after another, or instances that died unused as soon as they were ready. */
  readonly failures: number
  /** What the last one said: for the person who wrote the bot. */
  readonly why: string
  /** Nobody's call is kept waiting for a start: callers are refused at once, but for one try from time to time. */
  readonly open: boolean
  /** Milliseconds, on the scale of `now`. */
  readonly since: number
  readonly retryAt: number
}

const firstRetryMs = 250
const longestRetryMs = 30_000
/** From then on callers are told at once. */
const failuresToOpen = 5
/** Unused instances may be killed from outside; this many in a row are a bot that does not stay up. */
const earlyDeathsToSlow = 3

/**
 * Remembers failed starts. After one, instances ahead of need wait for a retry, later each time, while callers may still start
 * one of their own; after five in a row callers do not wait for what does not come.
 */
export class StartTrouble {
  #failures = 0
  #earlyDeaths = 0
  #why = ''
  #since = 0
  #retryAt = 0

  /** Undefined: the last start went well. */
  get current(): Trouble | undefined {
    const failures = Math.max(this.#failures, this.#isSlowed ? this.#earlyDeaths : 0)
    if (failures === 0) return undefined
    return { failures, why: this.#why, open: this.isOpen, since: this.#since, retryAt: this.#retryAt }
  }

  get isOpen(): boolean {
    return this.#failures >= failuresToOpen
  }

  get #isSlowed(): boolean {
    return this.#earlyDeaths >= earlyDeathsToSlow
  }

  failed(now: number, why: string): void {
    this.#failures++
    this.#note(now, why, this.#failures)
  }

  /** An instance died soon after it was ready and without a call. */
  diedEarly(now: number, why: string): void {
    this.#earlyDeaths++
    if (this.#isSlowed) this.#note(now, why, this.#earlyDeaths - earlyDeathsToSlow + 1)
  }

  started(): void {
    this.#failures = 0
  }

  /** An instance was of use: it served a call, or stayed. */
  proved(): void {
    this.#earlyDeaths = 0
  }

  /** How many instances may be started ahead of need, while `starting` are. */
  mayStartAhead(now: number, starting: number): number {
    return this.#limit(now, starting, this.#failures > 0 || this.#isSlowed)
  }

  /** How many instances may be started for those who wait, while `starting` are. */
  mayStartForCallers(now: number, starting: number): number {
    return this.#limit(now, starting, this.isOpen)
  }

  #limit(now: number, starting: number, careful: boolean): number {
    if (!careful) return Number.POSITIVE_INFINITY
    return now >= this.#retryAt && starting === 0 ? 1 : 0
  }

  #note(now: number, why: string, times: number): void {
    if (times === 1) this.#since = now
    this.#why = why
    this.#retryAt = now + Math.min(longestRetryMs, firstRetryMs * 2 ** (times - 1))
  }
}
