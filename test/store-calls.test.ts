import { expect, test } from 'vitest'
import { createFrontDesk, describeStores, StorePlace } from './support/stores.ts'

const dayMs = 24 * 60 * 60 * 1000

describeStores((kind) => {
  test('a session is listed from its creation to its end', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, ...ids } = await createFrontDesk(store)
    const made = { ...ids, nodeId: 'n1', callId: 'c1', transport: 'websocket', region: 'local' }
    const session = await store.sessions.create(organizationId, made)
    expect(session).toMatchObject({ ...made, endedAt: null, coldStart: null, completionStatus: null })
    expect(session.id).toMatch(/^[\da-f]{8}-/)
    expect(await store.sessions.countActive(organizationId, ids.agentId)).toBe(1)
    place.clock.advance(1400)
    const started = await store.sessions.started(organizationId, session.id, {
      botStartMs: 1399.6,
      coldStart: true,
      instanceId: 'ins_1',
    })
    expect(started).toMatchObject({ botStartMs: 1400, coldStart: true, instanceId: 'ins_1' })
    const end = { completionStatus: 'WS_CONNECTION_CLOSED', reason: 'caller-hung-up', endState: 'completed' }
    const ended = await store.sessions.end(organizationId, session.id, end)
    expect(ended).toMatchObject({ endedAt: place.clock.now(), endReason: 'caller-hung-up', endState: 'completed' })
    place.clock.advance(1)
    const later = await store.sessions.end(organizationId, session.id, { completionStatus: '500', reason: 'late' })
    expect(later).toEqual(ended)
    expect(await store.sessions.countActive(organizationId)).toBe(0)
    await store.sessions.setMetrics(organizationId, session.id, { sampleCount: 2 })
    expect(await store.sessions.metrics(organizationId, session.id)).toEqual({ sampleCount: 2 })
    const unknown = store.sessions.end(organizationId, 'unknown', end)
    await expect(unknown).rejects.toMatchObject({ code: 'not-found' })
    const twice = store.sessions.create(organizationId, { ...made, id: session.id })
    await expect(twice).rejects.toMatchObject({ code: 'conflict' })
  })

  test('sessions can be found by what they were, in both orders and by page', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, ...ids } = await createFrontDesk(store)
    const start = place.clock.now()
    for (let index = 0; index < 6; index++) {
      const id = `session ${index}`
      await store.sessions.create(organizationId, { ...ids, id, nodeId: 'n1', callId: `c${index % 2}` })
      await store.sessions.started(organizationId, id, { botStartMs: index * 1000, coldStart: index === 0 })
      if (index < 4) await store.sessions.end(organizationId, id, { completionStatus: '200', reason: 'bot-returned' })
      place.clock.advance(1000)
    }
    const found = async (filter: Parameters<typeof store.sessions.list>[1]) => {
      const { items, total } = await store.sessions.list(organizationId, filter)
      return [items.map(({ id }) => id.slice(8)).join(''), total]
    }
    expect(await found({})).toEqual(['543210', 6])
    expect(await found({ order: 'asc', limit: 2, offset: 1 })).toEqual(['12', 6])
    expect(await found({ status: 'active' })).toEqual(['54', 2])
    expect(await found({ status: 'ended', callId: 'c1' })).toEqual(['31', 2])
    expect(await found({ startType: 'cold' })).toEqual(['0', 1])
    expect(await found({ botStartMsMin: 2000, botStartMsMax: 3000 })).toEqual(['32', 2])
    expect(await found({ startTime: start + 2000, endTime: start + 4000 })).toEqual(['32', 2])
    expect(await found({ versionId: 'another' })).toEqual(['', 0])
    expect(await found({ agentId: ids.agentId, endState: 'none' })).toEqual(['', 0])
  })

  test('calls can be found', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId } = await createFrontDesk(store)
    const call = { id: 'c1', agentId, from: '+1', to: '+2', direction: 'inbound', nodeId: 'n1' } as const
    await store.calls.create(organizationId, call)
    await expect(store.calls.create(organizationId, call)).rejects.toMatchObject({ code: 'conflict' })
    expect((await store.calls.list(organizationId, { live: true, agentId })).items).toMatchObject([call])
    const ended = await store.calls.end(organizationId, 'c1', { hangupCause: 'Normal Hangup', durationMs: 9 })
    expect(await store.calls.end(organizationId, 'c1')).toEqual(ended)
    place.clock.advance(1)
    expect(await store.calls.end(organizationId, 'c1', { hangupCause: 'late', durationMs: 7 })).toEqual(ended)
    expect((await store.calls.list(organizationId, { live: true })).total).toBe(0)
    expect(await store.calls.find(organizationId, 'c1')).toEqual(ended)
  })

  test('of a recording more is known with each note, and nothing is forgotten', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId } = await createFrontDesk(store)
    const facts = { sessionId: 's1', callId: 'c1', carrierId: 'r1', url: 'https://m.test/r1.wav', channels: 2 }
    const file = { ...facts, format: 'wav', startedAt: 5 } as const
    const { recording: begun, isOverNow } = await store.recordings.note(organizationId, file)
    expect([begun.durationMs, begun.path, isOverNow]).toEqual([null, null, false])
    const { recording: ended, ...over } = await store.recordings.note(organizationId, { ...file, durationMs: 9.4 })
    expect([ended, over]).toEqual([{ ...begun, durationMs: 9 }, { isOverNow: true }])
    const kept = { path: 'c1.wav', sizeBytes: 99 }
    const later = await store.recordings.note(organizationId, { ...file, sessionId: 's2', startedAt: 7, kept })
    expect(later).toEqual({ recording: { ...ended, ...kept }, isOverNow: false })
    const { id } = begun
    expect(await store.recordings.find(organizationId, id)).toEqual(later.recording)
    expect((await store.recordings.list(organizationId, { sessionId: 's1' })).total).toBe(1)
    expect((await store.recordings.list(organizationId, { callId: 'c2' })).total).toBe(0)
    // Ids are the carrier's: somebody else's account may have the same.
    const { id: other } = await store.organizations.create({ verboseName: 'Other' })
    await store.recordings.note(other, { ...file, durationMs: 1 })
    expect(await store.recordings.find(organizationId, id)).toEqual(later.recording)
    expect(await store.recordings.delete(organizationId, id)).toMatchObject({ path: 'c1.wav' })
    await expect(store.recordings.delete(organizationId, id)).rejects.toMatchObject({ code: 'not-found' })
  })

  test("a call's end ends its recordings that had none, each at its own limit", async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId } = await createFrontDesk(store)
    const note = async (carrierId: string, more: Partial<Parameters<typeof store.recordings.note>[1]> = {}) => {
      const file = { sessionId: 's1', callId: 'c1', carrierId, url: `https://m.test/${carrierId}`, channels: 1 }
      await store.recordings.note(organizationId, { ...file, format: 'mp3', startedAt: 1000, ...more })
    }
    await note('open')
    await note('short', { maxMs: 2000 })
    await note('ended', { durationMs: 7 })
    await note('of another call', { callId: 'c2' })
    const ended = await store.recordings.endWithCall(organizationId, 'c1', 9000)
    expect(Object.fromEntries(ended.map(({ carrierId, durationMs }) => [carrierId, durationMs]))).toEqual({
      open: 8000,
      short: 2000,
    })
    expect(await store.recordings.endWithCall(organizationId, 'c1', 9999)).toEqual([])
    const { items } = await store.recordings.list(organizationId)
    expect(Object.fromEntries(items.map(({ carrierId, durationMs }) => [carrierId, durationMs]))).toEqual({
      open: 8000,
      short: 2000,
      ended: 7,
      'of another call': null,
    })
  })

  test('a call goes on with its next session, and why it ended may be known later than that it did', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId } = await createFrontDesk(store)
    const call = { id: 'c1', agentId, from: '+1', nodeId: 'n1' }
    const begun = await store.calls.begin(organizationId, call)
    expect(begun).toMatchObject({ ...call, endedAt: null })
    const endedAt = place.clock.now()
    await store.calls.end(organizationId, 'c1', { hangupCause: 'node lost', endedAt })
    place.clock.advance(1000)
    const again = await store.calls.begin(organizationId, { id: 'c1', agentId, nodeId: 'n2' })
    expect(again).toEqual({ ...begun, nodeId: 'n2' })
    await store.calls.end(organizationId, 'c1', { endedAt })
    const known = await store.calls.end(organizationId, 'c1', { hangupCause: 'Normal Hangup', durationMs: 1999.6 })
    expect(known).toMatchObject({ endedAt, hangupCause: 'Normal Hangup', durationMs: 2000 })
    await expect(store.calls.end(organizationId, 'c2')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('log lines keep their order and their nanoseconds, and can be searched', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId, versionId } = await createFrontDesk(store)
    const atNs = BigInt(place.clock.now()) * 1_000_000n + 456_789n
    store.logs.append({ organizationId, agentId, versionId, sessionId: 's1', text: 'INFO | 100% Hello', atNs })
    place.clock.advance(1)
    for (let index = 0; index < 5; index++) store.logs.append({ organizationId, agentId, text: `line ${index}\0` })
    await store.logs.flush()
    const { items, total, totalIsExact } = await store.logs.list(organizationId, { order: 'asc', limit: 3 })
    expect(items.map(({ text }) => text)).toEqual(['INFO | 100% Hello', 'line 0', 'line 1'])
    expect([total, totalIsExact]).toEqual([6, true])
    expect(items[0]).toMatchObject({ timestamp: '2023-11-14T22:13:20.000456789Z', versionId, sessionId: 's1' })
    const texts = async (filter: Parameters<typeof store.logs.list>[1]) =>
      (await store.logs.list(organizationId, filter)).items.map(({ text }) => text)
    expect(await texts({ limit: 1 })).toEqual(['line 4'])
    expect(await texts({ query: '100% hELLO' })).toEqual(['INFO | 100% Hello'])
    expect(await texts({ query: '1%0' })).toEqual([])
    expect(await texts({ query: 'line _' })).toEqual([])
    expect(await texts({ sessionId: 's1' })).toHaveLength(1)
    expect(await texts({ versionId: 'another' })).toHaveLength(0)
    expect(await texts({ startTime: place.clock.now() })).toHaveLength(5)
    expect(await texts({ endTime: place.clock.now() })).toHaveLength(1)
  })

  test('log lines and events are written by themselves after a moment, and before the store closes', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId } = await createFrontDesk(store)
    store.logs.append({ organizationId, agentId, text: 'by itself' })
    store.events.append({ organizationId, sessionId: 's1', code: 'SESSION_START_INITIATED' })
    place.clock.advance(200)
    await expect.poll(async () => (await store.logs.list(organizationId)).total).toBe(1)
    store.events.append({ organizationId, sessionId: 's1', code: 'SESSION_COMPLETED', data: { reason: 'done' } })
    const at = place.clock.now()
    await store[Symbol.asyncDispose]()
    const again = await place.open()
    const { items, total } = await again.events.list(organizationId, 's1')
    expect(total).toBe(2)
    expect(items).toMatchObject([
      { code: 'SESSION_START_INITIATED', data: null },
      { code: 'SESSION_COMPLETED', at, data: { reason: 'done' } },
    ])
  })

  test('only one of many nodes opens a stream of a call, and the next one may when it has closed', async () => {
    await using place = await StorePlace.create(kind)
    const [store, another] = [await place.open(), await place.open()]
    const { organizationId, agentId } = await createFrontDesk(store)
    const expiresAt = place.clock.now() + 1000
    await store.placements.create(organizationId, { callId: 'c1', agentId, nodeId: 'n1', expiresAt })
    const opened = await Promise.all(
      ['a', 'b', 'c', 'd'].map((id, index) =>
        (index % 2 ? store : another).placements.openStream(organizationId, 'c1', id),
      ),
    )
    expect(opened.filter(Boolean)).toHaveLength(1)
    const live = (await store.placements.find(organizationId, 'c1'))?.liveStreamId ?? ''
    await store.placements.closeStream(organizationId, 'c1', 'not it')
    expect(await store.placements.openStream(organizationId, 'c1', 'e')).toBe(false)
    await store.placements.closeStream(organizationId, 'c1', live)
    expect(await store.placements.openStream(organizationId, 'c1', 'e')).toBe(true)
    await store.placements.closeStream(organizationId, 'c1', 'e')
    place.clock.advance(1000)
    expect(await store.placements.openStream(organizationId, 'c1', 'f')).toBe(false)
    expect(await store.placements.find(organizationId, 'c1')).toBeUndefined()
  })

  test('what is to become of a call survives its node', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId } = await createFrontDesk(store)
    const placed = { callId: 'c1', agentId, nodeId: 'n1', expiresAt: place.clock.now() + dayMs }
    await store.placements.create(organizationId, placed)
    await expect(store.placements.create(organizationId, placed)).rejects.toMatchObject({ code: 'conflict' })
    await store.placements.update(organizationId, 'c1', { state: { streamsOffered: 2 }, savedState: { step: 'menu' } })
    await store.placements.update(organizationId, 'c1', { nodeId: 'n2', sessionId: 's2' })
    const another = await place.open()
    expect(await another.placements.find(organizationId, 'c1')).toMatchObject({
      nodeId: 'n2',
      sessionId: 's2',
      state: { streamsOffered: 2 },
      savedState: { step: 'menu' },
    })
    await another.placements.delete(organizationId, 'c1')
    expect(await store.placements.find(organizationId, 'c1')).toBeUndefined()
    const gone = store.placements.update(organizationId, 'c1', { nodeId: 'n3' })
    await expect(gone).rejects.toMatchObject({ code: 'not-found' })
  })

  test('a credential that is good once is good once', async () => {
    await using place = await StorePlace.create(kind)
    const [store, another] = [await place.open(), await place.open()]
    const { organizationId } = await createFrontDesk(store)
    const uses = [store, another, store, another].map(({ placements }) =>
      placements.useOnce(organizationId, 'nonce', place.clock.now() + 1000),
    )
    expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1)
  })

  test('a node that starts again closes what it had open, and nothing of others', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId, versionId } = await createFrontDesk(store)
    const [mine, , others] = await Promise.all(
      ['n1', 'n1', 'n2'].map((nodeId) => store.sessions.create(organizationId, { agentId, versionId, nodeId })),
    )
    await store.calls.begin(organizationId, { id: 'c1', agentId, nodeId: 'n1' })
    await store.calls.begin(organizationId, { id: 'c2', agentId, nodeId: 'n2' })
    const expiresAt = place.clock.now() + dayMs
    await store.placements.create(organizationId, { callId: 'c1', agentId, nodeId: 'n1', expiresAt })
    await store.placements.openStream(organizationId, 'c1', 'a')
    expect(await store.recover('n1')).toBe(2)
    expect((await store.calls.list(organizationId, { live: false })).items).toMatchObject([
      { id: 'c1', endedAt: place.clock.now(), hangupCause: 'node lost' },
    ])
    expect(await store.recover('n1')).toBe(0)
    expect(await store.sessions.find(organizationId, mine?.id ?? '')).toMatchObject({
      endedAt: place.clock.now(),
      completionStatus: 'NODE_LOST',
      endReason: 'node-lost',
    })
    expect((await store.sessions.find(organizationId, others?.id ?? ''))?.endedAt).toBeNull()
    expect(await store.placements.openStream(organizationId, 'c1', 'b')).toBe(true)
  })

  test('what is older than its retention goes, and the rest stays', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open({ retention: { logsMs: dayMs, sessionsMs: 2 * dayMs, callsMs: 2 * dayMs } })
    const { organizationId, agentId, versionId } = await createFrontDesk(store)
    const write = async (name: string) => {
      for (let index = 0; index < 250; index++) store.logs.append({ organizationId, agentId, text: name })
      store.events.append({ organizationId, sessionId: name, code: 'X' })
      await store.logs.flush()
      await store.events.flush()
      await store.sessions.create(organizationId, { id: name, agentId, versionId, nodeId: 'n1' })
      await store.calls.create(organizationId, { id: name, agentId, nodeId: 'n1' })
      const file = { callId: name, carrierId: name, url: 'https://m.test/1', format: 'mp3', channels: 1 } as const
      await store.recordings.note(organizationId, { ...file, sessionId: name })
    }
    await write('old')
    await write('going on')
    await store.sessions.end(organizationId, 'old', { completionStatus: '200', reason: 'x' })
    await store.calls.end(organizationId, 'old')
    await store.placements.useOnce(organizationId, 'nonce', place.clock.now() + 1)
    place.clock.advance(2 * dayMs + 1)
    await write('new')
    const passes = store.prune()
    const advancing = setInterval(() => place.clock.advance(20), 1)
    await passes
    clearInterval(advancing)
    expect((await store.logs.list(organizationId)).total).toBe(250)
    const sessions = await store.sessions.list(organizationId)
    expect(sessions.items.map(({ id, completionStatus }) => [id, completionStatus])).toEqual([
      ['new', null],
      ['going on', 'NODE_LOST'],
    ])
    expect(await store.sessions.countActive(organizationId)).toBe(1)
    const calls = await store.calls.list(organizationId)
    expect(calls.items.map(({ id, endedAt }) => [id, endedAt === null])).toEqual([
      ['new', true],
      ['going on', false],
    ])
    expect((await store.recordings.list(organizationId)).items.map(({ carrierId }) => carrierId)).toEqual(['new'])
    expect((await store.events.list(organizationId, 'old')).total).toBe(0)
    expect((await store.events.list(organizationId, 'new')).total).toBe(1)
    expect(await store.placements.useOnce(organizationId, 'nonce', place.clock.now())).toBe(true)
  })

  test('a store deletes what is too old by itself', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open({ retention: { logsMs: dayMs } })
    const { organizationId, agentId } = await createFrontDesk(store)
    store.logs.append({ organizationId, agentId, text: 'old' })
    await store.logs.flush()
    place.clock.advance(dayMs - 60_000)
    expect((await store.logs.list(organizationId)).total).toBe(1)
    const left = async () => {
      place.clock.advance(10 * 60_000)
      return (await store.logs.list(organizationId)).total
    }
    await expect.poll(left).toBe(0)
  })
})
