import { type Clock, sleep } from '../lib/clock.ts'
import type { HttpFailure, HttpReply } from './http-request.ts'
import type { RetryReason, UrlSettings } from './url-settings.ts'

export type HttpOutcome = HttpReply | HttpFailure

export interface Try {
  /** From 1. */
  readonly attempt: number
  readonly connectTimeoutMs: number
  readonly readTimeoutMs: number
}

interface RetryOptions {
  readonly settings: UrlSettings
  readonly clock: Clock
  /** Between a try and the next. Default none. */
  readonly pauseMs?: number
  readonly onRetry: (why: string) => void
}

/** Repeats `once` as the settings ask (section 2.5) and returns the last outcome. */
export async function withRetries(
  { settings, clock, pauseMs = 0, onRetry }: RetryOptions,
  once: (attempt: Try) => Promise<HttpOutcome>,
): Promise<HttpOutcome> {
  const giveUpAt = clock.monotonic() + settings.totalTimeoutMs
  for (let attempt = 1; ; attempt++) {
    const remainingMs = Math.max(1, giveUpAt - clock.monotonic())
    const outcome = await once({
      attempt,
      connectTimeoutMs: Math.min(settings.connectTimeoutMs, remainingMs),
      readTimeoutMs: Math.min(settings.readTimeoutMs, remainingMs),
    })
    const reason = retryReason(outcome)
    const mayRetry = attempt <= settings.retries && clock.monotonic() < giveUpAt
    if (!reason || !settings.retryOn.has(reason) || !mayRetry) return outcome
    onRetry(describeOutcome(outcome))
    if (pauseMs > 0) await sleep(clock, Math.min(pauseMs, Math.max(0, giveUpAt - clock.monotonic())))
  }
}

export const describeOutcome = (outcome: HttpOutcome): string =>
  outcome.ok ? `HTTP status ${outcome.status}` : outcome.problem

export const isSuccess = (outcome: HttpOutcome): outcome is HttpReply =>
  outcome.ok && outcome.status >= 200 && outcome.status < 300

/** An answer that broke off is not asked for again. */
function retryReason(outcome: HttpOutcome): RetryReason | undefined {
  if (outcome.ok) {
    if (outcome.status >= 500) return '5xx'
    return outcome.status >= 400 ? '4xx' : undefined
  }
  if (outcome.at === 'connect') return 'ct'
  return outcome.at === 'read' ? 'rt' : undefined
}
