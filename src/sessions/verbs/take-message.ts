import type { ControlRequest, MessageTaken } from '../../sdk/control.ts'
import type { Recorded } from '../detours/detour.ts'
import { isSilence } from '../overflow/message-silence.ts'
import type { VerbContext } from './verb-context.ts'

type Request = Extract<ControlRequest, { verb: 'take-message' }>

/** Has the caller recorded. Most callers end their message by hanging up: that is a message too. */
export async function takeMessage(request: Request, { leave }: VerbContext): Promise<MessageTaken> {
  const { verb: _, ...plan } = request
  const detour = leave({ type: 'record', ...plan })
  const came = await detour.over
  const recorded = came?.recorded ?? detour.recorded
  if (came === undefined) return recorded ? messageOf(recorded) : { outcome: 'caller-hung-up' }
  return recorded && !isSilence(recorded, request.silenceMs) ? messageOf(recorded) : { outcome: 'empty' }
}

function messageOf({ url, recordingId, durationMs, key }: Recorded): MessageTaken {
  return {
    outcome: 'recorded',
    url,
    ...(recordingId !== undefined && { recordingId }),
    ...(durationMs !== undefined && { durationMs }),
    ...(key !== undefined && { key }),
  }
}
