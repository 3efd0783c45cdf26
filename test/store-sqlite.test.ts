import { chmod, mkdir, truncate, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { systemClock } from '../src/lib/clock.ts'
import { silentLog } from '../src/lib/log.ts'
import { openSqlite } from '../src/store/databases.ts'
import { openStore } from '../src/store/store.ts'
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

const options = (folder: string) => ({ folder, clock: systemClock, log: silentLog })

test.each([
  ['is no database', 'x'.repeat(200), 'file is not a database: it is damaged, or something else: restore a backup'],
  ['is cut off', undefined, 'database disk image is malformed: it is damaged: restore a backup'],
])('a file that %s is named, with what to do', async (_, content, told) => {
  await using folder = await TemporaryFolder.create()
  const path = join(folder.path, 'store.sqlite')
  await (await openStore(options(folder.path)))[Symbol.asyncDispose]()
  if (content === undefined) await truncate(path, 20_000)
  else await writeFile(path, content)
  const refused = await openStore(options(folder.path)).catch((error: unknown) => error)
  expect(refused).toMatchObject({
    name: 'StoreError',
    code: 'unusable',
    message: `${path}: ${told} into a folder of its own`,
  })
})

test('a folder in place of the file is named, with what to do', async () => {
  await using folder = await TemporaryFolder.create()
  await mkdir(join(folder.path, 'store.sqlite'))
  await expect(openStore(options(folder.path))).rejects.toThrow(
    `${folder.path}/store.sqlite: unable to open database file: let it be a file`,
  )
})

test.skipIf(process.getuid?.() === 0).each([
  ['.', 0o500],
  ['store.sqlite', 0o400],
])('what may only be read (%s) is named before anything is begun', async (name, mode) => {
  await using folder = await TemporaryFolder.create()
  await (await openStore(options(folder.path)))[Symbol.asyncDispose]()
  const path = resolve(folder.path, name)
  await chmod(path, mode)
  await expect(openStore(options(folder.path))).rejects.toThrow(`${path} cannot be written: let it belong to the user`)
  await chmod(path, 0o700)
})
