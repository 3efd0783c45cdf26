import { failed, parsed, type Parsed } from '../lib/parsed.ts'
import { formNumber, formText, parseCallUuid } from './form-fields.ts'
import { parseJsonObject } from './json-fields.ts'

/** What Plivo tells `statusCallbackUrl` about a stream. A help for diagnosis: no event is sure to come. */
export interface StreamStatus {
  readonly status: 'started' | 'stopped' | 'dropped' | 'degraded' | 'played' | 'cleared' | 'unknown'
  /** `Event` on the wire. */
  readonly event: string
  readonly callUuid: string
  readonly streamId: string | undefined
  /** Why it stopped, dropped or is degraded. */
  readonly reason: string | undefined
  readonly durationSeconds: number | undefined
  /** Of the checkpoint, when it was `played`. */
  readonly name: string | undefined
}

/**
 * Reads a stream status callback in either of Plivo's vocabularies (Plivo reference 3.1, C-8). Failures name `CallUUID`,
 * by the rules of `parseCallWebhook`, or a missing `Event`.
 */
export const parseStreamStatus = (params: URLSearchParams): Parsed<StreamStatus> => {
  const callUuid = parseCallUuid(params)
  if (!callUuid.ok) return callUuid
  const event = formText(params, 'Event')
  if (event === undefined) return failed('Event', 'is missing')
  return parsed({
    status: statuses.get(event) ?? 'unknown',
    event,
    callUuid: callUuid.value,
    streamId: formText(params, 'StreamID'),
    reason: formText(params, 'Error') ?? formText(params, 'StatusReason'),
    durationSeconds: formNumber(params, 'Duration'),
    name: formText(params, 'Name'),
  })
}

/** Two of Plivo's pages print JSON samples, so a body may be JSON or a form. Without a content type, a `{` decides. */
export const parseStreamStatusBody = (contentType: string | undefined, body: string): Parsed<StreamStatus> => {
  const isJson = contentType === undefined ? body.trimStart().startsWith('{') : /[/+]json\b/i.test(contentType)
  if (!isJson) return parseStreamStatus(new URLSearchParams(body))
  const params = parseJsonObject(body, (object) => {
    const scalars = Object.entries(object).filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    return new URLSearchParams(scalars.map(([name, value]): [string, string] => [name, String(value)]))
  })
  return params.ok ? parseStreamStatus(params.value) : params
}

const statuses: ReadonlyMap<string, StreamStatus['status']> = new Map([
  ['StartStream', 'started'],
  ['started', 'started'],
  ['StopStream', 'stopped'],
  ['stopped', 'stopped'],
  ['DroppedStream', 'dropped'],
  ['failed', 'dropped'],
  ['DegradedStream', 'degraded'],
  ['PlayedStream', 'played'],
  ['ClearedAudio', 'cleared'],
])
