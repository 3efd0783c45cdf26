import type { LiveCall } from '../live-call.ts'
import { plainNumber } from '../phone-book.ts'
import { dateTime } from './account-time.ts'
import type { QueuedCall } from './call-queue.ts'
import type { RequestFields } from './request-fields.ts'

interface LegFacts {
  readonly direction: 'inbound' | 'outbound'
  readonly from: string
  readonly to: string
}

/** The object of a live call (Plivo reference 7.3). */
export const liveCallObject = ({ facts, status }: LiveCall) => ({
  call_status: status,
  call_uuid: facts.callUuid,
  caller_name: facts.callerName ?? '',
  direction: facts.direction,
  from: facts.from,
  request_uuid: facts.requestUuid ?? null,
  session_start: dateTime(facts.startedAt),
  stir_attestation: 'Not Applicable',
  stir_verification: 'Not Applicable',
  to: facts.to,
})

/** The object of a call that waits (section 7.3). */
export const queuedCallObject = ({ requestUuid, from, to, callerName }: QueuedCall) => ({
  call_status: 'queued',
  call_uuid: requestUuid,
  caller_name: callerName ?? '',
  direction: 'outbound',
  from,
  request_uuid: requestUuid,
  to,
})

/** Filters of the lists of live and queued calls: `call_direction`, `from_number`, `to_number` (section 7.3). */
export function liveFilter(query: RequestFields): (facts: LegFacts) => boolean {
  const direction = query.choice('call_direction', ['inbound', 'outbound'])
  const same = (wanted: string | undefined, number: string) => wanted === undefined || plainNumber(wanted) === number
  const [from, to] = [query.text('from_number'), query.text('to_number')]
  return (facts) =>
    (direction === undefined || direction === facts.direction) && same(from, facts.from) && same(to, facts.to)
}
