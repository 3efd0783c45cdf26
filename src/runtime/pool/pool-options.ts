import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { PoolSizes } from './instance-plan.ts'
import type { StartInstance, Usage } from '../link.ts'
import type { StartGate } from './start-gate.ts'

export interface PoolOptions extends PoolSizes {
  readonly startInstance: StartInstance
  /** Calls that one instance serves in its life, one after another or at once. Default: any number. */
  readonly maxUses?: number | undefined
  /** An instance that uses more is ended. Default: no limit. */
  readonly maxMemoryBytes?: number | undefined
  /** Told of each start: how long it took, and whether it went well. */
  readonly onStart?: ((start: InstanceStart) => void) | undefined
  /** Told of each instance that died by itself. */
  readonly onDeath?: (() => void) | undefined
  /** The node's, shared by its pools. */
  readonly gate: StartGate
  readonly clock: Clock
  readonly log: Log
}

export interface InstanceUsage {
  readonly instanceId: string
  readonly usage: Usage
}

export interface InstanceStart {
  readonly ok: boolean
  readonly tookMs: number
}
