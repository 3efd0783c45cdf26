import type { Call } from './call.ts'
import type { CallRecord } from './call-record.ts'
import { unansweredStatus, type HangupCause } from './hangup-causes.ts'
import { billRate, charges } from './webhook-parameters.ts'

const stateOf = { busy: 'BUSY', failed: 'FAILED', 'no-answer': 'NO_ANSWER' } as const

/** What is kept of a call that has just ended. */
export function recordOf({ facts, assumptions, streams }: Call, hangup: HangupCause): CallRecord {
  const { seconds, billedSeconds, totalAmount } = charges(facts, assumptions)
  return {
    callUuid: facts.callUuid,
    requestUuid: facts.requestUuid,
    parentCallUuid: facts.parentCallUuid,
    direction: facts.direction,
    from: facts.from,
    to: facts.to,
    callerName: facts.callerName,
    startedAt: facts.startedAt,
    answeredAt: facts.answeredAt,
    endedAt: facts.endedAt ?? facts.startedAt,
    durationSeconds: seconds,
    billedSeconds,
    totalAmount,
    totalRate: billRate.toFixed(5),
    state: facts.answeredAt === undefined ? stateOf[unansweredStatus(hangup)] : 'ANSWER',
    hangup,
    streams: streams.map((stream) => stream.facts),
  }
}
