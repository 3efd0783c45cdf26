import { realTimersWait, watchRealTimers } from './real-timers.ts'

/** What of this process is under way in the real world: `files` is over soon, anything else takes the time it takes. */
export type RealWork = 'none' | 'files' | 'other'

const fileWork = new Set(['FSReqCallback', 'FSReqPromise', 'CloseReq', 'FileHandleCloseReq'])
/** Immediates run at once, timers are followed one by one, and a port, a terminal or a signal is listened to for ever. */
const ignored = new Set(['Immediate', 'Timeout', 'TCPServerWrap', 'PipeServerWrap', 'TTYWrap', 'SignalWrap'])

/**
 * Tells the real timers of bots, and real input and output begun since it was made, from those that were there: the test
 * runner has its own. What Node.js does not count, such as work for `crypto.subtle`, it does not see.
 */
export class RealWorkWatch implements Disposable {
  readonly #baseline = resourcesByType()
  readonly #timers = watchRealTimers()

  get now(): RealWork {
    const current = resourcesByType()
    let work: RealWork = realTimersWait() ? 'other' : 'none'
    for (const [type, count] of current) {
      if (ignored.has(type) || count <= (this.#baseline.get(type) ?? 0)) continue
      if (!fileWork.has(type)) work = 'other'
      else if (work === 'none') work = 'files'
    }
    this.#lowerBaseline(current)
    return work
  }

  /** Whether `setImmediate` callbacks wait. Ask from within one. */
  get immediatesWait(): boolean {
    return process.getActiveResourcesInfo().includes('Immediate')
  }

  [Symbol.dispose](): void {
    this.#timers[Symbol.dispose]()
  }

  /** What was there before and is over must not hide what comes later. */
  #lowerBaseline(current: ReadonlyMap<string, number>): void {
    for (const [type, count] of this.#baseline) {
      const left = current.get(type) ?? 0
      if (left < count) this.#baseline.set(type, left)
    }
  }
}

function resourcesByType(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1)
  return counts
}
