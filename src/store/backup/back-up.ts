import { type FileHandle, open, rm } from 'node:fs/promises'
import { type Kysely, sql } from 'kysely'
import type { Clock } from '../../lib/clock.ts'
import type { Database, Databases } from '../databases.ts'
import { encodeEnd, encodeHeader, encodeRow, type Row } from './backup-line.ts'
import { type BackedUpTable, backedUpTables, rowsAtOnce } from './tables.ts'

/**
 * Writes all that is in the database, as it is at one moment, into a new file that only we may read: one JSON object a line,
 * the same for both databases. Secrets are in it as they are in the database: sealed. Fails when the file is there already;
 * there is none when something else fails.
 */
export async function backUp(databases: Databases, clock: Clock, path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await databases.snapshot((database) => writeAll(database, clock, file))
    await file.sync()
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

async function writeAll(database: Database, clock: Clock, file: FileHandle): Promise<void> {
  // Of what `write` is given, it writes as much as there is room for, and that is no failure.
  const write = (text: string) => file.appendFile(text)
  const applied = await database.selectFrom('migrations').select('name').orderBy('name').execute()
  await write(encodeHeader({ createdAt: clock.now(), migrations: applied.map(({ name }) => name) }))
  let count = 0
  for (const table of backedUpTables) {
    for await (const rows of pagesOf(database.withoutPlugins(), table)) {
      await write(rows.map((row) => encodeRow(table.name, row)).join(''))
      count += rows.length
    }
  }
  await write(encodeEnd(count))
}

async function* pagesOf<T>(database: Kysely<T>, { name, key }: BackedUpTable): AsyncGenerator<Row[]> {
  const columns = sql.join(key.map((column) => sql.ref(column)))
  let last: Row | undefined
  do {
    const values = key.map((column) => last?.[column])
    const afterLast = last === undefined ? sql`` : sql`where (${columns}) > (${sql.join(values)})`
    const limit = sql.lit(rowsAtOnce(name))
    const { rows } =
      await sql<Row>`select * from ${sql.table(name)} ${afterLast} order by ${columns} limit ${limit}`.execute(database)
    if (rows.length > 0) yield rows
    last = rows.at(-1)
  } while (last !== undefined)
}
