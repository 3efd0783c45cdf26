import type { CallDirection, CallRecord } from '../call-record.ts'
import { accountTime } from './account-time.ts'
import { numberFilter, textFilter, timeFilter } from './list-filters.ts'
import type { RequestFields } from './request-fields.ts'

/** A call that is over, as it is kept for CDRs (Plivo reference 7.3). Times are Unix epoch milliseconds. */
export interface CallDetails {
  readonly callUuid: string
  readonly parentCallUuid: string | undefined
  readonly direction: CallDirection
  readonly from: string
  readonly to: string
  readonly startedAt: number
  readonly answeredAt: number | undefined
  readonly endedAt: number
  readonly durationSeconds: number
  readonly billedSeconds: number
  readonly totalAmount: string
  readonly totalRate: string
  readonly state: string
  readonly hangupCode: number
  readonly hangupName: string
  readonly hangupSource: string
}

export const callDetails = (record: CallRecord): CallDetails => ({
  callUuid: record.callUuid,
  parentCallUuid: record.parentCallUuid,
  direction: record.direction,
  from: record.from,
  to: record.to,
  startedAt: record.startedAt,
  answeredAt: record.answeredAt,
  endedAt: record.endedAt,
  durationSeconds: record.durationSeconds,
  billedSeconds: record.billedSeconds,
  totalAmount: record.totalAmount,
  totalRate: record.totalRate,
  state: record.state,
  hangupCode: record.hangup.code,
  hangupName: record.hangup.name,
  hangupSource: record.hangup.source,
})

/** As they are kept in a file. */
export const encodeCallDetails = (details: CallDetails) => ({
  call_uuid: details.callUuid,
  parent_call_uuid: details.parentCallUuid ?? '',
  direction: details.direction,
  from: details.from,
  to: details.to,
  started_at: Math.round(details.startedAt),
  answered_at: details.answeredAt === undefined ? '' : Math.round(details.answeredAt),
  ended_at: Math.round(details.endedAt),
  duration_seconds: details.durationSeconds,
  billed_seconds: details.billedSeconds,
  total_amount: details.totalAmount,
  total_rate: details.totalRate,
  state: details.state,
  hangup_code: details.hangupCode,
  hangup_name: details.hangupName,
  hangup_source: details.hangupSource,
})

/** From the form in which {@link encodeCallDetails} writes them. */
export const readCallDetails = (fields: RequestFields): CallDetails => ({
  callUuid: fields.required('call_uuid'),
  parentCallUuid: fields.text('parent_call_uuid'),
  direction: fields.oneOf('direction', ['inbound', 'outbound'], 'inbound'),
  from: fields.text('from') ?? '',
  to: fields.text('to') ?? '',
  startedAt: fields.whole('started_at', { least: 0 }) ?? 0,
  answeredAt: fields.whole('answered_at', { least: 0 }),
  endedAt: fields.whole('ended_at', { least: 0 }) ?? 0,
  durationSeconds: fields.whole('duration_seconds', { least: 0 }) ?? 0,
  billedSeconds: fields.whole('billed_seconds', { least: 0 }) ?? 0,
  totalAmount: fields.text('total_amount') ?? '0.00000',
  totalRate: fields.text('total_rate') ?? '0.00000',
  state: fields.text('state') ?? '',
  hangupCode: fields.whole('hangup_code', { least: 0 }) ?? 0,
  hangupName: fields.text('hangup_name') ?? '',
  hangupSource: fields.text('hangup_source') ?? '',
})

/** The CDR: `bill_duration` is exact here and `billed_duration` rounded up, unlike the webhook's (section 7.3, C-20). */
export const callDetailsObject = (details: CallDetails, accountUri: string, utcOffsetMinutes: number) => ({
  answer_time: details.answeredAt === undefined ? null : accountTime(details.answeredAt, utcOffsetMinutes),
  bill_duration: details.durationSeconds,
  billed_duration: details.billedSeconds,
  call_direction: details.direction,
  call_duration: details.durationSeconds,
  call_state: details.state,
  call_uuid: details.callUuid,
  cnam_lookup: null,
  conference_uuid: null,
  end_time: accountTime(details.endedAt, utcOffsetMinutes),
  from_number: details.from,
  hangup_cause_code: details.hangupCode,
  hangup_cause_name: details.hangupName,
  hangup_source: details.hangupSource,
  initiation_time: accountTime(details.startedAt, utcOffsetMinutes),
  parent_call_uuid: details.parentCallUuid ?? null,
  resource_uri: `${accountUri}/Call/${details.callUuid}/`,
  source_ip: null,
  stir_attestation: 'Not Applicable',
  stir_verification: 'Not Applicable',
  to_number: details.to,
  total_amount: details.totalAmount,
  total_rate: details.totalRate,
  voice_network_group: null,
})

/** Filters of the list of finished calls; a subaccount has none here (section 7.3). */
export function callDetailsFilter(query: RequestFields, utcOffsetMinutes: number): (details: CallDetails) => boolean {
  const ended = timeFilter(query, 'end_time', utcOffsetMinutes)
  const billed = numberFilter(query, 'bill_duration')
  return (details) =>
    ended(details.endedAt) &&
    billed(details.durationSeconds) &&
    textFilter(query, {
      subaccount: '',
      call_direction: details.direction,
      from_number: details.from,
      to_number: details.to,
      parent_call_uuid: details.parentCallUuid ?? '',
      hangup_cause_code: String(details.hangupCode),
      hangup_source: details.hangupSource,
    })
}
