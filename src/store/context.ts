import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Databases } from './databases.ts'

/** What every part of the store is given. */
export interface Context {
  readonly databases: Pick<Databases, 'main' | 'lists'>
  readonly clock: Clock
  readonly log: Log
}
