import type { RecordingRecord } from '../call-record.ts'
import { accountTime } from './account-time.ts'
import { ApiError } from './api-error.ts'
import { numberFilter, readTime, textFilter, timeFilter } from './list-filters.ts'
import type { RequestFields } from './request-fields.ts'

/** A recording as it is kept (Plivo reference 7.7). Times are Unix epoch milliseconds. */
export interface Recording {
  readonly recordingId: string
  readonly callUuid: string
  readonly from: string
  readonly to: string
  readonly startedAt: number
  readonly endedAt: number
  readonly durationMs: number
  /** Path of the WAV file, when there is one. */
  readonly file: string | undefined
}

export const recordingOf = (record: RecordingRecord): Recording => ({
  recordingId: record.recordingId,
  callUuid: record.callUuid,
  from: record.from,
  to: record.to,
  startedAt: record.startedAt,
  endedAt: record.endedAt,
  durationMs: record.durationMs,
  file: record.file,
})

/** As it is kept in a file. */
export const encodeRecording = (recording: Recording) => ({
  recording_id: recording.recordingId,
  call_uuid: recording.callUuid,
  from: recording.from,
  to: recording.to,
  started_at: Math.round(recording.startedAt),
  ended_at: Math.round(recording.endedAt),
  duration_ms: Math.round(recording.durationMs),
  file: recording.file ?? '',
})

/** From the form in which {@link encodeRecording} writes it. */
export const readRecording = (fields: RequestFields): Recording => ({
  recordingId: fields.required('recording_id'),
  callUuid: fields.required('call_uuid'),
  from: fields.text('from') ?? '',
  to: fields.text('to') ?? '',
  startedAt: fields.whole('started_at', { least: 0 }) ?? 0,
  endedAt: fields.whole('ended_at', { least: 0 }) ?? 0,
  durationMs: fields.whole('duration_ms', { least: 0 }) ?? 0,
  file: fields.text('file'),
})

interface RecordingPlaces {
  /** `/v1/Account/MA…`. */
  readonly accountUri: string
  readonly recordingUrl: (recordingId: string) => string
  readonly utcOffsetMinutes: number
}

/** The object: milliseconds are texts with decimals (section 7.7). */
export const recordingObject = (
  recording: Recording,
  { accountUri, recordingUrl, utcOffsetMinutes }: RecordingPlaces,
) => ({
  add_time: accountTime(recording.endedAt, utcOffsetMinutes),
  call_uuid: recording.callUuid,
  conference_name: null,
  conference_uuid: null,
  from_number: recording.from,
  monthly_recording_storage_amount: 0,
  mpc_name: null,
  mpc_uuid: null,
  recording_duration_ms: milliseconds(recording.durationMs),
  recording_end_ms: milliseconds(recording.endedAt),
  recording_format: 'wav',
  recording_id: recording.recordingId,
  recording_start_ms: milliseconds(recording.startedAt),
  recording_storage_duration: 0,
  recording_storage_rate: 0,
  recording_type: 'normal',
  recording_url: recordingUrl(recording.recordingId),
  resource_uri: `${accountUri}/Recording/${recording.recordingId}/`,
  rounded_recording_duration: Math.ceil(recording.durationMs / 60_000) * 60,
  to_number: recording.to,
})

const milliseconds = (value: number): string => value.toFixed(5)

const dayMs = 86_400_000

interface FilterTime {
  readonly now: number
  readonly utcOffsetMinutes: number
}

/**
 * Filters of the list of recordings: without one of time, the last seven days; a time window of over 30 days is refused
 * with 400 (section 7.7).
 */
export function recordingFilter(query: RequestFields, time: FilterTime): (recording: Recording) => boolean {
  const { now, utcOffsetMinutes } = time
  const read = (...fields: string[]) =>
    fields.map((field) => readTime(query, field, utcOffsetMinutes)).find((at) => at !== undefined)
  const from = read('add_time__gt', 'add_time__gte')
  const to = read('add_time__lt', 'add_time__lte')
  if (from !== undefined && (to ?? now) - from > 30 * dayMs) {
    throw new ApiError(400, 'the time window of add_time must not be over 30 days')
  }
  const earliest = from ?? to ?? read('add_time') ?? now - 7 * dayMs
  const added = timeFilter(query, 'add_time', utcOffsetMinutes)
  const stored = numberFilter(query, 'recording_storage_duration')
  return (recording) =>
    added(recording.endedAt) &&
    (from === undefined && to !== undefined ? true : recording.endedAt >= earliest) &&
    stored(0) &&
    textFilter(query, {
      subaccount: '',
      call_uuid: recording.callUuid,
      from_number: recording.from,
      to_number: recording.to,
      ...none,
    })
}

const none = { mpc_name: '', mpc_uuid: '', conference_name: '', conference_uuid: '' }
