import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openStore, restoreStore, type Store } from '../src/store/store.ts'
import { createFrontDesk, type DatabaseKind, describeStores, StorePlace } from './support/stores.ts'

const execute = promisify(execFile)
const secretKey = 'c'.repeat(64)

async function fill(store: Store): Promise<string> {
  const { organizationId, agentId, versionId } = await createFrontDesk(store)
  const { spec } = (await store.versions.find(organizationId, versionId)) ?? { spec: undefined }
  if (!spec) throw new Error('the version is missing')
  for (let index = 0; index < 10; index++) {
    const files = [{ path: 'bot.mjs', content: new Uint8Array([index, 0, 255]) }]
    await store.versions.create(organizationId, agentId, { spec, files })
  }
  await store.secrets.put(organizationId, 's', { region: 'local', values: { A: 'grüß dich\n' } })
  await store.properties.set(organizationId, 'lines', 'one\ntwo\r\u2028three\u2029')
  await store.properties.set(organizationId, 'defaultRegion', 'local')
  await store.sessions.create(organizationId, { id: 's1', agentId, versionId, nodeId: 'n1' })
  const file = { callId: 'c1', carrierId: 'r1', url: 'https://m.test/r1.wav', format: 'wav', channels: 2 } as const
  await store.recordings.note(organizationId, { ...file, sessionId: 's1', kept: { path: 'r1.wav', sizeBytes: 9 } })
  for (let index = 0; index < 1201; index++) store.logs.append({ organizationId, agentId, text: `line ${index}` })
  await store.logs.flush()
  await store.audit.add(organizationId, { actorType: 'system', action: 'fill' })
  return organizationId
}

describeStores((kind) => {
  test.each<DatabaseKind>(['SQLite', 'PostgreSQL'])('a backup can be restored on %s', async (other) => {
    await using place = await StorePlace.create(kind)
    await using target = await StorePlace.create(other)
    const store = await place.open({ secretKey, region: { code: 'cellar', displayName: 'Cellar' } })
    const organizationId = await fill(store)
    const path = join(place.location.folder, 'backup.jsonl')
    await store.backUp(path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)

    await restoreStore(target.location, path)
    const restored = await target.open({ secretKey })
    const secondPath = join(target.location.folder, 'again.jsonl')
    await restored.backUp(secondPath)
    const [first, second] = await Promise.all([path, secondPath].map((file) => readFile(file, 'utf8')))
    expect(second?.split('\n').slice(1)).toEqual(first?.split('\n').slice(1))
    expect(first?.split('\n').length).toBeGreaterThan(1220)

    expect(await restored.secrets.reveal(organizationId, 's')).toEqual({ A: 'grüß dich\n' })
    expect(await restored.properties.find(organizationId, 'lines')).toBe('one\ntwo\r\u2028three\u2029')
    expect((await restored.recordings.list(organizationId)).items).toMatchObject([{ carrierId: 'r1', path: 'r1.wav' }])
    expect((await restored.regions.list()).map(({ code }) => code)).toEqual(['cellar'])
    const { items } = await restored.logs.list(organizationId, { order: 'asc', limit: 1000, offset: 1000 })
    expect(items.map(({ text }) => text)).toEqual(Array.from({ length: 201 }, (_, index) => `line ${index + 1000}`))
  })

  test('a backup is of one moment, while others go on writing', async () => {
    await using place = await StorePlace.create(kind)
    await using target = await StorePlace.create('SQLite')
    const store = await place.open({ secretKey })
    const { organizationId, agentId } = await createFrontDesk(store)
    const spec = { source: { type: 'url', url: 'wss://bot.test' }, webSocketAuth: 'none' } as const
    const path = join(place.location.folder, 'backup.jsonl')
    const stop = new AbortController()
    const writes = (async () => {
      while (!stop.signal.aborted) await store.versions.create(organizationId, agentId, { spec })
    })()
    await store.backUp(path)
    stop.abort()
    await writes
    await restoreStore(target.location, path)
    const restored = await target.open({ secretKey })
    const latest = await restored.versions.latest(organizationId, agentId)
    const agent = await restored.agents.findById(organizationId, agentId)
    expect(latest?.id).toBe(agent?.desiredVersionId)
  })

  test('a backup does not overwrite a file, and a restore nothing at all', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    await createFrontDesk(store)
    const path = join(place.location.folder, 'backup.jsonl')
    await store.backUp(path)
    await expect(store.backUp(path)).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(restoreStore(place.location, path)).rejects.toMatchObject({ code: 'conflict' })
    expect(await store.organizations.list()).toHaveLength(1)
  })

  test('a damaged backup restores nothing', async () => {
    await using place = await StorePlace.create(kind)
    await using target = await StorePlace.create(kind)
    const store = await place.open()
    await createFrontDesk(store)
    const path = join(place.location.folder, 'backup.jsonl')
    await store.backUp(path)
    const whole = await readFile(path, 'utf8')
    await appendFile(path, '["sessions",{"id":"s')
    await expect(restoreStore(target.location, path)).rejects.toMatchObject({ code: 'invalid' })
    const lines = whole.split('\n')
    for (const cutOff of [lines.slice(0, 1), lines.slice(0, 4), lines.slice(0, -2)]) {
      await writeFile(path, `${cutOff.join('\n')}\n`)
      await expect(restoreStore(target.location, path)).rejects.toThrow('the backup is cut off')
    }
    await writeFile(path, 'hello\n')
    await expect(restoreStore(target.location, path)).rejects.toThrow('this is no backup of Offhook')
    const empty = await openStore(target.location)
    expect(await empty.organizations.list()).toEqual([])
    await empty[Symbol.asyncDispose]()
  })
})

test('a backup for which there is no room fails, and leaves no file', async () => {
  await using place = await StorePlace.create('SQLite')
  const store = await place.open()
  await fill(store)
  const { folder } = place.location
  const [first, second] = ['first.jsonl', 'second.jsonl'].map((name) => join(folder, name)) as [string, string]
  await store.backUp(first)
  const { size } = await stat(first)
  const limited = async (bytes: number) => {
    const script = resolve('test/support/store-process.ts')
    // In blocks of 512 bytes.
    const ulimit = `ulimit -f ${Math.ceil(bytes / 512)} && exec "$0" "$@"`
    return (await execute('sh', ['-c', ulimit, process.execPath, script, 'back-up', folder])).stdout
  }
  expect(await limited(size - 10_000)).toBe('open\nEFBIG')
  expect(existsSync(second)).toBe(false)
  expect(await limited(size + 1000)).toBe('open\nmade')
  expect((await stat(second)).size).toBe(size)
})
