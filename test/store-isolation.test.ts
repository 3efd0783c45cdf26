import { expect, test } from 'vitest'
import { createFrontDesk, describeStores, StorePlace } from './support/stores.ts'

describeStores((kind) => {
  test('one organization neither sees nor changes what belongs to another', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId: mine, agentId, versionId } = await createFrontDesk(store)
    const { id: other } = await store.organizations.create({ verboseName: 'Other' })
    const session = await store.sessions.create(mine, { agentId, versionId, nodeId: 'n1', callId: 'c1' })
    const { record: key } = await store.keys.create(mine, { type: 'public', name: 'web' })
    await store.calls.create(mine, { id: 'c1', agentId, nodeId: 'n1' })
    const file = { callId: 'c1', carrierId: 'r1', url: 'https://m.test/r1.wav', format: 'wav', channels: 1 } as const
    const { recording } = await store.recordings.note(mine, { ...file, sessionId: session.id })
    const context = { region: 'local', contextHash: 'abc', dockerfilePath: 'Dockerfile' }
    const { build } = await store.builds.create(mine, context)
    await store.builds.appendLog(mine, build.id, ['one'])
    const upload = await store.uploads.create(mine, { region: 'local' })
    const expiresAt = place.clock.now() + 1000
    await store.placements.create(mine, { callId: 'c1', agentId, nodeId: 'n1', expiresAt })
    await store.secrets.put(mine, 's', { region: 'local', values: { A: '1' } })
    await store.properties.set(mine, 'p', '1')
    await store.strongbox.put(mine, 'x', 'hidden')
    const { endpoint } = await store.webhooks.create(mine, { url: 'https://example.test' })
    const delivery = await store.deliveries.queueTest(mine, endpoint.id)
    await store.audit.add(mine, { actorType: 'system', action: 'x' })
    store.logs.append({ organizationId: mine, agentId, sessionId: session.id, text: 'hello' })
    store.events.append({ organizationId: mine, sessionId: session.id, code: 'X' })
    await store.logs.flush()
    await store.events.flush()

    const found = [
      await store.agents.find(other, 'front-desk'),
      await store.agents.findById(other, agentId),
      await store.versions.find(other, versionId),
      await store.versions.latest(other, agentId),
      await store.sessions.find(other, session.id),
      await store.sessions.metrics(other, session.id),
      await store.calls.find(other, 'c1'),
      await store.recordings.find(other, recording.id),
      await store.builds.find(other, build.id),
      await store.uploads.find(other, upload.id),
      await store.placements.find(other, 'c1'),
      await store.secrets.find(other, 's'),
      await store.properties.find(other, 'p'),
      await store.strongbox.read(other, 'x'),
      await store.webhooks.find(other, endpoint.id),
      await store.deliveries.find(other, endpoint.id, delivery.id),
    ]
    expect(found).toEqual(found.map(() => undefined))
    const lists = [
      await store.versions.list(other, agentId),
      await store.sessions.list(other, { agentId }),
      await store.calls.list(other),
      await store.recordings.list(other),
      await store.builds.list(other),
      await store.builds.logs(other, build.id),
      await store.audit.list(other),
      await store.deliveries.list(other, endpoint.id),
      await store.events.list(other, session.id),
      await store.logs.list(other, { sessionId: session.id }),
    ]
    expect(lists.map(({ items, total }) => [items.length, total])).toEqual(lists.map(() => [0, 0]))
    expect(await store.sessions.countActive(other, agentId)).toBe(0)
    expect(await store.versions.files(other, versionId)).toEqual([])
    expect(await store.agents.list(other)).toEqual([])
    expect(await store.keys.list(other)).toEqual([])
    expect(await store.webhooks.list(other)).toEqual([])
    expect(await store.strongbox.delete(other, 'x')).toBe(false)
    expect(await store.placements.openStream(other, 'c1', 'x')).toBe(false)
    expect(await store.secrets.delete(other, 's')).toBe(false)
    expect(await store.secrets.deleteKey(other, 's', 'A')).toBe(false)

    const spec = { source: { type: 'url', url: 'wss://x.test' }, webSocketAuth: 'none' } as const
    const attempts = [
      () => store.agents.update(other, agentId, { minInstances: 9 }),
      () => store.agents.delete(other, agentId),
      () => store.versions.create(other, agentId, { spec }),
      () => store.versions.setPhase(other, versionId, { phase: 'failed' }),
      () => store.versions.rollBack(other, agentId, versionId),
      () => store.sessions.started(other, session.id, { botStartMs: 1, coldStart: true }),
      () => store.sessions.end(other, session.id, { completionStatus: '200', reason: 'x' }),
      () => store.sessions.setMetrics(other, session.id, {}),
      () => store.calls.end(other, 'c1'),
      () => store.recordings.delete(other, recording.id),
      () => store.builds.update(other, build.id, { status: 'failed' }),
      () => store.builds.appendLog(other, build.id, ['two']),
      () => store.uploads.complete(other, upload.id, { contextHash: 'x', sizeBytes: 1 }),
      () => store.placements.update(other, 'c1', { nodeId: 'n9' }),
      () => store.keys.revoke(other, key.id),
      () => store.secrets.reveal(other, 's'),
      () => store.webhooks.update(other, endpoint.id, { enabled: false }),
      () => store.webhooks.rotateSecret(other, endpoint.id),
      () => store.webhooks.secrets(other, endpoint.id),
      () => store.webhooks.delete(other, endpoint.id),
      () => store.deliveries.queueTest(other, endpoint.id),
      () => store.deliveries.resend(other, endpoint.id, delivery.id),
      () => store.secrets.setStatus(other, 's', 'failed'),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'not-found' })
    expect(await store.agents.findById(mine, agentId)).toMatchObject({ minInstances: 0, desiredVersionId: versionId })
  })
})
