import { failed, parsed, type Parsed } from '../lib/parsed.ts'
import { formNumber, formText, parseCallUuid } from './form-fields.ts'

/** What Plivo tells of a recording (Plivo reference 6.5 and 7.4). */
export interface RecordResult {
  readonly callUuid: string
  readonly recordingId: string | undefined
  /** Where the file is, or will be. */
  readonly url: string | undefined
  /** It still records: there is no length, and no file. */
  readonly ongoing: boolean
  readonly durationMs: number | undefined
  /** Unix epoch milliseconds. */
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  /** The key that ended it. */
  readonly digits: string | undefined
}

/** The name that an XML element uses, and that of a recording which the REST API started. */
const names = {
  callUuid: ['CallUUID', 'call_uuid'],
  recordingId: ['RecordingID', 'recording_id'],
  url: ['RecordUrl', 'record_url'],
  seconds: ['RecordingDuration', 'recording_duration'],
  ms: ['RecordingDurationMs', 'recording_duration_ms'],
  startMs: ['RecordingStartMs', 'recording_start_ms'],
  endMs: ['RecordingEndMs', 'recording_end_ms'],
} as const

type Name = Exclude<keyof typeof names, 'callUuid'>

/**
 * Reads the request to the `action` or `callbackUrl` of `<Record>`, and that to the `callback_url` of a recording of the
 * REST API. Only the call's UUID can fail, by the rules of `parseCallWebhook`.
 */
export const parseRecordResult = (params: URLSearchParams): Parsed<RecordResult> => {
  const callUuid = parseEitherCallUuid(params)
  if (!callUuid.ok) return callUuid
  const nameOf = (name: Name): string => names[name].find((each) => params.has(each)) ?? names[name][0]
  const text = (name: Name) => formText(params, nameOf(name))
  const number = (name: Name) => formNumber(params, nameOf(name))
  const seconds = number('seconds')
  return parsed({
    callUuid: callUuid.value,
    recordingId: text('recordingId'),
    url: text('url'),
    ongoing: text('seconds') === '-1' || text('ms') === '-1',
    durationMs: number('ms') ?? (seconds === undefined ? undefined : seconds * 1000),
    startedAt: number('startMs'),
    endedAt: number('endMs'),
    digits: formText(params, 'Digits'),
  })
}

const parseEitherCallUuid = (params: URLSearchParams): Parsed<string> => {
  const [camel, snake] = names.callUuid
  if (params.has(camel) || !params.has(snake)) return parseCallUuid(params)
  const result = parseCallUuid(
    new URLSearchParams(params.getAll(snake).map((value): [string, string] => [camel, value])),
  )
  return result.ok ? result : failed(snake, result.problem)
}
