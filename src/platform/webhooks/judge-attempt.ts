import type { AttemptResult } from '../../store/webhooks/webhook-deliveries.ts'
import type { Posted } from './post-webhook.ts'

const [secondMs, minuteMs, hourMs] = [1000, 60_000, 3_600_000]

/** Before the second attempt, the third, and so on: about a day in all. */
const delaysMs = [
  5 * secondMs,
  30 * secondMs,
  2 * minuteMs,
  10 * minuteMs,
  30 * minuteMs,
  hourMs,
  2 * hourMs,
  4 * hourMs,
  8 * hourMs,
  8 * hourMs,
]

/** So many attempts has a delivery. */
export const mostAttempts = delaysMs.length + 1

/** An endpoint that has taken nothing for so long is switched off. */
const longestFailureMs = 72 * hourMs

/** The receiver may ask for patience (`Retry-After`), but not for longer. */
const longestPatienceMs = hourMs

interface Attempt {
  /** 1: the first one. */
  readonly attempt: number
  /** Since when nothing could be delivered to the endpoint. */
  readonly failingSince: number | null
  /** Milliseconds since the epoch. */
  readonly now: number
  /** From 0 up to 1: keeps receivers from being asked by all at the same moment. */
  readonly random: number
}

/** What follows from the answer to an attempt. */
export function judgeAttempt(posted: Posted, { attempt, failingSince, now, random }: Attempt): AttemptResult {
  const { status, error, retryAfterMs = 0 } = posted
  const said = status === undefined ? {} : { status }
  if (error === undefined) return said
  // Standard Webhooks: whoever answers so wants no more.
  if (status === 410) return { ...said, error, disable: 'the receiver answered 410 Gone: it wants no more' }
  const delayMs = delaysMs[attempt - 1]
  const patienceMs = Math.min(retryAfterMs, longestPatienceMs)
  const retryAt =
    delayMs === undefined ? undefined : now + Math.max(patienceMs, Math.round(delayMs * (0.8 + 0.4 * random)))
  const retry = retryAt === undefined ? {} : { retryAt }
  const hopeless = failingSince !== null && now - failingSince >= longestFailureMs
  if (!hopeless) return { ...said, error, ...retry }
  const since = new Date(failingSince).toISOString()
  return { ...said, error, ...retry, disable: `nothing could be delivered since ${since}; at last: ${error}` }
}
