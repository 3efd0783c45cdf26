import { expect, test } from 'vitest'
import type { VersionSpec } from '../src/store/store.ts'
import { createFrontDesk, describeStores, StorePlace } from './support/stores.ts'

const spec: VersionSpec = {
  source: { type: 'module', entry: 'bot.mjs' },
  webSocketAuth: 'token',
  maxSessionSeconds: 600,
}

describeStores((kind) => {
  test('an agent appears with its first version, and its name is taken until it is deleted', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId, versionId } = await createFrontDesk(store)
    const agent = await store.agents.find(organizationId, 'front-desk')
    expect(agent).toMatchObject({ id: agentId, minInstances: 0, maxInstances: 50, activeVersionId: null })
    expect(await store.versions.find(organizationId, versionId)).toMatchObject({
      number: 1,
      phase: 'creating',
      agentId,
    })
    const again = { name: 'front-desk', region: 'local', version: { spec } }
    await expect(store.agents.create(organizationId, again)).rejects.toMatchObject({ code: 'conflict' })
    expect((await store.agents.list(organizationId)).map(({ name }) => name)).toEqual(['front-desk'])
    expect(await store.agents.list(organizationId, { region: 'elsewhere' })).toEqual([])

    await store.agents.delete(organizationId, agentId)
    expect(await store.agents.find(organizationId, 'front-desk')).toBeUndefined()
    expect(await store.agents.findById(organizationId, agentId)).toBeUndefined()
    await expect(store.agents.delete(organizationId, agentId)).rejects.toMatchObject({ code: 'not-found' })
    await expect(store.versions.create(organizationId, agentId, { spec })).rejects.toMatchObject({ code: 'not-found' })
    expect((await store.agents.create(organizationId, again)).id).not.toBe(agentId)
  })

  test('files are kept of the latest 20 versions, and of the one that serves', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open({ limits: { maxFileBytes: 1000 } })
    const { id: organizationId } = await store.organizations.create({ verboseName: 'A' })
    const files = [{ path: 'bot.mjs', content: Buffer.from('0123456789') }]
    const { id } = await store.agents.create(organizationId, {
      name: 'desk',
      region: 'local',
      version: { spec, files },
    })
    for (let made = 1; made < 23; made++) {
      const { id: versionId } = await store.versions.create(organizationId, id, { spec, files })
      if (made === 1) await store.versions.setPhase(organizationId, versionId, { phase: 'active' })
    }
    const { items } = await store.versions.list(organizationId, id)
    const kept = await Promise.all(items.map((version) => store.versions.files(organizationId, version.id)))
    const numbers = items.filter((_, at) => kept[at]?.length === 1).map(({ number }) => number)
    expect(numbers).toEqual([...Array.from({ length: 20 }, (_, at) => 23 - at), 2])
    const back = (number: number) =>
      store.versions.rollBack(organizationId, id, items.find((version) => version.number === number)?.id ?? '')
    await expect(back(3)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('latest 20') })
    await expect(back(2)).resolves.toMatchObject({ id })
    await expect(back(4)).resolves.toMatchObject({ id })
  })

  test('many agents at once have no more files and no more warm instances than their organization may', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open({ limits: { maxFileBytes: 30, maxWarmInstances: 5 } })
    const { id: organizationId } = await store.organizations.create({ verboseName: 'A' })
    const files = [{ path: 'bot.mjs', content: Buffer.from('0123456789') }]
    const create = (name: string, more: object) =>
      store.agents.create(organizationId, { name, region: 'local', ...more })
    const outcomes = async (made: readonly Promise<unknown>[]) => {
      const settled = await Promise.allSettled(made)
      const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
      for (const reason of refused) expect(reason).toMatchObject({ code: 'limit-reached' })
      return made.length - refused.length
    }
    const names = ['one', 'two', 'three', 'four', 'five', 'six']
    expect(await outcomes(names.map((name) => create(name, { version: { spec, files } })))).toBe(3)
    expect(await outcomes(names.map((name) => create(`warm-${name}`, { minInstances: 2 })))).toBe(2)
  })

  test.each(['Front', 'a', 'a.b', '-a', 'a-', 'a'.repeat(55)])('an agent cannot be named "%s"', async (name) => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    await expect(store.agents.create(id, { name, region: 'local' })).rejects.toMatchObject({ code: 'invalid' })
  })

  test('a version is wanted as soon as it is made, and serves calls as soon as it is active', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId, versionId: first } = await createFrontDesk(store)
    await store.versions.setPhase(organizationId, first, { phase: 'active' })
    const second = await store.versions.create(organizationId, agentId, { spec, scaling: { maxInstances: 3 } })
    expect(second).toMatchObject({ number: 2, spec, phase: 'creating' })
    expect(await store.agents.findById(organizationId, agentId)).toMatchObject({
      desiredVersionId: second.id,
      activeVersionId: first,
      maxInstances: 3,
    })
    const error = { phase: 'failed', errorCode: 'PCC_UNKNOWN_ERROR', errorMessage: 'no such file' } as const
    expect(await store.versions.setPhase(organizationId, second.id, error)).toMatchObject(error)
    const agent = await store.versions.rollBack(organizationId, agentId, first)
    expect(agent).toMatchObject({ desiredVersionId: first, activeVersionId: first })
    const { items, total } = await store.versions.list(organizationId, agentId, { limit: 1 })
    expect([items.map(({ number }) => number), total]).toEqual([[2], 2])
    expect(await store.versions.latest(organizationId, agentId)).toMatchObject({ id: second.id })
  })

  test('an agent cannot go back to the version of another agent', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId } = await createFrontDesk(store)
    const other = await store.agents.create(organizationId, { name: 'other', region: 'local', version: { spec } })
    const back = store.versions.rollBack(organizationId, agentId, other.desiredVersionId ?? '')
    await expect(back).rejects.toMatchObject({ code: 'not-found' })
  })

  test('a version that cannot be written whole is not there at all', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId, versionId } = await createFrontDesk(store)
    const file = { path: 'bot.mjs', content: new Uint8Array([0, 1, 255]) }
    const broken = store.versions.create(organizationId, agentId, {
      spec,
      files: [file, file],
      scaling: { minInstances: 7 },
    })
    await expect(broken).rejects.toThrow()
    expect((await store.versions.list(organizationId, agentId)).total).toBe(1)
    expect(await store.agents.findById(organizationId, agentId)).toMatchObject({
      desiredVersionId: versionId,
      minInstances: 0,
    })
    const whole = await store.versions.create(organizationId, agentId, { spec, files: [file] })
    const files = await store.versions.files(organizationId, whole.id)
    expect(files.map(({ path, content }) => [path, [...content]])).toEqual([['bot.mjs', [0, 1, 255]]])
  })

  test('versions that are made at once get different numbers, and the last one is wanted', async () => {
    await using place = await StorePlace.create(kind)
    const [store, another] = [await place.open(), await place.open()]
    const { organizationId, agentId } = await createFrontDesk(store)
    await Promise.all(
      [store, another, store, another].map(({ versions }) => versions.create(organizationId, agentId, { spec })),
    )
    const { items } = await store.versions.list(organizationId, agentId)
    expect(items.map(({ number }) => number)).toEqual([5, 4, 3, 2, 1])
    const agent = await store.agents.findById(organizationId, agentId)
    expect(agent?.desiredVersionId).toBe(items[0]?.id)
  })

  test('a change of an agent touches what it names and nothing else', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId, versionId } = await createFrontDesk(store)
    const passedAlong = { minInstances: 2, organizationId: 'another', name: 'stolen' }
    const agent = await store.agents.update(organizationId, agentId, passedAlong)
    expect(agent).toMatchObject({ minInstances: 2, maxInstances: 50, name: 'front-desk', organizationId })
    expect(agent.desiredVersionId).toBe(versionId)
  })

  test('a build of the same context is found instead of made again', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const context = { region: 'local', contextHash: 'abc', dockerfilePath: 'Dockerfile' }
    const { build, cached } = await store.builds.create(id, { ...context, contextSizeBytes: 5 })
    expect([cached, build.status]).toEqual([false, 'pending'])
    const startedAt = place.clock.now()
    await store.builds.update(id, build.id, { status: 'building', startedAt })
    expect((await store.builds.create(id, context)).cached).toBe(false)
    const done = { status: 'success', imageUri: 'repo/x@sha256:1', completedAt: startedAt + 12_345 } as const
    expect(await store.builds.update(id, build.id, done)).toMatchObject({ ...done, buildDurationSeconds: 12 })
    expect(await store.builds.create(id, context)).toMatchObject({ cached: true, build: { id: build.id } })
    expect((await store.builds.create(id, { ...context, dockerfilePath: 'other' })).cached).toBe(false)
    const { items, total } = await store.builds.list(id, { status: 'success' })
    expect([items.map((item) => item.id), total]).toEqual([[build.id], 1])
    await store.builds.appendLog(id, build.id, ['one', 'two', 'three'])
    const logs = await store.builds.logs(id, build.id, { limit: 2, offset: 1 })
    expect([logs.items.map(({ text }) => text), logs.total]).toEqual([['two', 'three'], 3])
  })

  test('an upload is there until it expires', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const upload = await store.uploads.create(id, { region: 'local' })
    expect(upload.expiresAt).toBe(place.clock.now() + 15 * 60_000)
    const file = { contextHash: 'abc', sizeBytes: 5, path: '/uploads/abc' }
    expect(await store.uploads.complete(id, upload.id, file)).toMatchObject(file)
    place.clock.advance(15 * 60_000)
    expect(await store.uploads.find(id, upload.id)).toBeUndefined()
    await expect(store.uploads.complete(id, upload.id, file)).rejects.toMatchObject({ code: 'not-found' })
  })
})
