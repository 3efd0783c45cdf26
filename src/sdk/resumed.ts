import type { CallStart, HeardUtterance } from './protocol.ts'

/** A call that was somebody else's before: another instance's, or an earlier session's. */
export interface Resumed {
  /**
   * `crash`: the instance that had the call has died. `stream-lost`: the audio stream broke off, and the carrier opened
   * another. `node-lost`: the whole node was restarted.
   */
  readonly reason: 'crash' | 'stream-lost' | 'node-lost'
  /** How often this call was taken over, this time included. */
  readonly count: number
  /** What `call.save` was given last; undefined when it was given nothing. */
  readonly state: unknown
  /** What the caller heard before, one entry for each utterance, the oldest first. Empty when that is not known. */
  readonly heard: readonly HeardUtterance[]
}

export function toResumed({ resumed }: CallStart): Resumed | undefined {
  if (!resumed) return undefined
  const { reason, count, heard, state } = resumed
  return { reason, count, heard, state }
}
