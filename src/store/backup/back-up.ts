import { open } from 'node:fs/promises'
import { type Kysely, sql } from 'kysely'
import type { Clock } from '../../lib/clock.ts'
import type { Databases } from '../databases.ts'
import { encodeHeader, encodeRow, type Row } from './backup-line.ts'
import { type BackedUpTable, backedUpTables } from './tables.ts'

/** Files of versions may be large. */
const rowsPerRead = (table: string): number => (table === 'version_files' ? 8 : 500)

/**
 * Writes all that is in the database, as it is at one moment, into a new file that only we may read: one JSON object a line,
 * the same for both databases. Secrets are in it as they are in the database: sealed. Fails when the file is there already.
 */
export async function backUp(databases: Databases, clock: Clock, path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await databases.snapshot(async (database) => {
      const applied = await database.selectFrom('migrations').select('name').orderBy('name').execute()
      await file.write(encodeHeader({ createdAt: clock.now(), migrations: applied.map(({ name }) => name) }))
      for (const table of backedUpTables) {
        for await (const rows of pagesOf(database.withoutPlugins(), table)) {
          await file.write(rows.map((row) => encodeRow(table.name, row)).join(''))
        }
      }
    })
    await file.sync()
  } finally {
    await file.close()
  }
}

async function* pagesOf<T>(database: Kysely<T>, { name, key }: BackedUpTable): AsyncGenerator<Row[]> {
  const columns = sql.join(key.map((column) => sql.ref(column)))
  let last: Row | undefined
  do {
    const values = key.map((column) => last?.[column])
    const afterLast = last === undefined ? sql`` : sql`where (${columns}) > (${sql.join(values)})`
    const limit = sql.lit(rowsPerRead(name))
    const { rows } =
      await sql<Row>`select * from ${sql.table(name)} ${afterLast} order by ${columns} limit ${limit}`.execute(database)
    if (rows.length > 0) yield rows
    last = rows.at(-1)
  } while (last !== undefined)
}
