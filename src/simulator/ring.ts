import { sleep } from '../lib/clock.ts'
import type { CallContext } from './call-context.ts'
import {
  calleeBusy,
  calleeDeclined,
  hungUpOnRing,
  ringTimeout,
  unallocated,
  type HangupCause,
} from './hangup-causes.ts'
import type { PhoneBehaviour } from './phone-book.ts'

export interface RingOptions {
  readonly phone: PhoneBehaviour
  readonly ringTimeoutMs: number
  /** Plivo gives up this long after the first ring, whatever the telephone would do. */
  readonly hangupOnRingMs?: number | undefined
  readonly onRing: () => void
}

const defaultRejectMs = 1_000

/** Dials, and returns why nobody answers, or undefined when somebody has (section 8). Returns soon when the call is over. */
export async function ring(call: CallContext, options: RingOptions): Promise<HangupCause | undefined> {
  const { phone, ringTimeoutMs, hangupOnRingMs = Number.POSITIVE_INFINITY } = options
  const { clock, over, assumptions } = call
  await sleep(clock, assumptions.ringAfterMs, over)
  if (over.aborted) return ringTimeout
  if ('busy' in phone) return calleeBusy
  if ('unallocated' in phone) return unallocated

  options.onRing()
  const happensMs = delayOf(phone)
  const patienceMs = Math.min(ringTimeoutMs, hangupOnRingMs)
  await sleep(clock, Math.min(happensMs, patienceMs), over)
  if (over.aborted) return ringTimeout
  if (happensMs > patienceMs) {
    return hangupOnRingMs < ringTimeoutMs
      ? { ...hungUpOnRing, ...codeOnRing(assumptions.hangupOnRingCode) }
      : ringTimeout
  }
  return 'answers' in phone ? undefined : calleeDeclined
}

const codeOnRing = (code: 1000 | 6000): Pick<HangupCause, 'code' | 'name'> =>
  code === 1000 ? { code, name: 'Canceled' } : { code, name: 'Scheduled Hangup' }

const delayOf = (phone: PhoneBehaviour): number => {
  if ('answers' in phone) return phone.answers
  return 'rejects' in phone ? (phone.afterMs ?? defaultRejectMs) : Number.POSITIVE_INFINITY
}
