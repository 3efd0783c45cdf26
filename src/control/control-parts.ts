import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { RecordingShelf } from '../sessions/recording-shelf.ts'
import type { Store } from '../store/store.ts'
import type { AgentRuntime } from './agent-runtime.ts'
import type { FailedAttempts } from './failed-attempts.ts'
import type { ImageBuilder } from './image-builder.ts'
import type { StartTokens } from './start-tokens.ts'

/** What every group of routes is given. */
export interface ControlParts {
  readonly store: Store
  readonly runtime: AgentRuntime
  /** Undefined: this node builds no images. */
  readonly builder: ImageBuilder | undefined
  /** Copies of recordings. Undefined: this node keeps none. */
  readonly recordings: Pick<RecordingShelf, 'open'> | undefined
  readonly startTokens: StartTokens
  /** Base URL of the node as clients reach it, without a slash at the end. */
  readonly publicUrl: () => string
  /** Of addresses that try credentials. */
  readonly failures: FailedAttempts
  /** Webhooks may go to this machine and its network, too. */
  readonly privateWebhooks: boolean
  readonly clock: Clock
  readonly log: Log
}
