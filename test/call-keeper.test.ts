import { expect, test } from 'vitest'
import { mulaw8k } from '../src/audio/format.ts'
import { silentLog } from '../src/lib/log.ts'
import { AgentIds } from '../src/platform/agent-ids.ts'
import { CallKeeper } from '../src/platform/call-keeper.ts'
import { PatientWrites } from '../src/platform/patient-writes.ts'
import type { Resumption } from '../src/sdk/protocol.ts'
import type { WatchedSession } from '../src/sessions/session-watcher.ts'
import type { Ending } from '../src/sessions/session-state.ts'
import { PoolBench } from './support/pool-bench.ts'
import { createFrontDesk, describeStores, type DatabaseKind, StorePlace } from './support/stores.ts'

const minuteMs = 60_000
const facts = { callId: 'c1', from: '14155550100', to: '14155550199', body: { tier: 'gold' } }
const ended = (reason: Ending['reason']): Ending => ({ reason, detail: '' })

const memoryOf = (state: unknown, count = 1): Resumption => ({
  reason: 'node-lost',
  count,
  state,
  utterances: 60,
  heard: Array.from({ length: 60 }, (_, n) => ({
    utterance: n + 1,
    kind: 'play',
    startedAtMs: n * 1000,
    totalMs: 900,
    heardMs: 900,
    uncertaintyMs: 0,
  })),
})

/** One keeper for each life of a node, on one store. */
async function openKeepers(kind: DatabaseKind) {
  const place = await StorePlace.create(kind)
  const store = await place.open()
  const ids = new AgentIds()
  const pool = new PoolBench().createPool()
  const agent = { organization: 'acme', name: 'desk', webSocketAuth: 'token', audio: mulaw8k, pool } as const
  ids.set(agent, await createFrontDesk(store))
  const { clock } = place
  const patience = new PatientWrites({ clock, log: silentLog })
  const keeper = (nodeId = 'n1') => new CallKeeper({ store, ids, nodeId, patience, clock, log: silentLog })
  const session = (id = 's1', call = facts): WatchedSession => ({
    id,
    call,
    transport: 'plivo',
    agent,
    version: undefined,
    ledger: [],
  })
  return { store, clock, agent, ids, keeper, session, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() }
}

describeStores((kind) => {
  test('what a call knew last outlives the node: the next node of that name finds it, and nobody else', async () => {
    await using place = await openKeepers(kind)
    const { agent, ids, keeper, session } = place
    const before = keeper()
    before.onOpened(session())
    for (let n = 0; n <= 20; n++) before.onRemembered(session(), memoryOf({ step: n, said: 'grüezi' }))
    await before.settled()

    const kept = await keeper().find('c1', agent)
    expect(kept).toMatchObject({ facts, resumed: { count: 1, state: { step: 20, said: 'grüezi' }, utterances: 60 } })
    expect(kept?.resumed?.heard.map(({ utterance }) => utterance)).toEqual(Array.from({ length: 50 }, (_, n) => n + 11))
    expect(await keeper('n2').find('c1', agent)).toBeUndefined()
    expect(await keeper().find('c2', agent)).toBeUndefined()
    const colleague = { ...agent, name: 'other' }
    expect(await keeper().find('c1', colleague)).toBeUndefined()
    const { organizationId } = ids.of(agent) ?? { organizationId: '' }
    ids.set(colleague, { organizationId, agentId: 'another' })
    expect(await keeper().find('c1', colleague)).toBeUndefined()
  })

  test('a call that no bot had taken is found without a memory', async () => {
    await using place = await openKeepers(kind)
    const before = place.keeper()
    before.onOpened(place.session())
    await before.settled()
    expect(await place.keeper().find('c1', place.agent)).toEqual({ facts })
  })

  test('nothing is kept of a call that is over, nor for long of one that lost its stream', async () => {
    await using place = await openKeepers(kind)
    const { agent, keeper, session, clock } = place
    const node = keeper()
    const find = async () => {
      await node.settled()
      return node.find('c1', agent)
    }
    node.onOpened(session('s1'))
    node.onEnded(session('s1'), ended('stream-lost'))
    expect(await find()).toBeDefined()
    // The stream came back: what the session before says now means nothing.
    node.onOpened(session('s2'))
    node.onRemembered(session('s1'), memoryOf('old'))
    node.onEnded(session('s1'), ended('caller-hung-up'))
    clock.advance(10 * minuteMs)
    expect(await find()).toEqual({ facts })
    node.onEnded(session('s2'), ended('stream-lost'))
    await node.settled()
    clock.advance(2 * minuteMs)
    expect(await find()).toBeUndefined()
    node.onOpened(session('s3'))
    node.onRemembered(session('s3'), memoryOf('secret'))
    node.onEnded(session('s3'), ended('bot-returned'))
    expect(await find()).toBeUndefined()
  })

  test('a call that the node had when it died is let go ten minutes after the node came back', async () => {
    await using place = await openKeepers(kind)
    const { agent, keeper, session, clock, store } = place
    const before = keeper()
    before.onOpened(session())
    await before.settled()
    clock.advance(60 * minuteMs)
    await store.recover('n1')
    expect(await keeper().find('c1', agent)).toBeDefined()
    clock.advance(10 * minuteMs)
    expect(await keeper().find('c1', agent)).toBeUndefined()
  })

  test('a call whose caller did not wait is over, in its record too; an agent ends none but its own', async () => {
    await using place = await openKeepers(kind)
    const { agent, ids, keeper, session, store } = place
    const before = keeper()
    before.onOpened(session())
    await before.settled()
    const { organizationId = '', agentId = '' } = ids.of(agent) ?? {}
    await store.calls.create(organizationId, { id: 'c1', agentId, nodeId: 'n1' })
    await store.recover('n1')
    place.clock.advance(minuteMs)
    const after = keeper()
    const stranger = { ...agent, name: 'stranger' }
    ids.set(stranger, { organizationId: 'theirs', agentId: 'theirs' })
    for (const other of [stranger, { ...agent, name: 'nobody' }]) {
      after.end('c1', { cause: 'NORMAL_CLEARING' }, [other])
      await after.settled()
      expect(await after.find('c1', agent)).toBeDefined()
    }
    expect(await store.calls.find(organizationId, 'c1')).toMatchObject({ hangupCause: 'node lost', durationMs: null })
    const [organization = ''] = await after.organizationsOf('c1')
    after.end('c1', { cause: 'NORMAL_CLEARING', durationMs: 9000 }, [{ organization: 'nobody' }, { organization }])
    await after.settled()
    expect(await after.find('c1', agent)).toBeUndefined()
    const record = { endedAt: place.clock.now(), hangupCause: 'NORMAL_CLEARING', durationMs: 9000 }
    expect(await store.calls.find(organizationId, 'c1')).toMatchObject(record)
  })

  test('whose call it is, or was, on whichever node, is told of all who have it on record', async () => {
    await using place = await openKeepers(kind)
    const { ids, agent, keeper, store } = place
    const { organizationId = '' } = ids.of(agent) ?? {}
    const owner = await store.organizations.find(organizationId)
    const forger = await store.organizations.create({ verboseName: 'Forger' })
    await store.calls.create(organizationId, { id: 'c1', nodeId: 'n2' })
    await store.calls.create(forger.id, { id: 'c1', nodeId: 'n1' })
    await store.calls.create(forger.id, { id: 'c2', nodeId: 'n1' })
    expect(new Set(await keeper().organizationsOf('c1'))).toEqual(new Set([owner?.name, forger.name]))
    expect(await keeper().organizationsOf('c2')).toEqual([forger.name])
    expect(await keeper().organizationsOf('c3')).toEqual([])
  })

  test('a call that was taken over again and again is let go', async () => {
    await using place = await openKeepers(kind)
    const before = place.keeper()
    before.onOpened(place.session())
    before.onRemembered(place.session(), memoryOf('x', 6))
    await before.settled()
    expect(await place.keeper().find('c1', place.agent)).toBeUndefined()
  })

  test('a stream that no webhook told of is not kept: nobody asks for it', async () => {
    await using place = await openKeepers(kind)
    const node = place.keeper()
    const call = { ...place.session(), call: { callId: 'c1' } }
    node.onOpened(call)
    node.onRemembered(call, memoryOf('x'))
    node.onEnded(call, ended('caller-hung-up'))
    await node.settled()
    expect(await node.find('c1', place.agent)).toBeUndefined()
  })
})
