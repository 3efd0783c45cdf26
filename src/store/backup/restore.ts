import { open } from 'node:fs/promises'
import { sql } from 'kysely'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import { describeFailure, type Parsed } from '../../lib/parsed.ts'
import type { Database, Databases } from '../databases.ts'
import { migrate } from '../migrate.ts'
import { migrations } from '../migrations/all.ts'
import { StoreError } from '../store-error.ts'
import { parseHeader, parseLine, type Row, type TableRow } from './backup-line.ts'
import { backedUpTables, rowsAtOnce } from './tables.ts'

export interface RestoreOptions {
  readonly databases: Databases
  readonly clock: Clock
  readonly log: Log
}

/**
 * Fills an empty database from a backup of either kind of database, whole or not at all, and brings it up to date. Throws
 * `conflict` when there is something in it, `invalid` for a file that is damaged or cut off, `newer-database` for one of a newer Offhook.
 */
export async function restore(options: RestoreOptions, path: string): Promise<void> {
  const { main } = options.databases
  const file = await open(path)
  try {
    const lines = file.readLines({ autoClose: false })[Symbol.asyncIterator]()
    const header = valid(parseHeader(String((await lines.next()).value)))
    await migrate({ ...options, upTo: header.migrations })
    await main.transaction().execute(async (transaction) => {
      await refuseUsed(transaction, header.migrations)
      const names = new Set(backedUpTables.map(({ name }) => name))
      for (const name of [...names].toReversed()) await sql`delete from ${sql.table(name)}`.execute(transaction)
      const plain = transaction.withoutPlugins()
      let pending: { table: string; rows: Row[] } = { table: '', rows: [] }
      for await (const { table, row } of rowsOf(lines)) {
        if (!names.has(table)) throw new StoreError('invalid', `the backup has an unknown table: ${table}`)
        if (pending.table !== table || pending.rows.length === rowsAtOnce(table)) {
          await insert(plain, pending.table, pending.rows)
          pending = { table, rows: [] }
        }
        pending.rows.push(row)
      }
      await insert(plain, pending.table, pending.rows)
    })
    await migrate(options)
  } finally {
    await file.close()
  }
}

/** What is behind the header. */
async function* rowsOf(lines: AsyncIterable<string>): AsyncGenerator<TableRow> {
  let count = 0
  let end: number | undefined
  for await (const text of lines) {
    const line = valid(parseLine(text))
    if ('rows' in line) {
      end = line.rows
    } else {
      count++
      yield line
    }
  }
  if (end !== count) throw new StoreError('invalid', 'the backup is cut off: copy the whole file, or take another one')
}

function valid<T>(result: Parsed<T>): T {
  if (!result.ok) throw new StoreError('invalid', describeFailure(result))
  return result.value
}

async function refuseUsed(database: Database, wanted: readonly string[]): Promise<void> {
  const organization = await database.selectFrom('organizations').select('id').limit(1).executeTakeFirst()
  const user = await database.selectFrom('users').select('id').limit(1).executeTakeFirst()
  const applied = await database.selectFrom('migrations').select('name').execute()
  if (organization ?? user) throw new StoreError('conflict', 'the database is not empty: restore into a new one')
  // Rows of then do not fit tables of now.
  if (applied.length !== wanted.length) {
    const missing = migrations.find(({ name }) => !wanted.includes(name))
    throw new StoreError('conflict', `the backup is older than the database (${missing?.name}): restore into a new one`)
  }
}

async function insert(database: Database, table: string, rows: readonly Row[]): Promise<void> {
  const [first] = rows
  if (!first) return
  const columns = Object.keys(first)
  const values = rows.map((row) => sql`(${sql.join(columns.map((column) => row[column] ?? null))})`)
  const names = sql.join(columns.map((column) => sql.ref(column)))
  await sql`insert into ${sql.table(table)} (${names}) values ${sql.join(values)}`.execute(database)
}
