/**
 * Time as a parameter. Everything on a call's path takes a `Clock`, so that a call can also run in virtual time.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch: for records and expiry. */
  now(): number
  /** Milliseconds on a scale that never jumps: for schedules and durations. */
  monotonic(): number
  /** Calls `run` once, `delayMs` from now. Dispose the timer to cancel it. */
  after(delayMs: number, run: () => void): Timer
}

export interface Timer {
  cancel(): void
}

/** Beyond that `setTimeout` fires at once. 24 days are as good as for ever here. */
const longestTimeoutMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const handle = setTimeout(run, Math.min(Math.max(0, delayMs), longestTimeoutMs))
    return { cancel: () => clearTimeout(handle) }
  },
}

/** Resolves after `delayMs`, or as soon as `signal` fires; it never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve()
      return
    }
    const onAbort = () => {
      timer.cancel()
      resolve()
    }
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** Resolves once `work` is done, or after `limitMs`. Rejects as `work` does. */
export async function within(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  await Promise.race([work, sleep(clock, limitMs, over.signal)])
  over.abort()
}
