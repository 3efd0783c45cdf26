import { tenants } from './0001-tenants.ts'
import { agents } from './0002-agents.ts'
import { builds } from './0003-builds.ts'
import { calls } from './0004-calls.ts'
import { accounts } from './0005-accounts.ts'
import { webhooks } from './0006-webhooks.ts'
import { overflow } from './0007-overflow.ts'
import { recordings } from './0008-recordings.ts'
import type { Migration } from './table.ts'

/** In order. A published one is never changed: what is wrong with it is put right by the next. */
export const migrations: readonly Migration[] = [
  tenants,
  agents,
  builds,
  calls,
  accounts,
  webhooks,
  overflow,
  recordings,
]
