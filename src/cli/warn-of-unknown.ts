import type { Config } from '../config.ts'
import type { Log } from '../lib/log.ts'

/** A node with a setting that it does not know would run otherwise than its operator thinks. */
export function warnOfUnknown({ unknown }: Config, log: Log): void {
  for (const variable of unknown)
    log.warn({ variable }, 'there is no such setting: docs/settings.md lists those there are')
}
