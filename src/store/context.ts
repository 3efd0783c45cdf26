import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Databases } from './databases.ts'

/** What every part of the store is given. */
export interface Context {
  readonly databases: Pick<Databases, 'main' | 'lists'>
  readonly clock: Clock
  readonly log: Log
  readonly limits: Limits
}

/** Of each organization. */
export interface Limits {
  /** Files of its versions. */
  readonly maxFileBytes: number
  /** Instances that its agents keep ready, together. */
  readonly maxWarmInstances: number
}
