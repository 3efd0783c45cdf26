import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Resumption } from '../sdk/protocol.ts'
import type { Agent } from './agent.ts'
import type { CallFacts } from './call-facts.ts'
import type { Carrier } from './carrier/carrier.ts'
import type { RecordingShelf } from './recording-shelf.ts'
import type { SessionWatcher } from './session-watcher.ts'

export interface SessionLimits {
  /** From the answer to the carrier's stream. */
  readonly ringingMs: number
  /** From the stream's start, or a crash, to a bot that has the call. */
  readonly waitingMs: number
  /** For the last words after the bot's end. */
  readonly leavingMs: number
}

export interface SessionOptions {
  readonly id: string
  readonly call: CallFacts
  readonly agent: Agent
  readonly limits: SessionLimits
  readonly carrier: Carrier | undefined
  readonly recordings: RecordingShelf | undefined
  readonly watcher?: SessionWatcher | undefined
  /** In the log. */
  readonly maskNumbers?: boolean | undefined
  /** There is no place for it yet: `place` will say. Default: there is. */
  readonly queued?: boolean | undefined
  /** What an earlier session of the call has left. */
  readonly resumed?: Resumption | undefined
  readonly clock: Clock
  readonly log: Log
  /** Called once. */
  readonly onEnded: () => void
}
