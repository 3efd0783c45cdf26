import type { CallStart } from '../sdk/protocol.ts'
import type { BotLink, LinkListener } from './link.ts'

/** A place in an instance, held for one call. */
export interface Lease {
  readonly instanceId: string
  /** Starts the call; the place is given back when its link is closed and its bot has finished. Once only. */
  startCall(start: CallStart, listener: LinkListener): BotLink
  /** Gives the place back unused. Harmless after `startCall`. */
  release(): void
}
