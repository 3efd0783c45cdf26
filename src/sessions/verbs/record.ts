import type { ControlRequest, RecordingStarted, RecordingStopped } from '../../sdk/control.ts'
import type { Carrier } from '../carrier/carrier.ts'
import { ControlError } from '../control-error.ts'
import type { VerbContext } from './verb-context.ts'

type StartRequest = Extract<ControlRequest, { verb: 'record' }>
type StopRequest = Extract<ControlRequest, { verb: 'stop-recording' }>

/** Always with a limit: Plivo's own would end it after a minute. */
export async function record(
  { format, channels, maxMs, save }: StartRequest,
  context: VerbContext,
): Promise<RecordingStarted> {
  const asked = carrierFor('record', context).startRecording(context.callId, { format, channels, maxMs })
  const started = await context.waiting(asked)
  context.recordingsStarted.set(started.recordingId, started)
  if (save) context.saveAtEnd(started)
  return started
}

export async function stopRecording(
  { url, recordingId, save }: StopRequest,
  context: VerbContext,
): Promise<RecordingStopped> {
  // The node fetches what it is told to keep: nothing but what was recorded here.
  if (context.recordingsStarted.get(recordingId)?.url !== url)
    throw new ControlError('not-allowed', `no recording ${recordingId} at ${url} was started in this call`)
  // A pause has ended it already.
  if (context.recordingsStopped.has(recordingId)) carrierFor('save a recording', context)
  else await context.waiting(carrierFor('stop a recording', context).stopRecording(context.callId, url))
  context.recordingsStopped.add(recordingId)
  if (!save) return { url, recordingId }
  return { url, recordingId, path: await context.saveRecording({ url, recordingId }) }
}

function carrierFor(what: string, { carrier }: VerbContext): Carrier {
  if (carrier) return carrier
  throw new ControlError(
    'no-credentials',
    `to ${what} in the middle of a call takes Plivo's REST API, and this node has no credentials for it`,
    'set PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN, or give the organization an account with offhook plivo set; or set OFFHOOK_RECORD, which records whole calls and needs none',
  )
}
