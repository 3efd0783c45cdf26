import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { openSqlite } from '../src/store/databases.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

test('a transaction that finds the disk full says so, and the next one that fits is made', async () => {
  await using folder = await TemporaryFolder.create()
  await using databases = await openSqlite(folder.path)
  const { main } = databases
  await sql`create table notes (text text)`.execute(main)
  await sql`pragma max_page_count = 40`.execute(main)
  const write = (bytes: number) =>
    main
      .transaction()
      .execute((transaction) => sql`insert into notes values (${'x'.repeat(bytes)})`.execute(transaction))
  await expect(write(1_000_000)).rejects.toThrow('database or disk is full')
  await write(100)
  expect((await sql`select text from notes`.execute(main)).rows).toHaveLength(1)
})
