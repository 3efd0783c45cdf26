import { expect, test } from 'vitest'
import type { Store } from '../src/store/store.ts'
import { leaveMessage } from './support/left-message.ts'
import { createFrontDesk, describeStores, StorePlace } from './support/stores.ts'

const url = 'https://example.test/hook'
const all = { limit: 100, except: [], leaseMs: 60_000 }

async function oneDelivery(store: Store) {
  const { id: organizationId } = await store.organizations.create({ verboseName: 'A' })
  const { endpoint } = await store.webhooks.create(organizationId, { url })
  await leaveMessage(store, organizationId)
  return { organizationId, endpointId: endpoint.id }
}

describeStores((kind) => {
  test('an event is queued for those of the organization that want it, once for each', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id, name } = await store.organizations.create({ verboseName: 'A' })
    const { id: other } = await store.organizations.create({ verboseName: 'B' })
    const everything = await store.webhooks.create(id, { url })
    const messages = await store.webhooks.create(id, { url, events: ['message.left'] })
    await store.webhooks.create(id, { url, events: ['session.ended'] })
    const off = await store.webhooks.create(id, { url })
    await store.webhooks.update(id, off.endpoint.id, { enabled: false })
    await store.webhooks.create(other, { url })
    const left = await leaveMessage(store, id)
    const due = await store.deliveries.claim(all)
    expect(due.map(({ endpointId }) => endpointId).toSorted()).toEqual(
      [everything.endpoint.id, messages.endpoint.id].toSorted(),
    )
    expect(JSON.parse(due[0]?.payload ?? '')).toMatchObject({
      event_type: 'message.left',
      org: name,
      created_at: new Date(place.clock.now()).toISOString(),
      data: { url: left },
    })
  })

  test('of two nodes one gets a delivery; when it dies, the other does after a while', async () => {
    await using place = await StorePlace.create(kind)
    const [one, two] = [await place.open(), await place.open()]
    const { organizationId } = await oneDelivery(one)
    const both = await Promise.all([one.deliveries.claim(all), two.deliveries.claim(all)])
    expect(both.flat()).toMatchObject([{ organizationId, attempt: 1 }])
    place.clock.advance(59_999)
    expect(await two.deliveries.claim(all)).toEqual([])
    place.clock.advance(1)
    expect(await two.deliveries.claim(all)).toMatchObject([{ organizationId, attempt: 2 }])
  })

  test('what failed comes again when it is due, and what was delivered does not', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, endpointId } = await oneDelivery(store)
    const [first] = await store.deliveries.claim(all)
    if (!first) throw new Error('nothing is due')
    const failedAt = place.clock.now()
    await store.deliveries.settle(first, { status: 500, error: 'HTTP 500', retryAt: failedAt + 1000 })
    expect(await store.webhooks.find(organizationId, endpointId)).toMatchObject({ failingSince: failedAt })
    expect(await store.deliveries.claim(all)).toEqual([])
    place.clock.advance(1000)
    expect(await store.deliveries.claim({ ...all, except: [organizationId] })).toEqual([])
    const [second] = await store.deliveries.claim(all)
    expect(second).toMatchObject({ id: first.id, attempt: 2, failingSince: failedAt })
    if (second) await store.deliveries.settle(second, { status: 204 })
    expect(await store.webhooks.find(organizationId, endpointId)).toMatchObject({ failingSince: null })
    expect(await store.deliveries.find(organizationId, endpointId, first.id)).toMatchObject({
      state: 'delivered',
      attempts: 2,
      nextAttemptAt: null,
      lastStatus: 204,
      lastError: null,
      deliveredAt: place.clock.now(),
    })
    place.clock.advance(1_000_000)
    expect(await store.deliveries.claim(all)).toEqual([])
    await store.deliveries.resend(organizationId, endpointId, first.id)
    expect(await store.deliveries.claim(all)).toMatchObject([{ id: first.id, attempt: 1 }])
  })

  test('an endpoint that is switched off gets nothing until it is switched on, and says why', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, endpointId } = await oneDelivery(store)
    const [delivery] = await store.deliveries.claim(all)
    const retryAt = place.clock.now() + 1000
    if (delivery) await store.deliveries.settle(delivery, { error: 'refused', retryAt, disable: 'it is gone' })
    place.clock.advance(1000)
    expect(await store.webhooks.find(organizationId, endpointId)).toMatchObject({
      enabled: false,
      disabledReason: 'it is gone',
    })
    expect(await store.deliveries.claim(all)).toEqual([])
    await leaveMessage(store, organizationId)
    const resend = store.deliveries.resend(organizationId, endpointId, delivery?.id ?? '')
    await expect(resend).rejects.toMatchObject({ code: 'conflict' })
    await expect(store.deliveries.queueTest(organizationId, endpointId)).rejects.toMatchObject({ code: 'conflict' })
    const on = await store.webhooks.update(organizationId, endpointId, { enabled: true })
    expect(on).toMatchObject({ enabled: true, disabledReason: null, failingSince: null })
    expect(await store.deliveries.claim(all)).toMatchObject([{ id: delivery?.id }])
  })

  test('a session tells when it begins and when it ends, and when its node was lost', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId, versionId } = await createFrontDesk(store)
    await store.webhooks.create(organizationId, { url, events: ['session.started', 'session.ended'] })
    const call = { id: 'c1', agentId, nodeId: 'n1', from: '+15550001', to: '+15550002', direction: 'inbound' } as const
    await store.calls.create(organizationId, call)
    const told = async () =>
      (await store.deliveries.claim(all)).map(({ payload }) => JSON.parse(payload) as Record<string, unknown>)

    const session = { agentId, versionId, nodeId: 'n1', transport: 'plivo' }
    const { id } = await store.sessions.create(organizationId, { ...session, callId: 'c1' })
    await store.sessions.started(organizationId, id, { botStartMs: 12.4, coldStart: true })
    const about = {
      session_id: id,
      service: 'front-desk',
      deployment_id: versionId,
      region: 'local',
      transport: 'plivo',
      call: { id: 'c1', from: '+15550001', to: '+15550002', direction: 'inbound' },
    }
    expect(await told()).toMatchObject([
      { event_type: 'session.started', data: { ...about, cold_start: true, bot_start_ms: 12 } },
    ])
    place.clock.advance(5000)
    const heard = { sentMs: 4000, heardMs: 3000, uncertaintyMs: 20 }
    await store.sessions.end(organizationId, id, { completionStatus: 'X', reason: 'caller-hung-up', heard })
    await store.sessions.end(organizationId, id, { completionStatus: 'Y', reason: 'again' })
    expect(await told()).toMatchObject([
      {
        event_type: 'session.ended',
        data: {
          ...about,
          reason: 'caller-hung-up',
          duration_ms: 5000,
          heard: { sent_ms: 4000, heard_ms: 3000, uncertainty_ms: 20 },
        },
      },
    ])

    const lost = await store.sessions.create(organizationId, session)
    await store.recover('n1')
    expect(await told()).toMatchObject([
      { event_type: 'session.ended', data: { session_id: lost.id, reason: 'node-lost', heard: null, call: null } },
    ])
  })

  test('a version tells when it serves, and when it does not come up; not when a node starts again', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId, versionId } = await createFrontDesk(store)
    await store.webhooks.create(organizationId, { url })
    for (const phase of ['validating', 'active', 'validating', 'active'] as const)
      await store.versions.setPhase(organizationId, versionId, { phase })
    const spec = { source: { type: 'image', image: 'x:2' }, webSocketAuth: 'token' } as const
    const { id } = await store.versions.create(organizationId, agentId, { spec })
    const failure = { phase: 'failed', errorCode: 'PCC_X', errorMessage: 'no such image' } as const
    await store.versions.setPhase(organizationId, id, failure)
    const told = (await store.deliveries.claim(all)).map(({ payload }) => JSON.parse(payload) as object)
    expect(told).toMatchObject([
      { event_type: 'deployment.active', data: { service: 'front-desk', deployment_id: versionId, version: 1 } },
      { event_type: 'deployment.updated', data: { service: 'front-desk', deployment_id: id, version: 2 } },
      {
        event_type: 'deployment.failed',
        data: { deployment_id: id, version: 2, error: { code: 'PCC_X', message: 'no such image' } },
      },
    ])
  })

  test('keys, secrets and deployments tell of themselves, if and only if they are changed', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open({ limits: { maxWarmInstances: 1 } })
    const { id } = await store.organizations.create({ verboseName: 'A' })
    await store.webhooks.create(id, { url })
    const told = async () => {
      const due = await store.deliveries.claim(all)
      return due.map(({ payload }) => (JSON.parse(payload) as { event_type: string }).event_type)
    }
    const [key] = await Promise.all(
      Array.from({ length: 5 }, () => store.keys.create(id, { type: 'private', name: 'a' })),
    )
    await expect(store.keys.create(id, { type: 'private', name: 'sixth' })).rejects.toThrow(/at most 5/)
    await store.keys.revoke(id, key?.record.id ?? '')
    await expect(store.keys.revoke(id, 'nobody')).rejects.toThrow('no such key')
    expect(await told()).toEqual([...Array.from({ length: 5 }, () => 'api_key.created'), 'api_key.revoked'])

    const region = 'local'
    await store.secrets.put(id, 'env', { region, values: { A: '1', B: '2' } })
    await store.secrets.put(id, 'env', { region, values: { A: '2' } })
    await expect(store.secrets.put(id, 'env', { region: 'moon', values: { A: '3' } })).rejects.toThrow('not in')
    await store.secrets.deleteKey(id, 'env', 'B')
    await store.secrets.deleteKey(id, 'env', 'B')
    await store.secrets.delete(id, 'env')
    await store.secrets.delete(id, 'env')
    expect(await told()).toEqual(['secret.created', 'secret.updated', 'secret.updated', 'secret.deleted'])

    const spec = { source: { type: 'image', image: 'x:2' }, webSocketAuth: 'token' } as const
    const wanted = { region, version: { spec } }
    const agent = await store.agents.create(id, { name: 'desk', ...wanted })
    await expect(store.agents.create(id, { name: 'desk', ...wanted })).rejects.toThrow('already')
    await expect(store.agents.create(id, { name: 'warm', minInstances: 2, ...wanted })).rejects.toThrow('ready in all')
    await store.versions.create(id, agent.id, { spec })
    await store.versions.rollBack(id, agent.id, agent.desiredVersionId ?? '')
    await store.agents.update(id, agent.id, { maxInstances: 3 })
    expect(await told()).toEqual(['deployment.created', 'deployment.updated', 'deployment.updated'])
  })

  test('an organization has at most ten webhooks, with a secret for each that can be changed', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const asked = await Promise.allSettled(Array.from({ length: 12 }, () => store.webhooks.create(id, { url })))
    const refused = asked.filter((answer) => answer.status === 'rejected')
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(['limit-reached', 'limit-reached'])
    const [endpoint] = await store.webhooks.list(id)
    const endpointId = endpoint?.id ?? ''
    const { current } = await store.webhooks.secrets(id, endpointId)
    expect(current).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const renewed = await store.webhooks.rotateSecret(id, endpointId)
    const until = place.clock.now() + 24 * 3_600_000
    expect(await store.webhooks.secrets(id, endpointId)).toEqual({
      current: renewed,
      previous: { secret: current, until },
    })
    await store.webhooks.delete(id, endpointId)
    await expect(store.webhooks.secrets(id, endpointId)).rejects.toMatchObject({ code: 'not-found' })
    expect(await store.webhooks.list(id)).toHaveLength(9)
  })

  test('deliveries go when their time is over', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open({ retention: { webhooksMs: 5000 } })
    const { organizationId, endpointId } = await oneDelivery(store)
    place.clock.advance(4000)
    await store.deliveries.queueTest(organizationId, endpointId)
    place.clock.advance(1001)
    const pruned = store.prune()
    const steps = setInterval(() => place.clock.advance(10), 1)
    expect(await pruned).toBe(1)
    clearInterval(steps)
    const { items, total } = await store.deliveries.list(organizationId, endpointId)
    expect([total, items.map(({ eventType }) => eventType)]).toEqual([1, ['webhook.test']])
  })
})
