import type { ControlRequest, RecordingStarted, RecordingStopped } from '../../sdk/control.ts'
import type { Carrier } from '../carrier/carrier.ts'
import { ControlError } from '../control-error.ts'
import type { VerbContext } from './verb-context.ts'

type StartRequest = Extract<ControlRequest, { verb: 'record' }>
type StopRequest = Extract<ControlRequest, { verb: 'stop-recording' }>

/** Always with a limit: Plivo's own would end it after a minute. */
export async function record(
  { format, channels, maxMs, save = false }: StartRequest,
  context: VerbContext,
): Promise<RecordingStarted> {
  const asked = carrierFor('record', context).startRecording(context.callId, { format, channels, maxMs })
  const started = await context.waiting(asked)
  context.recordings.began(started, { format, channels, maxMs, save })
  return started
}

export async function stopRecording(
  { url, recordingId, save }: StopRequest,
  context: VerbContext,
): Promise<RecordingStopped> {
  const { callId, recordings, signal } = context
  const isOver = recordings.isOver({ url, recordingId })
  // The node fetches what it is told to keep: nothing but what was recorded here.
  if (isOver === undefined)
    throw new ControlError('not-allowed', `no recording ${recordingId} at ${url} was started in this call`)
  // A pause has ended it already.
  if (isOver) carrierFor('save a recording', context)
  else await context.waiting(carrierFor('stop a recording', context).stopRecording(callId, url))
  recordings.ended(recordingId)
  if (!save) return { url, recordingId }
  return { url, recordingId, path: await recordings.keep(recordingId, signal) }
}

function carrierFor(what: string, { carrier }: VerbContext): Carrier {
  if (carrier) return carrier
  throw new ControlError(
    'no-credentials',
    `to ${what} in the middle of a call takes Plivo's REST API, and this node has no credentials for it`,
    'set PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN, or give the organization an account with offhook plivo set; or set OFFHOOK_RECORD, which records whole calls and needs none',
  )
}
