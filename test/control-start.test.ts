import { afterAll, beforeAll, expect, test } from 'vitest'
import { ControlServer, type Tenant } from './support/control-server.ts'

let server: ControlServer
let tenant: Tenant

beforeAll(async () => {
  server = await ControlServer.start()
  tenant = await server.addTenant('ann@example.com')
  await deploy('front-desk')
})
afterAll(async () => server[Symbol.asyncDispose]())

const deploy = (serviceName: string, settings: object = {}) =>
  server.send(tenant.privateKey, 'POST', '/v1/agents', { serviceName, image: 'me/bot:1', ...settings })

const start = (agent: string, body?: unknown, key = tenant.publicKey) =>
  server.send(key, 'POST', `/v1/public/${agent}/start`, body)

test('an empty start gives the UUID of a session that runs', async () => {
  const { status, body } = await start('front-desk', {})
  expect(status).toBe(200)
  expect(Object.keys(body)).toEqual(['sessionId'])
  expect(body.sessionId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(await server.store.sessions.find(tenant.organization.id, body.sessionId)).toMatchObject({ endedAt: null })
})

test('a start without any body is a start', async () => {
  expect((await start('front-desk')).status).toBe(200)
})

test('what the command line and the Python SDK send starts a session with their data', async () => {
  expect((await start('front-desk', { createDailyRoom: false, body: { k: 1 } })).status).toBe(200)
  expect(server.runtime.started.at(-1)).toMatchObject({ agentName: 'front-desk', body: { k: 1 } })
})

test('a start for a WebSocket gives a token and an address, and starts no bot', async () => {
  const before = server.runtime.started.length
  const { status, body } = await start('front-desk', { transport: 'websocket', body: { caller: 'Zoë' } })
  expect(status).toBe(200)
  const serviceHost = `front-desk.${tenant.organization.name}`
  expect(body).toEqual({
    sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    token: expect.stringMatching(/^[\w-]+\.[\w-]+$/),
    wsUrl: `wss://voice.example.test/ws/generic/${serviceHost}`,
    body: Buffer.from('{"caller":"Zoë"}').toString('base64'),
  })
  expect(server.runtime.started.length).toBe(before)
  const [payload = ''] = body.token.split('.')
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
    sh: serviceHost,
    exp: expect.any(Number),
  })
  expect(await server.startTokens.redeem(body.token, serviceHost)).toMatchObject({
    value: { sessionId: body.sessionId },
  })
  expect(await server.startTokens.redeem(body.token, serviceHost)).toMatchObject({ ok: false })
})

test('a start for a WebSocket without data says nothing of a body', async () => {
  const { body } = await start('front-desk', { transport: 'websocket' })
  expect(Object.keys(body)).toEqual(['sessionId', 'token', 'wsUrl'])
})

test('a body above 1 MB, or above 4 KB for a WebSocket, is refused with 413 and starts nothing', async () => {
  const before = server.runtime.started.length
  const ofBytes = (bytes: number) => ({ text: 'x'.repeat(bytes - '{"text":""}'.length) })
  expect(await start('front-desk', { body: ofBytes(1024 * 1024 + 1) })).toMatchObject({ status: 413 })
  expect(await start('front-desk', { body: ofBytes(3 * 1024 * 1024) })).toMatchObject({ status: 413 })
  expect(await start('front-desk', { transport: 'websocket', body: ofBytes(4097) })).toMatchObject({ status: 413 })
  expect(server.runtime.started.length).toBe(before)
  expect(await start('front-desk', { body: ofBytes(1024 * 1024) })).toMatchObject({ status: 200 })
  expect(await start('front-desk', { transport: 'websocket', body: ofBytes(4096) })).toMatchObject({ status: 200 })
})

test('a WebSocket body for an agent without token mode is refused with 400', async () => {
  await deploy('open-door', { websocketAuth: 'none' })
  const refused = await start('open-door', { transport: 'websocket', body: { k: 1 } })
  expect(refused).toMatchObject({
    status: 400,
    body: { code: '400', error: expect.stringContaining('websocket_auth') },
  })
  expect(await start('open-door', { transport: 'websocket' })).toMatchObject({ status: 200 })
})

test('what a failed version says of tokens does not count: the one before still serves', async () => {
  await deploy('kept')
  const failing = { image: 'me/broken:2', websocketAuth: 'none' }
  await server.send(tenant.privateKey, 'POST', '/v1/agents/kept', failing)
  expect(await start('kept', { transport: 'websocket', body: { k: 1 } })).toMatchObject({ status: 200 })
})

test('an agent with as many sessions as it may have answers 429 in words that the SDK reads', async () => {
  await deploy('small', { autoScaling: { minAgents: 0, maxAgents: 1 } })
  expect(await start('small', {})).toMatchObject({ status: 200 })
  const message = 'Rate limit exceeded. Please try again later'
  expect(await start('small', {})).toMatchObject({
    status: 429,
    body: { status: 429, code: '429', message, error: message },
  })
})

test('an agent that never came up answers 400 with PCC-1001', async () => {
  await deploy('never', { image: 'me/broken:1' })
  expect(await start('never', {})).toMatchObject({ status: 400, body: { code: 'PCC-1001', error: expect.any(String) } })
})

test('an unknown agent answers 404 with the code "404"', async () => {
  expect(await start('nobody', {})).toMatchObject({ status: 404, body: { code: '404', error: expect.any(String) } })
})

test.each([
  ['a private key', () => tenant.privateKey],
  ['a personal access token', () => tenant.token],
  ['an unknown key', () => 'pk_unknown'],
])('%s does not start a session: 401', async (_, credential) => {
  expect(await start('front-desk', {}, credential())).toMatchObject({ status: 401, body: { code: '401' } })
})

test.each([
  ['{"createDailyRoom":', 'no JSON'],
  ['[]', 'The request'],
  [{ transport: 'pigeon' }, 'transport'],
  [{ body: [1] }, 'body'],
  [{ body: 'text' }, 'body'],
  [{ createDailyRoom: true }, 'Daily'],
  [{ transport: 'daily' }, 'Daily'],
  [{ transport: 'webrtc' }, 'WebRTC'],
])('a start with %j is refused with 400 that speaks of %s', async (body, text) => {
  const refused = await start('front-desk', body)
  expect(refused).toMatchObject({ status: 400, body: { code: '400', error: expect.stringContaining(text) } })
})

test('a deleted agent answers new starts with 404, and its sessions go on', async () => {
  await deploy('closing')
  const { body } = await start('closing', {})
  expect(await server.send(tenant.privateKey, 'DELETE', '/v1/agents/closing')).toMatchObject({ status: 200 })
  expect(await start('closing', {})).toMatchObject({ status: 404 })
  const session = await server.store.sessions.find(tenant.organization.id, body.sessionId)
  expect(session).toMatchObject({ endedAt: null })
})
