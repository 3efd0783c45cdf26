import type { Clock } from '../lib/clock.ts'
import type { Line } from '../simulator/line.ts'
import type { TimelineEvent } from '../simulator/timeline.ts'
import type { CallResult } from './call-end.ts'

/** A call as its caller has it in hand, in whatever time it runs. */
export interface CallParty {
  readonly clock: Clock
  readonly line: Line
  readonly timeline: { readonly events: readonly TimelineEvent[]; readonly nowMs: number }
  /** Where relative paths of prompts and speech are looked up first. */
  readonly folder: string
  /** Resolves when the call is over. It does not make time pass. */
  readonly ended: Promise<CallResult>
  /** Present once the call is over. */
  readonly result: CallResult | undefined
  /** The telephone at the other end of a leg that was dialled for the caller; undefined before that. */
  leg?(callUuid: string): CallParty | undefined
  /** The bot that has the call dies. False: none has it. */
  crashBot?(): boolean
  hangUp(): void
  /** Waits for `awaited`, letting time pass meanwhile. */
  pass<T>(awaited: Promise<T>): Promise<T>
  /** Hangs up and waits until nothing is left. */
  close(): Promise<void>
}
