import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Store, StoreError } from '../src/store/store.ts'
import { describeStores, hasPostgres, StorePlace } from './support/stores.ts'

const script = resolve('test/support/store-process.ts')

interface Running {
  readonly child: ChildProcess
  /** Resolves when it has ended, and all that it printed is here. */
  readonly closed: Promise<unknown>
  /** All that it printed. */
  readonly said: () => string
}

function start(task: 'open' | 'write' | 'persist', { location }: StorePlace): Running {
  const { folder, databaseUrl } = location
  const child = spawn(process.execPath, [script, task, folder, ...(databaseUrl === undefined ? [] : [databaseUrl])])
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
  return { child, closed: once(child, 'close'), said: () => said }
}

/** What must be true of a database whenever its writers are gone. */
async function expectConsistent(store: Store): Promise<void> {
  for (const { id } of await store.organizations.list()) {
    for (const agent of await store.agents.list(id)) {
      const { items, total } = await store.versions.list(id, agent.id, { limit: 1000 })
      expect(items.map(({ number }) => number)).toEqual(Array.from({ length: total }, (_, index) => total - index))
      expect(items[0]?.id).toBe(agent.desiredVersionId)
      if (agent.activeVersionId) expect(items.find((item) => item.id === agent.activeVersionId)?.phase).toBe('active')
      // All but the first have two files.
      for (const version of items.slice(0, 3)) {
        const files = await store.versions.files(id, version.id)
        if (version.number > 1) expect(files.map(({ content }) => content.length)).toEqual([20_000, 20_000])
      }
    }
    for (const { name } of await store.secrets.list(id)) {
      const { A, B } = await store.secrets.reveal(id, name)
      expect(A).toBe(B)
    }
  }
}

describeStores((kind) => {
  test('of several nodes that start at once on an empty database, one makes the tables and all start', async () => {
    await using place = await StorePlace.create(kind)
    const nodes = Array.from({ length: 3 }, () => start('open', place))
    for (const { child, closed, said } of nodes) {
      await closed
      expect([said(), child.exitCode]).toEqual(['open\n', 0])
    }
    const store = await place.open()
    expect(await store.regions.list()).toHaveLength(1)
  })

  test('a database of a newer Offhook is left alone', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    await store[Symbol.asyncDispose]()
    await pretendNewer(place)
    const refused = await place.open().catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(StoreError)
    expect(refused).toMatchObject({ code: 'newer-database', message: expect.stringContaining('9999-later') as string })
  })

  test('a writer that is killed at any moment leaves a consistent database', { timeout: 120_000 }, async () => {
    await using place = await StorePlace.create(kind)
    const kills = kind === 'SQLite' ? 20 : 5
    for (let kill = 0; kill < kills; kill++) {
      const { child, closed, said } = start('write', place)
      await expect.poll(() => said().includes('open\n.'), { timeout: 20_000, interval: 5 }).toBe(true)
      await wait(Math.random() * 120)
      child.kill('SIGKILL')
      await closed
      expect(said()).toMatch(/^open\n\.+$/)
    }
    const store = await place.open()
    await expectConsistent(store)
    expect(await store.recover('n1')).toBeGreaterThan(0)
    const organizations = await store.organizations.list()
    expect(organizations).toHaveLength(kills)
    for (const { id } of organizations) {
      expect((await store.sessions.list(id, { status: 'active' })).total).toBe(0)
    }
    if (kind === 'SQLite') {
      const database = new DatabaseSync(join(place.location.folder, 'store.sqlite'))
      expect(database.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
      expect(database.prepare('pragma foreign_key_check').all()).toEqual([])
      database.close()
    }
  })
})

test.skipIf(!hasPostgres)('a connection to PostgreSQL that breaks in mid-transaction ends no node', async () => {
  await using place = await StorePlace.create('PostgreSQL')
  const { child, closed, said } = start('persist', place)
  const { Client } = await import('pg')
  const client = new Client(place.location.databaseUrl)
  await client.connect()
  try {
    for (let broken = 0; broken < 20; broken++) {
      const before = said().length
      await expect.poll(() => said().slice(before), { timeout: 20_000, interval: 5 }).toMatch(/\.\./)
      await client.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
    }
    await expect.poll(said, { timeout: 20_000 }).toMatch(/x\.+$/)
    expect([child.exitCode, said().replaceAll(/[.x]/g, '')]).toEqual([null, 'open\n'])
  } finally {
    await client.end()
    child.kill('SIGKILL')
    await closed
  }
})

async function pretendNewer({ location }: StorePlace): Promise<void> {
  const statement = `insert into migrations (name, applied_at) values ('9999-later', 0)`
  if (location.databaseUrl === undefined) {
    const database = new DatabaseSync(join(location.folder, 'store.sqlite'))
    database.exec(statement)
    database.close()
    return
  }
  const { Client } = await import('pg')
  const client = new Client(location.databaseUrl)
  await client.connect()
  await client.query(statement)
  await client.end()
}
