import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ControlServer, type Tenant } from './support/control-server.ts'

// What the `pipecatcloud` command sends and reads, call by call (reference 2.5 to 2.7).

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
  test('1: whoami reads the user, the organizations and the Daily key', async () => {
    const user = await server.send(tenant.token, 'GET', '/v1/users')
    expect(user).toMatchObject({ status: 200 })
    expect(user.body.user).toEqual({ userId: tenant.userId, emails: [{ emailAddress: 'ann@example.com' }] })
    expect(await send('GET', '/daily')).toMatchObject({ status: 200, body: {} })
  })

  test('2: organizations are listed with name and verboseName', async () => {
    const { body } = await server.send(tenant.token, 'GET', '/v1/organizations')
    const { name, verboseName } = tenant.organization
    expect(body.organizations).toEqual([{ id: tenant.organization.id, name, verboseName }])
  })

  test('3: a wrong token gives 401 with the code "401", as text', async () => {
    const { status, body } = await server.send('pcc_pat_wrong', 'GET', '/v1/organizations')
    expect(status).toBe(401)
    expect(body).toMatchObject({ code: '401', error: expect.any(String), message: expect.any(String), status: 401 })
  })

  test('7: /auth/config is a clear 404 where no log-in with a browser is set up', async () => {
    const { status, body } = await server.send(undefined, 'GET', '/auth/config')
    expect(status).toBe(404)
    expect(body).toMatchObject({ code: '404', error: expect.stringContaining('use-pat') })
  })

  test('7: /auth/config has issuer, client_id and scopes where it is', async () => {
    const oauth = { issuer: 'https://login.example.com', clientId: 'cli', scopes: 'openid' }
    await using other = await ControlServer.start({ oauth })
    const { status, body } = await other.send(undefined, 'GET', '/auth/config')
    expect(status).toBe(200)
    expect(body).toEqual({ issuer: 'https://login.example.com', client_id: 'cli', scopes: 'openid' })
  })

  test('9: names of organizations are three words and a number, without a dot', () => {
    expect(tenant.organization.name).toMatch(/^[a-z]+-[a-z]+-[a-z]+-\d+$/)
  })
})

describe('public keys', () => {
  test('10: a key starts sessions until it is revoked, and stays in the list', async () => {
    await send('POST', '/services', payload('keyed'))
    const created = await send('POST', '/apiKeys', { name: 'dev', type: 'public' })
    expect(created).toMatchObject({ status: 200, body: { key: expect.stringMatching(/^pk_/) } })
    const start = () => server.send(created.body.key, 'POST', '/v1/public/keyed/start', { createDailyRoom: false })
    expect(await start()).toMatchObject({ status: 200 })
    const listed = async () => {
      const { body } = await send('GET', '/apiKeys')
      return body.public.find(({ id }: { id: string }) => id === created.body.id)
    }
    expect(await listed()).toMatchObject({
      id: expect.any(String),
      key: expect.stringMatching(/^pk_/),
      createdAt: expect.stringMatching(/Z$/),
      revoked: false,
      metadata: { name: 'dev' },
    })
    expect(await send('DELETE', `/apiKeys/${created.body.id}`)).toMatchObject({ status: 200, body: { status: 'OK' } })
    expect(await start()).toMatchObject({ status: 401, body: { code: '401' } })
    expect(await listed()).toMatchObject({ revoked: true })
  })

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

  test('11: the sixth live public key is refused', async () => {
    const other = await server.addTenant('six@example.com')
    const create = () =>
      server.send(other.token, 'POST', `/v1/organizations/${other.organization.name}/apiKeys`, {
        name: 'k',
        type: 'public',
      })
    for (let live = 2; live <= 5; live++) expect(await create()).toMatchObject({ status: 200 })
    expect(await create()).toMatchObject({ status: 409, body: { code: '409', error: expect.any(String) } })
  })
})

describe('secrets', () => {
  const put = (set: string, secretKey: string, secretValue: string) =>
    send('PUT', `/secrets/${set}`, { name: set, isImagePullSecret: false, secretKey, secretValue })

  test('12: one pair at a time makes one set, and a later pair keeps the others', async () => {
    expect(await put('s', 'A', '1')).toMatchObject({ status: 200, body: { region: 'us-west' } })
    await put('s', 'B', '2')
    await put('s', 'A', '3')
    const { status, body } = await send('GET', '/secrets/s')
    expect(status).toBe(200)
    expect(body.secrets.map(({ fieldName }: { fieldName: string }) => fieldName).toSorted()).toEqual(['A', 'B'])
    expect(await server.store.secrets.reveal(tenant.organization.id, 's')).toEqual({ A: '3', B: '2' })
  })

  test('14: values appear in no answer, in no log and in no audit entry', async () => {
    await put('hush', 'KEY', 'do-not-show-me')
    await send('PUT', '/secrets/hush', { secretKey: 'BAD KEY', secretValue: 'do-not-show-me' })
    for (const path of ['/secrets', '/secrets/hush', '/services', '/apiKeys']) {
      expect((await send('GET', path)).text).not.toContain('do-not-show-me')
    }
    expect(JSON.stringify(server.log.entries)).not.toContain('do-not-show-me')
    const { items } = await server.store.audit.list(tenant.organization.id, {})
    expect(JSON.stringify(items)).not.toContain('do-not-show-me')
  })

  test('15: an image pull secret is listed, and reading it by name is 400 with the code "400"', async () => {
    const put = { isImagePullSecret: true, secretValue: 'bWU6cHc=', host: 'https://index.docker.io/v1' }
    expect(await send('PUT', '/secrets/dockerhub', put)).toMatchObject({ status: 200, body: { region: 'us-west' } })
    expect(await send('GET', '/secrets/dockerhub')).toMatchObject({ status: 400, body: { code: '400' } })
    const { body } = await send('GET', '/secrets')
    expect(body.sets).toContainEqual({ name: 'dockerhub', type: 'imagePullSecret', region: 'us-west', status: 'ready' })
    const stored = await server.store.secrets.revealImagePull(tenant.organization.id, 'dockerhub')
    expect(stored).toEqual({ host: 'https://index.docker.io/v1/', value: 'bWU6cHc=' })
  })

  test('16: an unknown set is 404', async () => {
    expect(await send('GET', '/secrets/unknown')).toMatchObject({ status: 404, body: { code: '404' } })
  })

  test('17: unset and delete answer 200 with JSON, and 404 for what is not there', async () => {
    await put('gone', 'A', '1')
    await put('gone', 'B', '1')
    expect(await send('DELETE', '/secrets/gone/A')).toMatchObject({ status: 200, body: { status: 'OK' } })
    expect(await send('DELETE', '/secrets/gone/A')).toMatchObject({ status: 404 })
    expect(await send('DELETE', '/secrets/gone')).toMatchObject({ status: 200, body: { status: 'OK' } })
    expect(await send('DELETE', '/secrets/gone')).toMatchObject({ status: 404 })
  })

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
  test('19, 20: regions and properties read as the command line prints them', async () => {
    const regions = (await send('GET', '/regions')).body.regions
    expect(regions).toContainEqual({ code: 'us-west', display_name: 'US West' })
    expect((await send('GET', '/properties')).body).toEqual({ properties: { defaultRegion: 'us-west' } })
    const { defaultRegion } = (await send('GET', '/properties/schema')).body.properties
    expect(defaultRegion).toEqual({
      type: 'string',
      description: expect.any(String),
      default: 'us-west',
      currentValue: 'us-west',
      readOnly: false,
      availableValues: ['us-west', 'eu-central'],
    })
  })

  test('a change answers with the plain value, which the command line prints', async () => {
    const changed = await send('PATCH', '/properties', { defaultRegion: 'eu-central' })
    expect(changed).toMatchObject({ status: 200, body: { properties: { defaultRegion: 'eu-central' } } })
    await send('PATCH', '/properties', { defaultRegion: 'us-west' })
  })
})

describe('deploy', () => {
  test('21: a new agent is 404, then can be read right after it was made', async () => {
    expect(await send('GET', '/services/fresh')).toMatchObject({ status: 404, body: { code: '404' } })
    expect(await send('POST', '/services', payload('fresh'))).toMatchObject({ status: 200 })
    expect(await send('GET', '/services/fresh')).toMatchObject({ status: 200, body: { body: { name: 'fresh' } } })
  })

  test('27, 28, 38: details have every field that the command line and the GitHub action read', async () => {
    await send('PUT', '/secrets/env', { secretKey: 'A', secretValue: '1' })
    const settings = {
      secretSet: 'env',
      krispViva: { audioFilter: 'tel' },
      maxSessionDuration: 600,
      websocketAuth: 'none',
    }
    await send('POST', '/services', payload('full', { ...settings, autoScaling: { minAgents: 1, maxAgents: 3 } }))
    const body = await details('full')
    const id = body.deployment.id
    expect(body).toMatchObject({
      name: 'full',
      region: 'us-west',
      ready: true,
      available: true,
      activeDeploymentReady: true,
      activeSessionCount: 0,
      desiredDeploymentId: id,
      activeDeploymentId: id,
      reconciledDeploymentId: id,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      updatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      agentProfile: 'agent-1x',
      websocketAuth: 'none',
      krispViva: { audioFilter: 'tel' },
      autoScaling: { minReplicas: 1, maxReplicas: 3 },
      errors: [],
      conditions: expect.any(Array),
      deployment: {
        manifest: {
          metadata: { name: 'full', namespace: tenant.organization.name },
          spec: {
            image: 'me/front-desk:0.1',
            dailyNodeType: 'arm',
            maxSessionDurationSeconds: 600,
            envFromSecretNames: ['env'],
            resources: { cpu: '500m', memory: '1Gi' },
          },
        },
      },
      currentRevision: {
        deploymentID: id,
        phase: 'Active',
        readyReplicas: 1,
        phaseStartedAt: expect.stringMatching(/Z$/),
        health: { ready: true, state: 'running', restartCount: 0, replicasStarted: 1 },
      },
    })
  })

  test('22: an update names the agent in the body', async () => {
    await send('POST', '/services', payload('one'))
    await send('POST', '/services', payload('two'))
    expect(await send('PUT', '/services', payload('two', { image: 'me/front-desk:0.2' }))).toMatchObject({
      status: 200,
    })
    expect((await details('one')).deployment.manifest.spec.image).toBe('me/front-desk:0.1')
    expect((await details('two')).deployment.manifest.spec.image).toBe('me/front-desk:0.2')
    expect(await send('PUT', '/services', payload('three'))).toMatchObject({ status: 404, body: { code: '404' } })
  })

  test.each(['A', 'a', '-ab', 'ab-', 'a_b', 'a.b', 'ä', 'a'.repeat(55)])('23: "%s" is no name: 400', async (name) => {
    const refused = await send('POST', '/services', payload(name))
    expect(refused).toMatchObject({ status: 400, body: { code: '400', error: expect.stringContaining('serviceName') } })
  })

  test('23: the longest name is a name', async () => {
    expect(await send('POST', '/services', payload('a'.repeat(54)))).toMatchObject({ status: 200 })
  })

  test('25: a new agent gets the default region, and keeps its own', async () => {
    await send('PATCH', '/properties', { defaultRegion: 'eu-central' })
    await send('POST', '/services', payload('placed'))
    await send('PATCH', '/properties', { defaultRegion: 'us-west' })
    await send('PUT', '/services', payload('placed', { image: 'me/front-desk:0.2' }))
    expect((await details('placed')).region).toBe('eu-central')
    expect((await send('GET', '/services?region=eu-central')).body.services).toMatchObject([{ name: 'placed' }])
    const moved = await send('PUT', '/services', payload('placed', { region: 'us-west' }))
    expect(moved).toMatchObject({ status: 400, body: { error: expect.stringContaining('cannot move') } })
  })

  test('26, 31: an update without --min-agents scales to none, without a new deployment', async () => {
    await send('POST', '/services', payload('scaled', { autoScaling: { minAgents: 2, maxAgents: 5 } }))
    const { desiredDeploymentId } = await details('scaled')
    const updated = await send('PUT', '/services', payload('scaled'))
    expect(updated.body.warning).toBeUndefined()
    const after = await details('scaled')
    expect(after.autoScaling).toEqual({ minReplicas: 0, maxReplicas: 5 })
    expect(after.desiredDeploymentId).toBe(desiredDeploymentId)
  })

  test('27: a deployment that cannot come up shows its error', async () => {
    await send('POST', '/services', payload('sick', { image: 'me/broken:1' }))
    const body = await details('sick')
    expect(body).toMatchObject({ ready: false, available: false })
    expect(body.errors[0]).toEqual({ code: 'PCC_IMAGE_NOT_FOUND', message: 'There is no such image.' })
    expect(body.conditions).toContainEqual(expect.objectContaining({ type: 'Degraded', status: 'False' }))
  })

  test('27: a deployment that is still coming up says so', async () => {
    await send('POST', '/services', payload('rising', { image: 'me/slow:1' }))
    const body = await details('rising')
    expect(body).toMatchObject({ ready: false, available: false, errors: [], currentRevision: { phase: 'Creating' } })
    expect(body.conditions).toMatchObject([
      { type: 'Degraded', status: 'False' },
      { type: 'Progressing', status: 'True', reason: 'Creating' },
    ])
  })

  test('29: an agent scaled to zero is ready and available', async () => {
    await send('POST', '/services', payload('asleep'))
    expect(await details('asleep')).toMatchObject({ ready: true, available: true, autoScaling: { minReplicas: 0 } })
  })

  test('30: the same again warns and deploys nothing, unless it is forced', async () => {
    await send('POST', '/services', payload('same'))
    const { desiredDeploymentId } = await details('same')
    const again = await send('PUT', '/services', payload('same'))
    expect(again.body.warning).toContain('forceRedeploy')
    expect((await details('same')).desiredDeploymentId).toBe(desiredDeploymentId)
    const forced = await send('PUT', '/services', payload('same', { forceRedeploy: true }))
    expect(forced.body.warning).toBeUndefined()
    expect((await details('same')).desiredDeploymentId).not.toBe(desiredDeploymentId)
  })

  test('32: a failed deployment leaves the previous one serving', async () => {
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

  test('33: deployments are listed with image, node type and times, the latest first', async () => {
    const { status, body } = await send('GET', '/services/two/deployments')
    expect(status).toBe(200)
    expect(body.deployments.map(({ manifest }: never) => (manifest as { spec: object }).spec)).toMatchObject([
      { image: 'me/front-desk:0.2', dailyNodeType: 'arm' },
      { image: 'me/front-desk:0.1', dailyNodeType: 'arm' },
    ])
    for (const { id, createdAt, updatedAt } of body.deployments) {
      expect([id, createdAt, updatedAt]).toEqual([expect.any(String), expect.any(String), expect.any(String)])
    }
  })

  test('agents are listed with the six fields that the command line needs', async () => {
    const { body } = await send('GET', '/services')
    for (const service of body.services) {
      for (const field of ['name', 'region', 'id', 'activeDeploymentId', 'createdAt', 'updatedAt']) {
        expect(service[field]).toEqual(expect.any(String))
      }
    }
  })

  test('34: an agent is deleted with 200 and JSON, then is 404', async () => {
    await send('POST', '/services', payload('leaving'))
    expect(await send('DELETE', '/services/leaving')).toMatchObject({ status: 200, body: { status: 'OK' } })
    expect(await send('DELETE', '/services/leaving')).toMatchObject({ status: 404 })
    expect(await send('GET', '/services/leaving')).toMatchObject({ status: 404 })
  })

  test('18: a set that is pending or failed stops a deploy with 409, one elsewhere with 400 that names both regions', async () => {
    const { secrets } = server.store
    const deploy = () => send('POST', '/services', payload('waiting', { secretSet: 'slow' }))
    await send('PUT', '/secrets/slow', { secretKey: 'A', secretValue: '1' })
    await secrets.setStatus(tenant.organization.id, 'slow', 'pending')
    expect(await deploy()).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining("'slow' is not yet ready") },
    })
    await secrets.setStatus(tenant.organization.id, 'slow', 'failed', 'no room')
    expect(await deploy()).toMatchObject({ status: 409, body: { error: expect.stringContaining('no room') } })
    const elsewhere = await send('POST', '/services', payload('waiting', { secretSet: 'far' }))
    expect(elsewhere.status).toBe(400)
    expect(elsewhere.body.error).toMatch(/eu-central.*us-west/)
    expect(await send('GET', '/services/waiting')).toMatchObject({ status: 404 })
  })

  test('15: a deploy with an image pull secret succeeds; with one that is not there it does not', async () => {
    expect(await send('POST', '/services', payload('pulls', { imagePullSecretSet: 'dockerhub' }))).toMatchObject({
      status: 200,
    })
    expect((await details('pulls')).deployment.manifest.spec.imagePullSecretName).toBe('dockerhub')
    expect(await send('POST', '/services', payload('no', { imagePullSecretSet: 'nope' }))).toMatchObject({
      status: 404,
    })
    expect(await send('POST', '/services', payload('no', { secretSet: 'dockerhub' }))).toMatchObject({ status: 400 })
  })

  test('6: fields that nobody knows are ignored', async () => {
    const settings = { enableIntegratedKeysProxy: true, enableKrisp: true, somethingNew: { a: 1 } }
    expect(await send('POST', '/services', payload('tolerant', settings))).toMatchObject({ status: 200 })
  })
})

describe('sessions and logs', () => {
  test('45, 46, 47: sessions are listed, read and stopped as the command line does it', async () => {
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
    const { body } = await server.send(tenant.publicKey, 'POST', '/v1/public/talking/start', {})
    expect(await send('GET', `/services/one/sessions/${body.sessionId}`)).toMatchObject({ status: 404 })
    expect(await send('DELETE', `/services/one/sessions/${body.sessionId}`)).toMatchObject({ status: 404 })
  })

  test('49: logs give only the lines that were asked for', async () => {
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
  test('28 to 33: builds are made, listed and read as `deploy -d` does it', async () => {
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
    expect((await send('GET', `/builds/${id}/logs?limit=500`)).body.logs).toEqual(['Step 1/1 : FROM scratch', 'done'])
    const { image: _, ...settings } = payload('built', { buildId: id })
    expect(await send('POST', '/services', settings)).toMatchObject({ status: 200 })
    expect((await send('GET', '/services/built')).text).not.toContain('registry.internal')
  })
})

test('4: every good answer is JSON with a body, and says so', async () => {
  const paths = [
    '/daily',
    '/apiKeys',
    '/secrets',
    '/services',
    '/regions',
    '/properties',
    '/properties/schema',
    '/builds',
  ]
  for (const path of paths) {
    const { status, headers, text } = await send('GET', path)
    expect([path, status, headers.get('content-type')]).toEqual([path, 200, 'application/json'])
    expect(text.length).toBeGreaterThan(1)
  }
})

test('a command of a newer version is answered with 404 and a clear text', async () => {
  const { status, body } = await send('GET', '/spend-limit')
  expect(status).toBe(404)
  expect(body).toMatchObject({ code: '404', error: expect.stringContaining('/spend-limit') })
})
