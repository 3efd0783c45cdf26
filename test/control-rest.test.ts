import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ControlServer, type Tenant } from './support/control-server.ts'
import * as rest from './support/rest-answers.ts'

// The documented API with a private key, with a runtime that runs nothing.

let server: ControlServer
let tenant: Tenant

beforeAll(async () => {
  server = await ControlServer.start()
  tenant = await server.addTenant('ann@example.com')
  await send('PUT', '/secrets/env', { secrets: [{ secretKey: 'A', secretValue: '1' }] })
})
afterAll(async () => server[Symbol.asyncDispose]())

const send = (method: string, path: string, body?: unknown) =>
  server.send(tenant.privateKey, method, `/v1${path}`, body)
const create = (serviceName: string, settings: object = {}) =>
  send('POST', '/agents', { serviceName, image: 'me/bot:1', ...settings })
const start = async (agent: string): Promise<string> =>
  (await server.send(tenant.publicKey, 'POST', `/v1/public/${agent}/start`, {})).body.sessionId

test('creating, reading and changing an agent answers with plain details', async () => {
  const created = await create('desk')
  expect(created).toMatchObject({ status: 200, body: { name: 'desk', ready: true, autoScaling: { maxReplicas: 50 } } })
  expect(await send('GET', '/agents/desk')).toMatchObject({ status: 200, body: { name: 'desk', available: true } })
  const updated = await send('POST', '/agents/desk', { image: 'me/bot:2', agentProfile: 'agent-2x' })
  expect(updated).toMatchObject({
    status: 200,
    body: {
      agentProfile: 'agent-2x',
      deployment: { manifest: { spec: { image: 'me/bot:2', resources: { cpu: '1000m' } } } },
    },
  })
  expect(updated.body.desiredDeploymentId).not.toBe(created.body.desiredDeploymentId)
})

test('of agents that are made at once under one name there is one, and the others are told', async () => {
  const made = await Promise.all(Array.from({ length: 20 }, () => create('single')))
  const refused = made.filter(({ status }) => status !== 200)
  const error = expect.stringMatching(/^serviceName: there is an agent "single" already/) as string
  expect(refused).toEqual(Array.from({ length: 19 }, () => expect.objectContaining({ status: 400 }) as unknown))
  expect(refused).toMatchObject(Array.from({ length: 19 }, () => ({ body: { error } })))
})

test('changes at the same time are all made', async () => {
  await create('busy')
  const changes = [
    { image: 'me/bot:2' },
    { agentProfile: 'agent-2x' },
    { maxSessionDuration: 900 },
    { secretSet: 'env' },
  ]
  const scalings = [{ autoScaling: { minAgents: 1 } }, { autoScaling: { maxAgents: 7 } }]
  const made = await Promise.all([...changes, ...scalings].map((change) => send('POST', '/agents/busy', change)))
  expect(made.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
  const spec = { image: 'me/bot:2', maxSessionDurationSeconds: 900, envFromSecretNames: ['env'] }
  expect((await send('GET', '/agents/busy')).body).toMatchObject({
    agentProfile: 'agent-2x',
    autoScaling: { minReplicas: 1, maxReplicas: 7 },
    deployment: { manifest: { spec } },
  })
})

test('a partial update leaves everything else as it was', async () => {
  await create('partial', {
    maxSessionDuration: 900,
    instanceUses: 3,
    krispViva: { audioFilter: 'pro' },
    autoScaling: { minAgents: 1, maxAgents: 4 },
  })
  const { body } = await send('POST', '/agents/partial', { image: 'me/bot:2' })
  expect(body).toMatchObject({
    krispViva: { audioFilter: 'pro' },
    autoScaling: { minReplicas: 1, maxReplicas: 4 },
    deployment: { manifest: { spec: { maxSessionDurationSeconds: 900, instanceUses: 3 } } },
  })
  const cleared = await send('POST', '/agents/partial', { krispViva: { audioFilter: null } })
  expect(cleared.body.krispViva).toEqual({ audioFilter: null })
  const unlimited = await send('POST', '/agents/partial', { instanceUses: 0 })
  expect(unlimited.body.deployment.manifest.spec).not.toHaveProperty('instanceUses')
  const same = await send('POST', '/agents/partial', { instanceUses: 0 })
  expect(same.body.desiredDeploymentId).toBe(unlimited.body.desiredDeploymentId)
})

test('agents are listed with every field of the contract, and with their deployment when asked', async () => {
  const { status, body } = await send('GET', '/agents?includeActiveDeployment=true')
  expect(status).toBe(200)
  expect(body.services.find(({ name }: { name: string }) => name === 'desk')).toEqual({
    id: expect.any(String),
    name: 'desk',
    region: 'us-west',
    desiredDeploymentId: expect.any(String),
    activeDeploymentId: expect.any(String),
    reconciledDeploymentId: expect.any(String),
    organizationId: tenant.organization.id,
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
    deletedAt: null,
    deployment: expect.objectContaining({ id: expect.any(String), manifest: expect.any(Object) }),
  })
  const [plain] = (await send('GET', '/agents')).body.services
  expect(plain).not.toHaveProperty('deployment')
})

test('an agent is deleted with {"status":"OK"}; then it is not found', async () => {
  await create('going')
  expect((await send('DELETE', '/agents/going')).body).toEqual({ status: 'OK' })
  expect(await send('GET', '/agents/going')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
  expect(await send('DELETE', '/agents/going')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
})

test.each([
  ['an agent that exists', { serviceName: 'desk' }, 400, 'serviceName'],
  ['an unknown secret set', { secretSet: 'nope' }, 404, 'nope'],
  ['an unknown region', { region: 'mars' }, 400, 'mars'],
  ['an unknown build', { image: undefined, buildId: '11111111-1111-4111-8111-111111111111' }, 400, 'buildId'],
  ['a build id that is no UUID', { image: undefined, buildId: 'b-1' }, 400, 'buildId'],
  ['too short a session', { maxSessionDuration: 59 }, 400, 'maxSessionDuration'],
  ['too long a session', { maxSessionDuration: 14_401 }, 400, 'maxSessionDuration'],
  ['fewer uses than none', { instanceUses: -1 }, 400, 'instanceUses'],
  ['an unknown profile', { agentProfile: 'agent-9x' }, 400, 'agentProfile'],
  ['fewer than no agents', { autoScaling: { minAgents: -1 } }, 400, 'autoScaling.minAgents'],
  ['a maximum of none', { autoScaling: { maxAgents: 0 } }, 400, 'autoScaling.maxAgents'],
  ['a minimum above the maximum', { autoScaling: { minAgents: 5, maxAgents: 2 } }, 400, 'minAgents'],
])('a new agent with %s is refused, and the answer names it', async (_, settings, status, text) => {
  const refused = await create('refused', settings)
  expect(refused).toMatchObject({ status, body: { error: expect.stringContaining(text) } })
  expect(await send('GET', '/agents/refused')).toMatchObject({ status: 404 })
})

test('a build that is not done, or in another region, cannot be deployed', async () => {
  const { builds } = server.store
  const { id } = tenant.organization
  const order = { contextHash: 'a', dockerfilePath: 'Dockerfile' }
  const { build: far } = await builds.create(id, { ...order, region: 'eu-central' })
  const deploy = (buildId: string) => send('POST', '/agents', { serviceName: 'built', buildId })
  expect(await deploy(far.id)).toMatchObject({ status: 400, body: { error: expect.stringContaining('pending') } })
  await builds.update(id, far.id, { status: 'success', imageUri: 'registry.internal/x' })
  expect((await deploy(far.id)).body.error).toMatch(/eu-central.*us-west/)
})

test('a set says why it failed, and only then', async () => {
  await server.store.secrets.setStatus(tenant.organization.id, 'env', 'failed', 'no room')
  expect((await send('GET', '/secrets/env')).body).toMatchObject({ status: 'failed', errorMessage: 'no room' })
  await server.store.secrets.setStatus(tenant.organization.id, 'env', 'ready')
})

test('a regular set does not become an image pull secret, nor the other way round', async () => {
  const pull = { isImagePullSecret: true, host: 'https://ghcr.io', secretValue: 'YTpi' }
  expect(await send('PUT', '/secrets/env', pull)).toMatchObject({ status: 409, body: { code: 'CONFLICT' } })
  expect(await send('PUT', '/secrets/pull', pull)).toMatchObject({ status: 202 })
  const pair = { secrets: [{ secretKey: 'A', secretValue: '1' }] }
  expect(await send('PUT', '/secrets/pull', pair)).toMatchObject({ status: 409, body: { code: 'CONFLICT' } })
  expect(await send('GET', '/secrets/pull')).toMatchObject({ status: 400, body: { code: 'GENERIC_BAD_REQUEST' } })
})

test('secrets and sets are deleted, and what is not there is 404 NOT_FOUND', async () => {
  expect((await send('DELETE', '/secrets/env/A')).body).toEqual({ status: 'OK' })
  expect((await send('DELETE', '/secrets/env')).body).toEqual({ status: 'OK' })
  for (const path of ['/secrets/env', '/secrets/env/A']) {
    expect(await send('DELETE', path)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
  }
})

test('a change of properties answers with their schema; an unknown one, none or a wrong one is 400', async () => {
  const changed = await send('PATCH', '/properties', { defaultRegion: 'eu-central' })
  expect(changed.body.properties.defaultRegion).toMatchObject({
    currentValue: 'eu-central',
    default: 'us-west',
    type: 'string',
  })
  expect((await send('GET', '/properties')).body).toEqual({ properties: { defaultRegion: 'eu-central' } })
  for (const wrong of [
    { colour: 'red', defaultRegion: 'us-west' },
    {},
    { defaultRegion: 'mars' },
    { defaultRegion: 1 },
  ]) {
    expect(await send('PATCH', '/properties', wrong)).toMatchObject({
      status: 400,
      body: { code: 'GENERIC_BAD_REQUEST' },
    })
  }
  await send('PATCH', '/properties', { defaultRegion: 'us-west' })
  expect((await send('GET', '/properties/schema')).body.properties.defaultRegion.availableValues).toEqual([
    'us-west',
    'eu-central',
  ])
})

test('sessions are listed by page, state, start and time', async () => {
  await create('busy')
  const ids = [await start('busy'), await start('busy'), await start('busy')]
  await send('DELETE', `/agents/busy/sessions/${ids[0]}`)
  const list = async (query: string) => (await send('GET', `/agents/busy/sessions?${query}`)).body
  const all = await list('')
  expect(all.total_count).toBe(3)
  expect(all.sessions).toHaveLength(3)
  expect(Object.keys(all.sessions[0]).toSorted()).toEqual([
    'botStartSeconds',
    'coldStart',
    'completionStatus',
    'createdAt',
    'deploymentId',
    'endedAt',
    'organizationId',
    'serviceId',
    'sessionId',
    'updatedAt',
  ])
  expect(await list('status=active')).toMatchObject({ total_count: 2 })
  expect((await list('status=ended')).sessions).toMatchObject([
    { sessionId: ids[0], completionStatus: 'HTTP_COMPLETED' },
  ])
  expect((await list('limit=1&offset=1')).sessions).toHaveLength(1)
  expect(await list('startType=warm')).toMatchObject({ total_count: 0 })
  expect(await list('startTimeMin=1&startTimeMax=2')).toMatchObject({ total_count: 3 })
  expect(await list('startTimeMin=2&startTimeMax=0')).toMatchObject({ total_count: 0 })
  expect(await list(`startTime=${Math.floor(Date.now() / 1000) + 60}`)).toMatchObject({ total_count: 0 })
  expect(await list(`endTime=${Math.floor(Date.now() / 1000) + 60}`)).toMatchObject({ total_count: 3 })
  expect(await list('startTime=5e-324&startTimeMax=1e-40')).toMatchObject({ total_count: 0 })
  expect(await list(`deploymentId=${randomUUID()}`)).toMatchObject({ total_count: 0 })
})

test.each(['limit=0', 'limit=x', 'offset=-1', 'status=odd', 'startType=hot', 'startTime=-1', 'endTime=1e300'])(
  'a list of sessions with %s is 400',
  async (query) => {
    expect(await send('GET', `/agents/busy/sessions?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'GENERIC_BAD_REQUEST' },
    })
  },
)

test('a session is read with its metrics and ended', async () => {
  const id = await start('busy')
  expect((await send('GET', `/agents/busy/sessions/${id}`)).body).toMatchObject({
    sessionId: id,
    endedAt: null,
    resourceMetrics: null,
    meetingIds: [],
  })
  expect((await send('DELETE', `/agents/busy/sessions/${id}`)).body).toEqual({ status: 'terminated', session_id: id })
  expect((await send('GET', `/agents/busy/sessions/${id}`)).body.endedAt).toEqual(expect.any(String))
})

test('an unknown session is 404 with the code "404", and what is no UUID is 400', async () => {
  for (const method of ['GET', 'DELETE']) {
    const unknown = await send(method, `/agents/busy/sessions/${randomUUID()}`)
    expect(unknown).toMatchObject({ status: 404, body: { code: '404' } })
    expect(await send(method, '/agents/busy/sessions/x')).toMatchObject({
      status: 400,
      body: { code: 'GENERIC_BAD_REQUEST' },
    })
  }
})

test('logs are found by text, order and time, and say how many there are', async () => {
  const { id } = tenant.organization
  await create('chatty')
  const agentId = (await server.store.agents.find(id, 'chatty'))?.id ?? ''
  const second = 1_000_000_000n
  for (const [at, text] of [
    [1n, 'INFO one'],
    [2n, 'INFO two'],
    [3n, 'ERROR 100%'],
  ] as const) {
    server.store.logs.append({ organizationId: id, agentId, text, atNs: (1_700_000_000n + at) * second })
  }
  await server.store.logs.flush()
  const list = async (query: string) => (await send('GET', `/agents/chatty/logs?${query}`)).body
  const texts = async (query: string) => (await list(query)).logs.map(({ log }: { log: string }) => log)
  expect(await list('')).toMatchObject({ total: { value: 3, relation: 'eq' } })
  expect(await texts('')).toEqual(['ERROR 100%', 'INFO two', 'INFO one'])
  expect(await texts('order=asc')).toEqual(['INFO one', 'INFO two', 'ERROR 100%'])
  expect(await texts('query=two')).toEqual(['INFO two'])
  expect(await texts('query=%25')).toEqual(['ERROR 100%'])
  expect(await texts('limit=1&offset=1')).toEqual(['INFO two'])
  expect(await texts('startTime=1700000002')).toEqual(['ERROR 100%', 'INFO two'])
  expect(await texts('startTime=1700000002000&endTime=1700000003000')).toEqual(['INFO two'])
  expect(await texts('endTime=2023-11-14T22:13:22Z')).toEqual(['INFO one'])
  expect(await send('GET', '/agents/chatty/logs?startTime=yesterday')).toMatchObject({ status: 400 })
  expect(await send('GET', '/agents/chatty/logs?order=up')).toMatchObject({ status: 400 })
})

test('builds run from an upload to an image, and the same context is built once', async () => {
  const { body: upload } = await send('POST', '/builds/upload-url', { region: 'us-west' })
  expect(upload).toEqual({
    uploadId: expect.any(String),
    uploadUrl: expect.any(String),
    uploadFields: expect.any(Object),
    expiresAt: expect.stringMatching(/Z$/),
  })
  const order = { uploadId: upload.uploadId, region: 'us-west' }
  const { status, body } = await send('POST', '/builds', order)
  rest.upload.parse(upload)
  rest.startedBuild.parse(body)
  rest.oneBuild.parse((await send('GET', `/builds/${body.build.id}`)).body)
  rest.builds.parse((await send('GET', '/builds')).body)
  rest.buildLogs.parse((await send('GET', `/builds/${body.build.id}/logs`)).body)
  expect([status, body.cached, body.contextHash]).toEqual([201, false, '0123456789abcdef'])
  expect(await send('POST', '/builds', order)).toMatchObject({ status: 200, body: { cached: true } })
  expect(Object.keys((await send('GET', `/builds/${body.build.id}`)).body.build).toSorted()).toEqual([
    'buildDurationSeconds',
    'completedAt',
    'contextHash',
    'contextSizeBytes',
    'createdAt',
    'dockerfilePath',
    'errorMessage',
    'id',
    'imageSizeBytes',
    'imageUri',
    'logsUrl',
    'organizationId',
    'region',
    'startedAt',
    'status',
    'updatedAt',
  ])
  expect((await send('GET', '/builds?limit=1&offset=0&dockerfilePath=Dockerfile')).body).toMatchObject({
    limit: 1,
    offset: 0,
  })
  expect((await send('GET', '/builds?status=success&contextHash=none')).body).toMatchObject({ total: 0, builds: [] })
  expect((await send('GET', `/builds/${body.build.id}/logs?limit=1`)).body.logs).toEqual(['Step 1/1 : FROM scratch'])
})

test('what was never uploaded is not built, and an unknown build is 404', async () => {
  const refused = await send('POST', '/builds', { uploadId: 'never', region: 'us-west' })
  expect(refused).toMatchObject({ status: 400, body: { error: expect.stringContaining('uploadId') } })
  expect(await send('GET', `/builds/${randomUUID()}`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
  expect(await send('GET', '/builds?limit=101')).toMatchObject({ status: 400 })
})

test('a node that builds no images says so', async () => {
  const { store, runtime, startTokens } = server
  await using other = await ControlServer.start({ builder: undefined, store, runtime, startTokens })
  const refused = await other.send(tenant.privateKey, 'POST', '/v1/builds/upload-url', { region: 'us-west' })
  expect(refused).toMatchObject({ status: 400, body: { error: expect.stringContaining('builds no images') } })
})
