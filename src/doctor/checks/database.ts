import { messageOf } from '../../lib/errors.ts'
import { silentLog } from '../../lib/log.ts'
import { type DatabaseInspection, inspectDatabase } from '../../store/store.ts'
import type { Finding, Setup } from '../finding.ts'

const check = 'database'

/** Whether the database is reached, takes writes, and is of this version. */
export async function checkDatabase({ config }: Pick<Setup, 'config'>): Promise<Finding> {
  const { home: folder, databaseUrl } = config
  try {
    const found = await inspectDatabase({ folder, databaseUrl, log: silentLog })
    if (!found) return { check, state: 'skipped', message: `the first start of offhook serve makes one in ${folder}` }
    return describe(found, databaseUrl)
  } catch (error) {
    const fix =
      databaseUrl === undefined
        ? 'see that the folder is on a local disk with room, and belongs to the user that runs the node'
        : 'see that PostgreSQL runs, and that DATABASE_URL has its address, a user who may make tables, and the password'
    return { check, state: 'failed', message: `${whereOf(databaseUrl)}: ${reasonOf(error)}`, fix }
  }
}

function describe({ pending, unknown }: DatabaseInspection, databaseUrl: string | undefined): Finding {
  const where = whereOf(databaseUrl)
  if (unknown !== undefined) {
    const fix = 'run that version, or restore an older backup into an empty database'
    return { check, state: 'failed', message: `${where} is of a newer Offhook (it has ${unknown})`, fix }
  }
  const tables = pending === 0 ? 'up to date' : `${pending} migrations are made at the next start`
  return { check, state: 'ok', message: `${where} takes writes; ${tables}` }
}

/** Without the password. */
function whereOf(databaseUrl: string | undefined): string {
  if (databaseUrl === undefined) return 'SQLite'
  const url = URL.parse(databaseUrl)
  return url ? `PostgreSQL at ${url.host}${url.pathname}` : 'PostgreSQL'
}

/** Several addresses may have been tried. */
const reasonOf = (error: unknown): string =>
  error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : messageOf(error)
