import type { ReplyFields } from './reply-fields.ts'
import type { RestFields } from './rest-connection.ts'

/** A call that is up or rings. */
export interface LiveCall {
  readonly callUuid: string
  /** `in-progress`, `ringing`, or what Plivo adds. */
  readonly status: string | undefined
  readonly direction: 'inbound' | 'outbound' | undefined
  readonly from: string | undefined
  readonly to: string | undefined
  readonly callerName: string | undefined
  /** Of the request that made it. */
  readonly requestUuid: string | undefined
  /** UTC, `2026-01-15 10:29:58.123456`. */
  readonly sessionStart: string | undefined
}

/** A call that is over. Times are texts in the account's zone, `2026-01-15 16:00:05+05:30`. */
export interface CallRecord {
  readonly callUuid: string
  readonly parentCallUuid: string | undefined
  readonly direction: 'inbound' | 'outbound' | undefined
  readonly from: string | undefined
  readonly to: string | undefined
  /** `ANSWER`, `BUSY` … */
  readonly state: string | undefined
  readonly initiationTime: string | undefined
  /** Undefined: nobody answered. */
  readonly answerTime: string | undefined
  readonly endTime: string | undefined
  readonly durationSeconds: number | undefined
  /** Rounded up. */
  readonly billedSeconds: number | undefined
  /** Such as 4000 (Plivo reference 8). */
  readonly hangupCauseCode: number | undefined
  readonly hangupCauseName: string | undefined
  /** `Callee` also where Plivo writes `Call recipient`. */
  readonly hangupSource: string | undefined
  /** A decimal, as text. */
  readonly totalAmount: string | undefined
}

export interface LiveCallFilter {
  readonly direction?: 'inbound' | 'outbound' | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

export const liveCallFilterFields = ({ direction, from, to }: LiveCallFilter): RestFields => ({
  status: 'live',
  call_direction: direction,
  from_number: from,
  to_number: to,
})

export const readLiveCall = (reply: ReplyFields): LiveCall => ({
  callUuid: reply.text('call_uuid'),
  status: reply.optionalText('call_status'),
  direction: directionOf(reply.optionalText('direction')),
  from: reply.optionalText('from'),
  to: reply.optionalText('to'),
  callerName: reply.optionalText('caller_name'),
  requestUuid: reply.optionalText('request_uuid'),
  sessionStart: reply.optionalText('session_start'),
})

export const readCallRecord = (reply: ReplyFields): CallRecord => {
  const source = reply.optionalText('hangup_source')
  return {
    callUuid: reply.text('call_uuid'),
    parentCallUuid: reply.optionalText('parent_call_uuid'),
    direction: directionOf(reply.optionalText('call_direction')),
    from: reply.optionalText('from_number'),
    to: reply.optionalText('to_number'),
    state: reply.optionalText('call_state'),
    initiationTime: reply.optionalText('initiation_time'),
    answerTime: reply.optionalText('answer_time'),
    endTime: reply.optionalText('end_time'),
    durationSeconds: reply.optionalNumber('call_duration'),
    billedSeconds: reply.optionalNumber('billed_duration'),
    hangupCauseCode: reply.optionalNumber('hangup_cause_code'),
    hangupCauseName: reply.optionalText('hangup_cause_name'),
    hangupSource: source === 'Call recipient' ? 'Callee' : source,
    totalAmount: reply.optionalText('total_amount'),
  }
}

const directionOf = (text: string | undefined) => (text === 'inbound' || text === 'outbound' ? text : undefined)
