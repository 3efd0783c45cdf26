import { sql } from 'kysely'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Databases } from './databases.ts'
import { migrations } from './migrations/all.ts'
import { StoreError } from './store-error.ts'

/** Any number, as long as nobody else in this PostgreSQL takes the same. */
const advisoryLock = 6_334_665

export interface MigrateOptions {
  readonly databases: Databases
  readonly clock: Clock
  readonly log: Log
  /** Only these, for a backup that was made when there were no others yet. */
  readonly upTo?: readonly string[]
}

/**
 * Brings the tables up to date, in one transaction. Of several nodes that start at once, one does it and the others wait.
 * Throws `newer-database` for a database that a newer Offhook has used.
 */
export async function migrate({ databases, clock, log, upTo }: MigrateOptions): Promise<void> {
  await databases.main.transaction().execute(async (transaction) => {
    // SQLite's transactions are alone by themselves.
    if (databases.kind === 'postgres')
      await sql`select pg_advisory_xact_lock(${sql.lit(advisoryLock)})`.execute(transaction)
    await transaction.schema
      .createTable('migrations')
      .ifNotExists()
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('applied_at', 'bigint', (column) => column.notNull())
      .execute()
    const applied = await transaction.selectFrom('migrations').select('name').orderBy('name').execute()
    refuseUnknown([...applied.map(({ name }) => name), ...(upTo ?? [])])
    const done = new Set(applied.map(({ name }) => name))
    const wanted = migrations.filter(({ name }) => !done.has(name) && (upTo?.includes(name) ?? true))
    for (const migration of wanted) {
      const { name } = migration
      await migration.up(transaction.schema)
      await transaction.insertInto('migrations').values({ name, appliedAt: clock.now() }).execute()
      log.info({ migration: name }, 'database migrated')
    }
  })
}

function refuseUnknown(names: readonly string[]): void {
  const known = new Set(migrations.map(({ name }) => name))
  const unknown = names.find((name) => !known.has(name))
  if (unknown === undefined) return
  throw new StoreError(
    'newer-database',
    `the tables are of a newer Offhook (it has ${unknown}): use that version, or a backup that is older`,
  )
}
