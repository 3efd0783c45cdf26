import type { EndReason } from '../sdk/protocol.ts'
import { closeCodes } from './close-codes.ts'
import type { PlainEnding } from './plain/plain-session-state.ts'
import type { Ending, SessionEvent, SessionState } from './session-state.ts'
import type { StreamEnd } from './playout/stretch.ts'

/** Close code and reason of the carrier's stream. */
export function closeFor({ reason }: Ending): [number, string] {
  switch (reason) {
    case 'bot-threw':
    case 'bot-lost':
    case 'bot-not-ready':
      return [closeCodes.botFailed, reason]
    case 'node-stopped':
    case 'stopped':
      return [closeCodes.goingAway, reason]
    default:
      return [closeCodes.normal, reason]
  }
}

/** Who ended the call, as the bot is told. */
export function endReasonFor({ reason }: Ending): EndReason {
  if (isStop(reason) || isLimit(reason)) return 'node'
  return reason.startsWith('bot-') ? 'bot' : 'caller'
}

export const isFailure = ({ reason }: Pick<Ending | PlainEnding, 'reason'>): boolean =>
  reason === 'bot-threw' || reason === 'bot-lost' || reason === 'bot-not-ready'

/** Whether the bot still runs, and waits for what it asked for. */
export const leavesBot = ({ reason }: Ending): boolean =>
  reason === 'caller-hung-up' || reason === 'stream-lost' || isStop(reason) || isLimit(reason)

const isStop = (reason: Ending['reason']): boolean => reason === 'node-stopped' || reason === 'stopped'

const isLimit = (reason: Ending['reason']): boolean => reason === 'max-duration' || reason === 'silence'

/** How much the end of the stream tells of what was played last. A stream that we close, or that breaks, tells nothing. */
export function streamEnd(before: SessionState, event: SessionEvent): StreamEnd {
  if (event.type === 'stream-closed' && event.clean && before.name === 'talking') return 'in-order'
  return event.type === 'call-ended' ? 'by-now' : 'unknown'
}
