import { sleep, type Clock } from '../../lib/clock.ts'
import type { NetworkFailure } from './network-failure.ts'

export type RestMethod = 'GET' | 'POST' | 'DELETE'

/** What became of one try. */
export type Attempt<T> = Answered<T> | { readonly answered: false; readonly failure: NetworkFailure }

interface Answered<T> {
  readonly answered: true
  readonly status: number
  /** The header. */
  readonly retryAfter: string | null
  readonly value: T
}

export interface Outcome<T> {
  readonly last: Attempt<T>
  /** An earlier try may have done what was asked for. */
  readonly doubtful: boolean
}

const maxTries = 3
const firstWaitMs = 500
/** Who must wait longer than this is told so. */
const longestWaitMs = 10_000

/**
 * Tries up to three times. What only reads or deletes may be asked again after any failure of the network or of the far
 * side; a POST only when nobody can have acted on it: it was not sent, or refused with 429.
 */
export async function withRetries<T>(
  method: RestMethod,
  clock: Clock,
  attempt: () => Promise<Attempt<T>>,
): Promise<Outcome<T>> {
  let doubtful = false
  for (let tries = 1; ; tries++) {
    const last = await attempt()
    const waitMs = waitBeforeNext(last, tries, clock.now())
    if (tries === maxTries || !mayAskAgain(method, last) || waitMs > longestWaitMs) return { last, doubtful }
    doubtful ||= mayHaveWorked(last)
    await sleep(clock, waitMs)
  }
}

function mayAskAgain(method: RestMethod, last: Attempt<unknown>): boolean {
  if (!last.answered) return last.failure.transient && (method !== 'POST' || last.failure.unsent)
  return last.status === 429 || (last.status >= 500 && method !== 'POST')
}

/** 500 and 503 say that it failed; a gateway's 502 or 504 says nothing about the server behind it. */
export const mayHaveWorked = (attempt: Attempt<unknown>): boolean =>
  attempt.answered ? attempt.status >= 500 && attempt.status !== 500 && attempt.status !== 503 : !attempt.failure.unsent

/** What the far side asks for, or longer each time; spread, so that many calls do not all come back at once. */
function waitBeforeNext(last: Attempt<unknown>, tries: number, now: number): number {
  const asked = last.answered ? parseRetryAfter(last.retryAfter, now) : undefined
  return asked ?? firstWaitMs * 2 ** (tries - 1) * (1 + Math.random())
}

/** Seconds or a date, in milliseconds from now. */
function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
