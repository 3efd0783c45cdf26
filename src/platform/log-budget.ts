import { RateLimit } from '../control/rate-limit.ts'
import type { Clock } from '../lib/clock.ts'

/** So many seconds' worth may be printed at once: ten minutes of what is allowed in the long run. */
const burstSeconds = 600
/** A line costs this much besides its text. */
const lineBytes = 100
const noticeEveryMs = 60_000

/** The disk and the database are everybody's: how much of what an organization's bots print is kept. */
export class LogBudget {
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #budget: RateLimit
  /** When an organization was told last. */
  readonly #toldAt = new Map<string, number>()

  constructor({ bytesPerSecond, clock }: { readonly bytesPerSecond: number; readonly clock: Clock }) {
    this.#clock = clock
    this.#perSecond = bytesPerSecond
    this.#budget = new RateLimit({ burst: burstSeconds * bytesPerSecond, perSecond: bytesPerSecond }, clock)
  }

  /** What is kept in place of this text: the text; once a minute a line that says that some is left out; or nothing. */
  take(organizationId: string, text: string): string | undefined {
    if (this.#budget.take(organizationId, Buffer.byteLength(text) + lineBytes) === 0) return text
    const now = this.#clock.monotonic()
    const toldAt = this.#toldAt.get(organizationId) ?? Number.NEGATIVE_INFINITY
    if (now - toldAt < noticeEveryMs) return undefined
    this.#toldAt.set(organizationId, now)
    const allowed = `${Math.floor(this.#perSecond / 1024)} KB a second in the long run (OFFHOOK_LOG_KB_PER_SECOND)`
    return `WARNING lines are left out: the bots of an organization may print ${allowed}`
  }
}
