import { parseDialResult, parseRecordResult } from '../plivo/index.ts'
import type { CameBack, Recorded } from '../sessions/detours/detour.ts'

/** What Plivo says when it asks what next, of whatever it did last. */
export function cameBack(params: URLSearchParams): CameBack {
  const dialled = params.has('DialStatus') ? parseDialResult(params) : undefined
  return {
    ...(dialled?.ok && { dialled: { status: dialled.value.status, cause: dialled.value.hangupCause } }),
    recorded: recordedIn(params),
  }
}

/** What Plivo says of a recording. */
export function recordedIn(params: URLSearchParams): Recorded | undefined {
  const result = parseRecordResult(params)
  if (!result.ok) return undefined
  const { url, recordingId, durationMs, startedAt, digits } = result.value
  const key = digits === '' ? undefined : digits
  return url === undefined ? undefined : { url, recordingId, durationMs, startedAt, key }
}
