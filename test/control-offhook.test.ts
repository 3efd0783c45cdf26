import { afterAll, beforeAll, expect, test } from 'vitest'
import { ManualClock } from '../src/lib/manual-clock.ts'
import { ControlServer, type Tenant } from './support/control-server.ts'
import { patience } from './support/patience.ts'

// What only Offhook has: below /v1/offhook.

let server: ControlServer
let tenant: Tenant
let base: string

beforeAll(async () => {
  server = await ControlServer.start()
  tenant = await server.addTenant('ann@example.com')
  base = `/v1/offhook/organizations/${tenant.organization.name}`
  await server.send(tenant.privateKey, 'POST', '/v1/agents', { serviceName: 'desk', image: 'me/bot:1' })
})
afterAll(async () => server[Symbol.asyncDispose]())

const send = (method: string, path: string, body?: unknown, credential = tenant.token) =>
  server.send(credential, method, `${base}${path}`, body)

test('live calls are listed for a token and for a private key, and for no public key', async () => {
  const call = {
    callId: 'c-1',
    sessionId: 's-1',
    agentName: 'desk',
    to: undefined,
    direction: 'inbound',
    state: 'talking',
  } as const
  server.runtime.calls.set(tenant.organization.id, [{ ...call, from: '+15550001', startedAt: 0 }])
  for (const credential of [tenant.token, tenant.privateKey]) {
    const { status, body } = await send('GET', '/calls', undefined, credential)
    expect(status).toBe(200)
    const { agentName: agent, ...others } = call
    expect(body.calls).toEqual([
      { ...others, agent, from: '+15550001', to: null, startedAt: '1970-01-01T00:00:00.000Z' },
    ])
  }
  const refused = await send('GET', '/calls', undefined, tenant.publicKey)
  expect(refused).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } })
})

test('events come as they happen, those of the organization only, until the client leaves', async () => {
  const controller = new AbortController()
  const headers = { authorization: `Bearer ${tenant.token}` }
  const response = await fetch(`${server.url}${base}/events`, { headers, signal: controller.signal })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const chunks = response.body?.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  let text = ''
  const readUntil = async (wanted: string) => {
    while (!text.includes(wanted)) text += (await chunks?.next())?.value ?? ''
  }
  await readUntil(': connected')
  await expect.poll(() => server.runtime.listeners, patience).toBe(1)
  server.runtime.emit('another organization', { type: 'session.started', at: 0, data: { sessionId: 'foreign' } })
  server.runtime.emit(tenant.organization.id, { type: 'session.started', at: 0, data: { sessionId: 's-1' } })
  await readUntil('\n\nevent')
  await readUntil('}\n')
  expect(text).toContain('event: session.started\n')
  const data: unknown = JSON.parse(/data: (.*)\n/.exec(text)?.[1] ?? '')
  expect(data).toEqual({ type: 'session.started', at: '1970-01-01T00:00:00.000Z', data: { sessionId: 's-1' } })
  expect(text).not.toContain('foreign')
  controller.abort()
  await expect.poll(() => server.runtime.listeners, patience).toBe(0)
})

test('events show that the connection lives, and end after a while so that the credential is looked at again', async () => {
  const clock = new ManualClock()
  await using other = await ControlServer.start({ clock })
  const { organization, token } = await other.addTenant('ann@example.com')
  const path = `/v1/offhook/organizations/${organization.name}/events`
  const response = await fetch(`${other.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
  await expect.poll(() => other.runtime.listeners, patience).toBe(1)
  clock.advance(15_000)
  clock.advance(15_000)
  clock.advance(15 * 60_000)
  // The stream has an end, or this would wait for ever.
  expect((await response.text()).match(/: alive/g)?.length).toBeGreaterThan(1)
  expect([other.runtime.listeners, clock.pending]).toEqual([0, 0])
})

test('an agent goes back to the version before, or to a named one', async () => {
  const image = async () => (await send('GET', '/agents/desk/versions')).body
  await server.send(tenant.privateKey, 'POST', '/v1/agents/desk', { image: 'me/bot:2' })
  await server.send(tenant.privateKey, 'POST', '/v1/agents/desk', { image: 'me/bot:3' })
  const { versions, total } = await image()
  expect(total).toBe(3)
  expect(versions).toMatchObject([
    { number: 3, source: 'image me/bot:3', desired: true, active: true, phase: 'active', error: null },
    { number: 2, source: 'image me/bot:2', desired: false, active: false },
    { number: 1, source: 'image me/bot:1', desired: false },
  ])
  const back = await send('POST', '/agents/desk/rollback', {})
  expect(back).toMatchObject({ status: 200, body: { desiredDeploymentId: versions[1].id } })
  expect(server.runtime.deployments.at(-1)).toBe(versions[1].id)
  const first = await send('POST', '/agents/desk/rollback', { versionId: versions[2].id })
  expect(first.body.deployment.manifest.spec.image).toBe('me/bot:1')
  expect(await send('POST', '/agents/desk/rollback', {})).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
  expect(await send('POST', '/agents/desk/rollback', { versionId: 'nope' })).toMatchObject({ status: 404 })
})

test('the ledger of a session has its entries in the order in which they happened', async () => {
  const { id: organizationId } = tenant.organization
  const { sessionId } = (await server.send(tenant.publicKey, 'POST', '/v1/public/desk/start', {})).body
  server.store.events.append({
    organizationId,
    sessionId,
    code: 'utterance.heard',
    data: { heardMs: 1200, ofMs: 2000 },
  })
  server.store.events.append({ organizationId, sessionId, code: 'session.ended' })
  await server.store.events.flush()
  const { status, body } = await send('GET', `/sessions/${sessionId}/ledger`)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    sessionId,
    total: 2,
    entries: [
      { code: 'utterance.heard', at: expect.stringMatching(/Z$/), data: { heardMs: 1200, ofMs: 2000 } },
      { code: 'session.ended', data: {} },
    ],
  })
  expect((await send('GET', `/sessions/${sessionId}/ledger?limit=1&offset=1`)).body.entries).toHaveLength(1)
})

test('recordings are listed by session, and do not say where they lie', async () => {
  const { id } = tenant.organization
  const { sessionId } = (await server.send(tenant.publicKey, 'POST', '/v1/public/desk/start', {})).body
  const sound = { callId: 'c-1', url: 'https://media.test/r-1.wav', format: 'wav', channels: 2, startedAt: 0 } as const
  const kept = { path: 'place.wav', sizeBytes: 44 }
  const facts = { sessionId, ...sound, carrierId: 'r-1', durationMs: 900, kept }
  const { recording } = await server.store.recordings.note(id, facts)
  const recordingId = recording.id
  const seen = { recordingId: 'r-1', durationMs: 900, kept: true, sizeBytes: 44 }
  const wanted = { id: recordingId, sessionId, ...sound, ...seen, startedAt: '1970-01-01T00:00:00.000Z' }
  const list = await send('GET', `/recordings?sessionId=${sessionId}`)
  expect(list.body).toEqual({ total: 1, recordings: [wanted] })
  expect((await send('GET', `/recordings/${recordingId}`)).body).toEqual(wanted)
  expect(list.text).not.toContain('place.wav')
  expect(await send('GET', '/recordings/nope')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
  // The copy is another node's.
  const elsewhere = await send('GET', `/recordings/${recordingId}/audio`)
  expect(elsewhere).toMatchObject({ status: 404, body: { error: expect.stringContaining(sound.url) as string } })
})

test('keys of both kinds are made, listed, private ones without the key, and revoked', async () => {
  for (const type of ['public', 'private']) {
    const made = await send('POST', '/keys', { name: `ci ${type}`, type })
    expect(made).toMatchObject({
      status: 201,
      body: { type, name: `ci ${type}`, revokedAt: null, key: expect.any(String) },
    })
    const list = await send('GET', `/keys?type=${type}`)
    const shown = type === 'public' ? expect(list.text) : expect(list.text).not
    shown.toContain(made.body.key)
    expect(list.body.keys.map(({ name }: { name: string }) => name)).toContain(`ci ${type}`)
    const path = type === 'public' ? '/v1/public/desk/start' : '/v1/agents'
    const use = () => server.send(made.body.key, type === 'public' ? 'POST' : 'GET', path)
    expect(await use()).toMatchObject({ status: 200 })
    expect(await send('DELETE', `/keys/${made.body.id}`)).toMatchObject({ status: 200 })
    expect(await use()).toMatchObject({ status: 401 })
  }
  expect(await send('DELETE', '/keys/nope')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
})

test('a private key makes no other key', async () => {
  const refused = await send('POST', '/keys', { name: 'x', type: 'private' }, tenant.privateKey)
  expect(refused).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
})

test('tokens are made, shown once, listed and revoked by their user', async () => {
  const asUser = (method: string, path: string, body?: unknown) =>
    server.send(tenant.token, method, `/v1/offhook/tokens${path}`, body)
  const made = await asUser('POST', '', { name: 'laptop', expiresInDays: 30 })
  expect(made).toMatchObject({ status: 201, body: { token: expect.stringMatching(/^pcc_pat_/), name: 'laptop' } })
  expect(Date.parse(made.body.expiresAt) - Date.parse(made.body.createdAt)).toBeCloseTo(30 * 86_400_000, -4)
  const list = await asUser('GET', '')
  expect(list.text).not.toContain(made.body.token)
  expect(list.body.tokens).toContainEqual(expect.objectContaining({ id: made.body.id, name: 'laptop' }))
  const use = () => server.send(made.body.token, 'GET', '/v1/users')
  expect(await use()).toMatchObject({ status: 200 })
  expect(await asUser('DELETE', `/${made.body.id}`)).toMatchObject({ status: 200 })
  expect(await use()).toMatchObject({ status: 401 })
  expect(await server.send(tenant.privateKey, 'GET', '/v1/offhook/tokens')).toMatchObject({ status: 401 })
})

test('what was done and by whom is in the audit log', async () => {
  const { items } = await server.store.audit.list(tenant.organization.id, {})
  const actions = new Set(items.map(({ action }) => action))
  for (const action of ['agent.create', 'agent.deploy', 'agent.rollback', 'key.create', 'key.revoke']) {
    expect(actions).toContain(action)
  }
  expect(items.find(({ action }) => action === 'agent.rollback')).toMatchObject({
    actorType: 'user',
    actorId: tenant.userId,
  })
})

test('calls are listed, those that are over among them, and each with its sessions', async () => {
  const { id } = tenant.organization
  const { id: agentId } = (await server.store.agents.find(id, 'desk')) ?? { id: '' }
  const { sessionId } = (await server.send(tenant.publicKey, 'POST', '/v1/public/desk/start', {})).body
  const { versionId } = (await server.store.sessions.find(id, sessionId)) ?? { versionId: '' }
  await server.store.calls.create(id, { id: 'c-live', agentId, from: '+1', direction: 'inbound', nodeId: 'n' })
  await server.store.calls.create(id, { id: 'c-over', nodeId: 'n' })
  await server.store.calls.end(id, 'c-over', { hangupCause: 'Normal Hangup', durationMs: 4000 })
  await server.store.sessions.create(id, { agentId, versionId, nodeId: 'n', callId: 'c-live', id: 'of-call' })
  await server.store.sessions.end(id, 'of-call', { completionStatus: '200', reason: 'stopped' })
  const over = {
    callId: 'c-over',
    agent: null,
    from: null,
    to: null,
    direction: null,
    startedAt: expect.stringMatching(/Z$/) as string,
    endedAt: expect.stringMatching(/Z$/) as string,
    durationMs: 4000,
    hangupCause: 'Normal Hangup',
    overflow: null,
    overflowOutcome: null,
  }
  expect((await send('GET', '/call-records?status=over')).body).toEqual({ calls: [over], total: 1 })
  const live = { callId: 'c-live', agent: 'desk', from: '+1', direction: 'inbound', endedAt: null, hangupCause: null }
  expect((await send('GET', '/call-records?agent=desk')).body).toMatchObject({ calls: [live], total: 1 })
  expect((await send('GET', '/call-records?startTime=9999999999')).body.total).toBe(0)
  expect((await send('GET', '/call-records/c-live')).body).toMatchObject({
    ...live,
    sessions: [{ sessionId: 'of-call', reason: 'stopped' }],
  })
  expect((await send('GET', '/call-records/c-none')).status).toBe(404)
  expect((await send('GET', '/call-records?agent=none')).status).toBe(404)
  const stranger = await server.addTenant('eve@example.com')
  const theirs = `/v1/offhook/organizations/${stranger.organization.name}/call-records/c-live`
  expect((await server.send(stranger.token, 'GET', theirs)).status).toBe(404)
})
