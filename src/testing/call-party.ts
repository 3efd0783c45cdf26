import type { Clock } from '../lib/clock.ts'
import type { Line } from '../simulator/line.ts'
import type { Timeline } from '../simulator/timeline.ts'
import type { CallResult } from './call-end.ts'

/** A call as its caller has it in hand, in whatever time it runs. */
export interface CallParty {
  readonly clock: Clock
  readonly line: Line
  readonly timeline: Timeline
  /** Where relative paths of prompts and speech are looked up first. */
  readonly folder: string
  /** Resolves when the call is over. It does not make time pass. */
  readonly ended: Promise<CallResult>
  /** Present once the call is over. */
  readonly result: CallResult | undefined
  hangUp(): void
  /** Waits for `awaited`, letting time pass meanwhile. */
  pass<T>(awaited: Promise<T>): Promise<T>
  /** Hangs up and waits until nothing is left. */
  close(): Promise<void>
}
