import type { SocketClose } from '../../sdk/protocol.ts'
import { closeCodes } from '../close-codes.ts'
import type { PlainEnding } from './plain-session-state.ts'

/** How a client's socket is closed. `how`: how the bot closed its own, where it had one. */
export function clientClose({ reason }: PlainEnding, how: SocketClose | undefined): SocketClose {
  switch (reason) {
    case 'bot-threw':
    case 'bot-lost':
    case 'bot-not-ready':
      return { code: closeCodes.botFailed, reason }
    case 'node-stopped':
    case 'stopped':
      return { code: closeCodes.goingAway, reason }
    case 'max-duration':
      return { code: closeCodes.maxDuration, reason }
    default:
      return how ? passedOn(how) : { code: closeCodes.normal, reason }
  }
}

/**
 * A close as it may be sent on. The codes that only tell of a missing close frame or code become 1000: a server bot that leaves
 * without one is done, and so is a client.
 */
export function passedOn({ code, reason }: SocketClose): SocketClose {
  const isSendable = (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || code >= 3000
  return isSendable ? { code, reason } : { code: closeCodes.normal, reason: '' }
}
