import type { Fallback } from './detours/fallback.ts'
import type { Overflow } from './overflow/overflow.ts'

/** What an agent's callers may expect, beside its bot. What is absent has its default. */
export interface CallPolicy {
  /** For a caller whose bot threw, did not come up, or crashed once too often. Default: an apology. */
  readonly onCrash?: Fallback | undefined
  /** For a caller for whom there is no place. Default: an apology. */
  readonly overflow?: Overflow | undefined
  /** Longest time in which neither side is heard. Default: any. */
  readonly maxSilenceMs?: number | undefined
  /** What the carrier's voice says when one of these limits ends a call. Default: nothing. */
  readonly goodbye?: string | undefined
  /**
   * Whether a caller who waits for the bot hears a soft tone: until a bot has taken the call, until it has spoken, or not at
   * all. Default `until-taken`.
   */
  readonly comfortTone?: 'until-taken' | 'until-spoken' | 'off' | undefined
  /** How long the telephone may ring on for a bot that is not ready. Default 0. */
  readonly ringUntilReadyMs?: number | undefined
}

/** What `onCrash` may be. */
export const crashFallbacks = ['apology', 'forward', 'message', 'say', 'hangup'] as const

/** From the answer on. */
export const defaultMaxSessionSeconds = 7200
/** Plivo's patience with an answer URL is far longer, but a caller's is not. */
export const longestRingMs = 4000
