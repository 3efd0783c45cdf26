import type { Config } from '../config.ts'
import type { Clock } from '../lib/clock.ts'

/** What a check has found out. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string
  /** `warning`: it works, and may not do what is wanted. `skipped`: there was nothing to look at. */
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped'
  readonly message: string
  /** What to do about a warning or a failure. */
  readonly fix?: string
}

/** The node that runs for the same folder. */
export interface LocalNode {
  readonly pid: number
  /** Base URL on this machine. */
  readonly url: string
  /** Known to nobody else. */
  readonly authToken: string
}

/** What is to be checked. */
export interface Setup {
  readonly config: Config
  readonly node: LocalNode | undefined
  readonly clock: Clock
}

export type Check = (setup: Setup) => Promise<Finding | readonly Finding[]>

/** For anything that is asked over a network. */
export const networkTimeoutMs = 8000
