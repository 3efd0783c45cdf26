import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Log } from '../lib/log.ts'
import { type Database, openPostgres, openSqlite } from './databases.ts'
import { migrations } from './migrations/all.ts'

export interface DatabaseInspection {
  readonly kind: 'sqlite' | 'postgres'
  /** Migrations that the next start makes. */
  readonly pending: number
  /** One that a newer Offhook made. */
  readonly unknown: string | undefined
}

interface InspectOptions {
  readonly folder: string
  readonly databaseUrl?: string | undefined
  readonly log: Log
}

class Undo extends Error {}

/** Looks at a database, and tries to write, without changing anything. Undefined: the first start makes it. Throws when it cannot. */
export async function inspectDatabase({
  folder,
  databaseUrl,
  log,
}: InspectOptions): Promise<DatabaseInspection | undefined> {
  if (databaseUrl === undefined && !existsSync(join(folder, 'store.sqlite'))) return undefined
  await using databases = databaseUrl === undefined ? await openSqlite(folder) : openPostgres(databaseUrl, log)
  const applied = await appliedIn(databases.main, databases.kind)
  await tryToWrite(databases.main)
  const known = new Set(migrations.map(({ name }) => name))
  return {
    kind: databases.kind,
    pending: migrations.filter(({ name }) => !applied.includes(name)).length,
    unknown: applied.find((name) => !known.has(name)),
  }
}

async function appliedIn(database: Database, kind: DatabaseInspection['kind']): Promise<string[]> {
  const tables =
    kind === 'sqlite'
      ? sql<{ name: string }>`select name from sqlite_master where name = 'migrations'`
      : sql<{ name: string }>`select table_name as name from information_schema.tables where table_name = 'migrations'`
  if ((await tables.execute(database)).rows.length === 0) return []
  const rows = await database.selectFrom('migrations').select('name').execute()
  return rows.map(({ name }) => name)
}

async function tryToWrite(database: Database): Promise<void> {
  try {
    await database.transaction().execute(async (transaction) => {
      await transaction.schema.createTable('offhook_doctor').addColumn('name', 'text').execute()
      throw new Undo()
    })
  } catch (error) {
    if (!(error instanceof Undo)) throw error
  }
}
