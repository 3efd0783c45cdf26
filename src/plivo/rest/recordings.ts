import { identifier } from './request-values.ts'
import { pageFields, type PageOptions } from './page.ts'
import type { ReplyFields } from './reply-fields.ts'
import type { RestFields } from './rest-connection.ts'

export interface Recording {
  readonly recordingId: string
  /** Where the file is; `fetchRecording` gets it. */
  readonly url: string | undefined
  readonly callUuid: string | undefined
  /** `mp3`, `wav`. */
  readonly format: string | undefined
  readonly durationMs: number | undefined
  /** In the account's zone, `2026-01-15 16:00:05+05:30`. */
  readonly addedAt: string | undefined
  readonly from: string | undefined
  readonly to: string | undefined
}

/** Without a time, those of the last seven days (Plivo reference 7.7). */
export interface RecordingFilter extends PageOptions {
  readonly callUuid?: string | undefined
  /** Unix epoch milliseconds; at most 30 days before `addedBefore`, or now. */
  readonly addedSince?: number | undefined
  /** Unix epoch milliseconds. */
  readonly addedBefore?: number | undefined
}

/** @throws RangeError as `pageFields` does, and when `callUuid` cannot be one. */
export const recordingFilterFields = (filter: RecordingFilter): RestFields => ({
  ...pageFields(filter),
  call_uuid: filter.callUuid === undefined ? undefined : identifier('callUuid', filter.callUuid),
  add_time__gte: filter.addedSince === undefined ? undefined : utcTime(filter.addedSince),
  add_time__lt: filter.addedBefore === undefined ? undefined : utcTime(filter.addedBefore),
})

/** `2026-01-15 10:29:58`. */
const utcTime = (at: number): string => new Date(at).toISOString().replace('T', ' ').slice(0, 19)

export const readRecording = (reply: ReplyFields): Recording => ({
  recordingId: reply.text('recording_id'),
  url: reply.optionalText('recording_url'),
  callUuid: reply.optionalText('call_uuid'),
  format: reply.optionalText('recording_format'),
  durationMs: reply.optionalNumber('recording_duration_ms'),
  addedAt: reply.optionalText('add_time'),
  from: reply.optionalText('from_number'),
  to: reply.optionalText('to_number'),
})
