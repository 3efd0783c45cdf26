import { appendFile, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore, restoreStore, type Store } from '../src/store/store.ts'
import { createFrontDesk, type DatabaseKind, describeStores, StorePlace } from './support/stores.ts'

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
    await appendFile(path, '["sessions",{"id":"s')
    await expect(restoreStore(target.location, path)).rejects.toMatchObject({ code: 'invalid' })
    await writeFile(path, 'hello\n')
    await expect(restoreStore(target.location, path)).rejects.toThrow('this is no backup of Offhook')
    const empty = await openStore(target.location)
    expect(await empty.organizations.list()).toEqual([])
    await empty[Symbol.asyncDispose]()
  })
})
