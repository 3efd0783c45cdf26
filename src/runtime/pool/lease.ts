import type { BotOffers, CallStart, SessionStart } from '../../sdk/protocol.ts'
import type { BotLink, LinkListener, SessionLink, SessionListener } from '../link.ts'

/** A place in an instance, held for one call or one session without a call. */
export interface Lease {
  readonly instanceId: string
  /** What its bot can be given. */
  readonly offers: BotOffers
  /** Starts the call; the place is given back when its link is closed and its bot has finished. Once only. */
  startCall(start: CallStart, listener: LinkListener): BotLink
  /** The same for a session without a call. */
  startSession(start: SessionStart, listener: SessionListener): SessionLink
  /** Gives the place back unused. Harmless after `startCall`. */
  release(): void
}
