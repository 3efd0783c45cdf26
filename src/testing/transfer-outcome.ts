import { busy, calleeDeclined, confirmFailed, ringTimeout } from '../simulator/hangup-causes.ts'
import type { TimelineEvent } from '../simulator/timeline.ts'

/** What came of dialling somebody for the caller: `declined` also by not pressing the key that takes the call. */
export type TransferOutcome = 'answered' | 'busy' | 'no-answer' | 'declined' | 'failed' | 'caller-hung-up'

const missed: ReadonlyMap<number, TransferOutcome> = new Map([
  [busy.code, 'busy'],
  [ringTimeout.code, 'no-answer'],
  [calleeDeclined.code, 'declined'],
  [confirmFailed.code, 'declined'],
])

/** Undefined: nothing yet. */
export function transferOutcome(callUuid: string, events: readonly TimelineEvent[]): TransferOutcome | undefined {
  for (const event of events) {
    if (event.type === 'leg-bridged' && event.callUuid === callUuid) return 'answered'
    if (event.type !== 'leg-ended' || event.callUuid !== callUuid) continue
    const callerGone = events.some(({ type, atMs }) => type === 'ended' && atMs <= event.atMs)
    return callerGone ? 'caller-hung-up' : (missed.get(event.code) ?? 'failed')
  }
  return undefined
}
