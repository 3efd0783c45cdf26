import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as cli from './support/cli-answers.ts'
import { ControlServer, type Tenant } from './support/control-server.ts'

// What the `pipecatcloud` command meets beyond what checklist-cloud-*.test.ts says of it, with a runtime that runs nothing.

let server: ControlServer
let tenant: Tenant
let base: string

beforeAll(async () => {
  server = await ControlServer.start()
  tenant = await server.addTenant('ann@example.com')
  base = `/v1/organizations/${tenant.organization.name}`
})
afterAll(async () => server[Symbol.asyncDispose]())

const send = (method: string, path: string, body?: unknown) => server.send(tenant.token, method, `${base}${path}`, body)

/** The payload of `deploy`, as version 0.6.0 makes it. */
const payload = (serviceName: string, settings: object = {}) => ({
  serviceName,
  image: 'me/front-desk:0.1',
  autoScaling: { minAgents: 0 },
  enableKrisp: false,
  krispViva: {},
  ...settings,
})

const details = async (name: string) => (await send('GET', `/services/${name}`)).body.body

describe('accounts', () => {
  test('/auth/config is a clear 404 where no log-in with a browser is set up', async () => {
    const { status, body } = await server.send(undefined, 'GET', '/auth/config')
    expect(status).toBe(404)
    expect(body).toMatchObject({ code: '404', error: expect.stringContaining('use-pat') })
  })

  test('/auth/config has issuer, client_id and scopes where it is', async () => {
    const oauth = { issuer: 'https://login.example.com', clientId: 'cli', scopes: 'openid' }
    await using other = await ControlServer.start({ oauth })
    const { status, body } = await other.send(undefined, 'GET', '/auth/config')
    expect(status).toBe(200)
    expect(body).toEqual({ issuer: 'https://login.example.com', client_id: 'cli', scopes: 'openid' })
  })
})

describe('public keys', () => {
  test('the list has the whole key for whoever may start sessions, and its hint for a viewer', async () => {
    const { body } = await send('POST', '/apiKeys', { name: 'to use', type: 'public' })
    const { token } = await server.addMember(tenant.organization.id, 'key-viewer@example.com', 'viewer')
    const keyFor = async (credential: string) => {
      const listed = await server.send(credential, 'GET', `${base}/apiKeys`)
      return listed.body.public.find(({ id }: { id: string }) => id === body.id).key
    }
    expect(await keyFor(tenant.token)).toBe(body.key)
    expect(await keyFor(token)).toMatch(/^pk_.{4}….{4}$/)
    await send('DELETE', `/apiKeys/${body.id}`)
  })
})

describe('secrets', () => {
  test('sets are listed by region', async () => {
    await send('PUT', '/secrets/far', { secretKey: 'A', secretValue: '1', region: 'eu-central' })
    const { body } = await send('GET', '/secrets?region=eu-central')
    expect(body.sets.map(({ name }: { name: string }) => name)).toEqual(['far'])
  })

  test.each([
    ['a region that is not there', '/secrets/x', { secretKey: 'A', secretValue: '1', region: 'mars' }, 'region'],
    ['another region than it has', '/secrets/far', { secretKey: 'A', secretValue: '1', region: 'us-west' }, 'region'],
    ['a name with a slash', '/secrets/%2Fx', { secretKey: 'A', secretValue: '1' }, 'setName'],
    ['no value', '/secrets/x', { secretKey: 'A' }, 'secretValue'],
    ['a key with a space', '/secrets/x', { secretKey: 'A B', secretValue: '1' }, 'secretKey must be letters'],
    ['no host', '/secrets/x', { isImagePullSecret: true, secretValue: 'YTpi' }, 'host'],
    ['a bad key in a list', '/secrets/x', { secrets: [{ secretKey: '', secretValue: '1' }] }, 'secrets.0.secretKey'],
  ])('a set with %s is refused', async (_, path, body, text) => {
    expect(await send('PUT', path, body)).toMatchObject({ status: 400, body: { error: expect.stringContaining(text) } })
  })
})

describe('regions and properties', () => {
  test('a change answers with the plain value, which the command line prints', async () => {
    const changed = await send('PATCH', '/properties', { defaultRegion: 'eu-central' })
    expect(changed).toMatchObject({ status: 200, body: { properties: { defaultRegion: 'eu-central' } } })
    await send('PATCH', '/properties', { defaultRegion: 'us-west' })
  })
})

describe('deploy', () => {
  test('a deployment that cannot come up shows its error', async () => {
    await send('POST', '/services', payload('sick', { image: 'me/broken:1' }))
    const body = await details('sick')
    expect(body).toMatchObject({ ready: false, available: false })
    expect(body.errors[0]).toEqual({ code: 'PCC_IMAGE_NOT_FOUND', message: 'There is no such image.' })
    expect(body.conditions).toContainEqual(expect.objectContaining({ type: 'Degraded', status: 'False' }))
  })

  test('a deployment that is still coming up says so', async () => {
    await send('POST', '/services', payload('rising', { image: 'me/slow:1' }))
    const body = await details('rising')
    expect(body).toMatchObject({ ready: false, available: false, errors: [], currentRevision: { phase: 'Creating' } })
    expect(body.conditions).toMatchObject([
      { type: 'Degraded', status: 'False' },
      { type: 'Progressing', status: 'True', reason: 'Creating' },
    ])
  })

  test('a deployment that the node has not come to yet shows as one that is coming up', async () => {
    await send('POST', '/services', payload('early', { image: 'me/unseen:1' }))
    const body = await details('early')
    expect(body).toMatchObject({ ready: false, currentRevision: { phase: 'Creating', health: { state: 'waiting' } } })
    expect(body.conditions).toContainEqual(expect.objectContaining({ type: 'Progressing', status: 'True' }))
  })

  test('a failed deployment leaves the previous one serving', async () => {
    await send('POST', '/services', payload('steady'))
    const { desiredDeploymentId: good } = await details('steady')
    await send('PUT', '/services', payload('steady', { image: 'me/broken:2' }))
    const body = await details('steady')
    expect(body).toMatchObject({ ready: false, available: true, reconciledDeploymentId: good })
    expect(body.previousRevision).toMatchObject({ deploymentID: good, phase: 'Active' })
    expect(body.conditions).toContainEqual(expect.objectContaining({ type: 'Degraded', status: 'True' }))
    const start = await server.send(tenant.publicKey, 'POST', '/v1/public/steady/start', {})
    expect(await server.store.sessions.find(tenant.organization.id, start.body.sessionId)).toMatchObject({
      versionId: good,
    })
  })

  test('what failed may be deployed again as it is', async () => {
    const { desiredDeploymentId } = await details('sick')
    expect((await send('PUT', '/services', payload('sick', { image: 'me/broken:1' }))).body.warning).toBeUndefined()
    expect((await details('sick')).desiredDeploymentId).not.toBe(desiredDeploymentId)
  })

  test('an agent is deleted with 200 and JSON, then is 404', async () => {
    await send('POST', '/services', payload('leaving'))
    expect(await send('DELETE', '/services/leaving')).toMatchObject({ status: 200, body: { status: 'OK' } })
    expect(await send('DELETE', '/services/leaving')).toMatchObject({ status: 404 })
    expect(await send('GET', '/services/leaving')).toMatchObject({ status: 404 })
  })
})

describe('sessions and logs', () => {
  test('sessions are listed, read and stopped as the command line does it', async () => {
    await send('POST', '/services', payload('talking'))
    const { body: started } = await server.send(tenant.publicKey, 'POST', '/v1/public/talking/start', {})
    const path = `/services/talking/sessions/${started.sessionId}`
    const live = (await send('GET', '/services/talking/sessions')).body
    expect(live).toMatchObject({
      total_count: 1,
      sessions: [
        { sessionId: started.sessionId, endedAt: null, completionStatus: null, botStartSeconds: 1, coldStart: true },
      ],
    })
    const samples = [1_000, 3_000].map((atMs) => ({ atMs, cpuMillicores: atMs / 10, memoryBytes: atMs }))
    await server.store.sessions.setMetrics(tenant.organization.id, started.sessionId, { samples })
    const { resourceMetrics } = (await send('GET', path)).body
    expect(resourceMetrics).toMatchObject({
      sampleCount: 2,
      cpuMillicoresP50: 100,
      cpuMillicoresP99: 300,
      memoryBytesP90: 3_000,
    })
    expect(resourceMetrics.timeseries).toEqual([
      { t: 1, c: 100, m: 1_000 },
      { t: 3, c: 300, m: 3_000 },
    ])
    expect(await send('DELETE', path)).toMatchObject({
      status: 200,
      body: { status: 'terminated', session_id: started.sessionId },
    })
    expect((await send('GET', path)).body).toMatchObject({
      endedAt: expect.any(String),
      completionStatus: 'HTTP_COMPLETED',
    })
    expect(await send('DELETE', path)).toMatchObject({ status: 404 })
    const unknown = '/services/talking/sessions/11111111-1111-4111-8111-111111111111'
    expect(await send('DELETE', unknown)).toMatchObject({ status: 404, body: { code: '404' } })
  })

  test('a session that outlived its agent can still be stopped', async () => {
    await send('POST', '/services', payload('brief'))
    const { body } = await server.send(tenant.publicKey, 'POST', '/v1/public/brief/start', {})
    await send('DELETE', '/services/brief')
    expect(await send('DELETE', `/services/brief/sessions/${body.sessionId}`)).toMatchObject({ status: 200 })
  })

  test('a session is found under its own agent only', async () => {
    await send('POST', '/services', payload('one'))
    const { body } = await server.send(tenant.publicKey, 'POST', '/v1/public/talking/start', {})
    expect(await send('GET', `/services/one/sessions/${body.sessionId}`)).toMatchObject({ status: 404 })
    expect(await send('DELETE', `/services/one/sessions/${body.sessionId}`)).toMatchObject({ status: 404 })
  })

  test('logs give only the lines that were asked for', async () => {
    const { id } = tenant.organization
    await send('POST', '/services', payload('chatty'))
    const agent = await server.store.agents.find(id, 'chatty')
    const line = { organizationId: id, agentId: agent?.id ?? '', versionId: agent?.desiredVersionId ?? '' }
    const sessionId = (await server.send(tenant.publicKey, 'POST', '/v1/public/chatty/start', {})).body.sessionId
    server.store.logs.append({ ...line, sessionId, text: 'INFO first', atNs: 1_700_000_000_123_456_789n })
    server.store.logs.append({ ...line, text: 'ERROR second', atNs: 1_700_000_001_000_000_000n })
    await server.store.logs.flush()
    const texts = async (query: string) => {
      const { status, body } = await send('GET', `/services/chatty/logs?${query}`)
      expect(status).toBe(200)
      return body.logs.map(({ log }: { log: string }) => log)
    }
    expect(await texts('limit=100')).toEqual(['ERROR second', 'INFO first'])
    expect(await texts(`limit=100&sessionId=${sessionId}`)).toEqual(['INFO first'])
    expect(await texts(`limit=100&deploymentId=${line.versionId}`)).toHaveLength(2)
    expect(await texts('limit=100&deploymentId=another')).toEqual([])
    expect(await texts('limit=1')).toEqual(['ERROR second'])
    const [{ timestamp }] = (await send('GET', `/services/chatty/logs?sessionId=${sessionId}`)).body.logs
    expect(timestamp).toBe('2023-11-14T22:13:20.123456789Z')
  })
})

describe('builds', () => {
  test('builds are made, listed and read as `deploy -d` does it', async () => {
    const upload = await send('POST', '/builds/upload-url', { region: 'us-west' })
    expect(upload).toMatchObject({
      status: 200,
      body: { uploadId: expect.any(String), uploadUrl: expect.any(String), uploadFields: expect.any(Object) },
    })
    const order = { uploadId: upload.body.uploadId, dockerfilePath: 'Dockerfile', region: 'us-west' }
    const started = await send('POST', '/builds', order)
    expect(started).toMatchObject({ status: 201, body: { cached: false, build: { id: expect.any(String) } } })
    const { id } = started.body.build
    expect(await send('POST', '/builds', order)).toMatchObject({ status: 200, body: { cached: true, build: { id } } })
    const { body } = await send('GET', '/builds?limit=1&contextHash=0123456789abcdef&region=us-west&status=success')
    expect(body).toMatchObject({
      total: 1,
      builds: [{ id, status: 'success', region: 'us-west', createdAt: expect.any(String) }],
    })
    expect((await send('GET', `/builds/${id}`)).body.build).toMatchObject({ id, status: 'success', errorMessage: null })
    cli.builds.parse(body)
    cli.oneBuild.parse((await send('GET', `/builds/${id}`)).body)
    cli.buildLogs.parse((await send('GET', `/builds/${id}/logs?limit=500`)).body)
    expect((await send('GET', `/builds/${id}/logs?limit=500`)).body.logs).toEqual(['Step 1/1 : FROM scratch', 'done'])
    const { image: _, ...settings } = payload('built', { buildId: id })
    expect(await send('POST', '/services', settings)).toMatchObject({ status: 200 })
    expect((await send('GET', '/services/built')).text).not.toContain('registry.internal')
  })
})

test('a command of a newer version is answered with 404 and a clear text', async () => {
  const { status, body } = await send('GET', '/spend-limit')
  expect(status).toBe(404)
  expect(body).toMatchObject({ code: '404', error: expect.stringContaining('/spend-limit') })
})
