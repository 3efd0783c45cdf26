import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ControlServer, type Tenant } from './support/control-server.ts'

// What one organization can do to another: nothing, and it does not even learn what is there.

let server: ControlServer
let ann: Tenant
let eve: Tenant
/** Ids of things of Ann's. */
const ids = {
  session: '',
  version: '',
  build: '',
  publicKey: '',
  privateKey: '',
  recording: '',
  token: '',
  webhook: '',
  delivery: '',
  member: '',
  invitation: '',
}

beforeAll(async () => {
  server = await ControlServer.start()
  ann = await server.addTenant('ann@example.com')
  eve = await server.addTenant('eve@example.com')
  const asAnn = (method: string, path: string, body?: unknown) => server.send(ann.privateKey, method, path, body)
  await asAnn('PUT', '/v1/secrets/vault', { secrets: [{ secretKey: 'A', secretValue: 'secret of ann' }] })
  await asAnn('POST', '/v1/agents', { serviceName: 'desk', image: 'me/bot:1', secretSet: 'vault' })
  await asAnn('POST', '/v1/agents/desk', { image: 'me/bot:2' })
  ids.session = (await server.send(ann.publicKey, 'POST', '/v1/public/desk/start', {})).body.sessionId
  ids.version = (await asAnn('GET', '/v1/agents/desk')).body.desiredDeploymentId
  const { uploadId } = (await asAnn('POST', '/v1/builds/upload-url', { region: 'us-west' })).body
  ids.build = (await asAnn('POST', '/v1/builds', { uploadId, region: 'us-west' })).body.build.id
  const { store } = server
  ids.publicKey = (await store.keys.list(ann.organization.id, 'public'))[0]?.id ?? ''
  ids.privateKey = (await store.keys.list(ann.organization.id, 'private'))[0]?.id ?? ''
  ids.token = (await store.tokens.list(ann.userId))[0]?.id ?? ''
  const sound = { callId: 'c1', carrierId: 'r1', url: 'https://m.test/r1.wav', format: 'wav', channels: 2 } as const
  const { recording } = await store.recordings.note(ann.organization.id, { sessionId: ids.session, ...sound })
  ids.recording = recording.id
  ids.webhook = (await store.webhooks.create(ann.organization.id, { url: 'https://example.test/ann' })).endpoint.id
  ids.delivery = (await store.deliveries.queueTest(ann.organization.id, ids.webhook)).id
  ids.member = ann.userId
  const account = { authId: 'MAANN000000000000000', authToken: 'secret of ann' }
  await store.plivoAccounts.set(ann.organization.id, account)
  ids.invitation = (
    await server.send(ann.token, 'POST', `/v1/offhook/organizations/${ann.organization.name}/invitations`, {
      email: 'guest@example.com',
    })
  ).body.id
  server.runtime.calls.set(ann.organization.id, [
    {
      callId: 'c-1',
      sessionId: ids.session,
      agentName: 'desk',
      from: '+15550001',
      to: '+15550002',
      direction: 'inbound',
      state: 'talking',
      startedAt: 1,
    },
  ])
})
afterAll(async () => server[Symbol.asyncDispose]())

type Attempt = readonly [method: string, path: string, body?: unknown]

/** Below `/v1/organizations/{ann}`, and below `/v1/offhook/organizations/{ann}`. */
const onCli: readonly Attempt[] = [
  ['GET', '/daily'],
  ['GET', '/apiKeys'],
  ['POST', '/apiKeys', { name: 'x', type: 'public' }],
  ['DELETE', '/apiKeys/{publicKey}'],
  ['GET', '/secrets'],
  ['GET', '/secrets/vault'],
  ['PUT', '/secrets/vault', { secretKey: 'A', secretValue: 'overwritten' }],
  ['DELETE', '/secrets/vault'],
  ['DELETE', '/secrets/vault/A'],
  ['GET', '/services'],
  ['GET', '/services/desk'],
  ['POST', '/services', { serviceName: 'mine', image: 'x:1' }],
  ['PUT', '/services', { serviceName: 'desk', image: 'x:1' }],
  ['DELETE', '/services/desk'],
  ['GET', '/services/desk/deployments'],
  ['GET', '/services/desk/logs'],
  ['GET', '/services/desk/sessions'],
  ['GET', '/services/desk/sessions/{session}'],
  ['DELETE', '/services/desk/sessions/{session}'],
  ['GET', '/regions'],
  ['GET', '/properties'],
  ['GET', '/properties/schema'],
  ['PATCH', '/properties', { defaultRegion: 'eu-central' }],
  ['GET', '/builds'],
  ['GET', '/builds/{build}'],
  ['GET', '/builds/{build}/logs'],
  ['POST', '/builds/upload-url', { region: 'us-west' }],
  ['POST', '/builds', { uploadId: randomUUID(), region: 'us-west' }],
  ['GET', '/nothing'],
  ['GET', ''],
]

const webhookAttempts: readonly Attempt[] = [
  ['GET', '/webhooks/{webhook}'],
  ['PATCH', '/webhooks/{webhook}', { url: 'https://example.test/eve' }],
  ['DELETE', '/webhooks/{webhook}'],
  ['POST', '/webhooks/{webhook}/secret'],
  ['POST', '/webhooks/{webhook}/test'],
  ['GET', '/webhooks/{webhook}/deliveries'],
  ['GET', '/webhooks/{webhook}/deliveries/{delivery}'],
  ['POST', '/webhooks/{webhook}/deliveries/{delivery}/resend'],
]

const memberAttempts: readonly Attempt[] = [
  ['PATCH', '/members/{member}', { role: 'viewer' }],
  ['DELETE', '/members/{member}'],
  ['DELETE', '/invitations/{invitation}'],
]

const onOffhook: readonly Attempt[] = [
  ['GET', '/calls'],
  ['GET', '/events'],
  ['GET', '/agents/desk/versions'],
  ['POST', '/agents/desk/rollback', { versionId: '{version}' }],
  ['GET', '/sessions/{session}/ledger'],
  ['GET', '/recordings'],
  ['GET', '/recordings/{recording}'],
  ['GET', '/recordings/{recording}/audio'],
  ['GET', '/keys'],
  ['POST', '/keys', { name: 'x', type: 'private' }],
  ['DELETE', '/keys/{privateKey}'],
  ['GET', '/webhooks'],
  ['POST', '/webhooks', { url: 'https://example.test/eve' }],
  ...webhookAttempts,
  ['GET', '/plivo'],
  ['PUT', '/plivo', { authId: 'MAEVE000000000000000', authToken: 'a-token-of-eve-at-plivo' }],
  ['DELETE', '/plivo'],
  ['GET', '/audit'],
  ['GET', '/members'],
  ['GET', '/invitations'],
  ['POST', '/invitations', { email: 'eve@example.com', role: 'owner' }],
  ...memberAttempts,
  ['PATCH', '', { verboseName: 'Mine' }],
  ['DELETE', ''],
]

/** With Eve's own organization in the path or in the key, and Ann's names behind it. */
const withOwnOrganization: readonly Attempt[] = [
  ['GET', '/v1/organizations/{eve}/services/desk'],
  ['PUT', '/v1/organizations/{eve}/services', { serviceName: 'desk', image: 'x:1' }],
  ['DELETE', '/v1/organizations/{eve}/services/desk'],
  ['GET', '/v1/organizations/{eve}/services/desk/deployments'],
  ['GET', '/v1/organizations/{eve}/services/desk/logs'],
  ['GET', '/v1/organizations/{eve}/services/desk/sessions'],
  ['GET', '/v1/organizations/{eve}/services/desk/sessions/{session}'],
  ['DELETE', '/v1/organizations/{eve}/services/desk/sessions/{session}'],
  ['GET', '/v1/organizations/{eve}/secrets/vault'],
  ['DELETE', '/v1/organizations/{eve}/secrets/vault'],
  ['DELETE', '/v1/organizations/{eve}/secrets/vault/A'],
  ['GET', '/v1/organizations/{eve}/builds/{build}'],
  ['GET', '/v1/organizations/{eve}/builds/{build}/logs'],
  ['DELETE', '/v1/organizations/{eve}/apiKeys/{publicKey}'],
  ['GET', '/v1/offhook/organizations/{eve}/agents/desk/versions'],
  ['POST', '/v1/offhook/organizations/{eve}/agents/desk/rollback', { versionId: '{version}' }],
  ['GET', '/v1/offhook/organizations/{eve}/sessions/{session}/ledger'],
  ['GET', '/v1/offhook/organizations/{eve}/recordings/{recording}'],
  ['GET', '/v1/offhook/organizations/{eve}/recordings/{recording}/audio'],
  ['DELETE', '/v1/offhook/organizations/{eve}/keys/{privateKey}'],
  ['DELETE', '/v1/offhook/tokens/{token}'],
  ...[...webhookAttempts, ...memberAttempts].map(([method, path, body]): Attempt => [
    method,
    `/v1/offhook/organizations/{eve}${path}`,
    body,
  ]),
]

const withPrivateKey: readonly Attempt[] = [
  ['GET', '/v1/agents/desk'],
  ['POST', '/v1/agents/desk', { image: 'x:1' }],
  ['DELETE', '/v1/agents/desk'],
  ['GET', '/v1/agents/desk/logs'],
  ['GET', '/v1/agents/desk/sessions'],
  ['GET', '/v1/agents/desk/sessions/{session}'],
  ['DELETE', '/v1/agents/desk/sessions/{session}'],
  ['GET', '/v1/secrets/vault'],
  ['DELETE', '/v1/secrets/vault'],
  ['DELETE', '/v1/secrets/vault/A'],
  ['GET', '/v1/builds/{build}'],
  ['GET', '/v1/builds/{build}/logs'],
  ['POST', '/v1/agents', { serviceName: 'thief', image: 'x:1', secretSet: 'vault' }],
]

const fill = (text: string) =>
  text
    .replace('{ann}', ann.organization.name)
    .replace('{eve}', eve.organization.name)
    .replace(/\{(\w+)\}/g, (_, name: keyof typeof ids) => ids[name])

async function attempt(credential: string, [method, path, body]: Attempt): Promise<void> {
  const filled = body === undefined ? undefined : JSON.parse(fill(JSON.stringify(body)))
  const { status, text } = await server.send(credential, method, fill(path), filled)
  expect(status).toBe(404)
  expect(text).not.toMatch(/\+1555|secret of ann|me\/bot|example\.test\/ann/)
}

const below = (prefix: string, attempts: readonly Attempt[]) =>
  attempts.map(([method, path, body]): Attempt => [method, `${prefix}${path}`, body])

const refuseAll = (credential: () => string, attempts: readonly Attempt[]) => {
  for (const each of attempts) test(`${each[0]} ${each[1]} is 404`, () => attempt(credential(), each))
}

describe('a user of one organization finds nothing of another', () => {
  refuseAll(() => eve.token, below('/v1/organizations/{ann}', onCli))
  refuseAll(() => eve.token, below('/v1/offhook/organizations/{ann}', onOffhook))
  refuseAll(() => eve.token, withOwnOrganization)
})

describe('a private key of one organization opens nothing of another', () => {
  refuseAll(() => eve.privateKey, withPrivateKey)
  refuseAll(() => eve.privateKey, below('/v1/offhook/organizations/{ann}', onOffhook))
})

test('a public key of one organization starts no agent of another', async () => {
  const before = server.runtime.started.length
  for (const transport of [undefined, 'websocket']) {
    expect(await server.send(eve.publicKey, 'POST', '/v1/public/desk/start', { transport })).toMatchObject({
      status: 404,
    })
  }
  expect(server.runtime.started.length).toBe(before)
})

test('a build of another organization cannot be deployed', async () => {
  const request = { serviceName: 'thief', buildId: ids.build }
  const refused = await server.send(eve.privateKey, 'POST', '/v1/agents', request)
  expect(refused).toMatchObject({ status: 400, body: { error: expect.stringContaining('was not found') } })
})

test('lists of one organization have nothing of another', async () => {
  for (const path of ['agents', 'secrets', 'builds']) {
    const { status, text } = await server.send(eve.privateKey, 'GET', `/v1/${path}`)
    expect(status).toBe(200)
    expect(text).not.toMatch(/desk|vault/)
    expect(text).not.toContain(ids.build)
  }
  const base = `/v1/offhook/organizations/${eve.organization.name}`
  expect((await server.send(eve.token, 'GET', `${base}/calls`)).body.calls).toEqual([])
  expect((await server.send(eve.token, 'GET', `${base}/recordings`)).body.recordings).toEqual([])
  expect((await server.send(eve.token, 'GET', '/v1/organizations')).body.organizations).toHaveLength(1)
})

test('after all of that everything of Ann is as it was', async () => {
  const { body } = await server.send(ann.privateKey, 'GET', '/v1/agents/desk')
  expect(body).toMatchObject({
    desiredDeploymentId: ids.version,
    deployment: { manifest: { spec: { image: 'me/bot:2' } } },
  })
  expect(await server.store.secrets.reveal(ann.organization.id, 'vault')).toEqual({ A: 'secret of ann' })
  expect(await server.store.sessions.find(ann.organization.id, ids.session)).toMatchObject({ endedAt: null })
  const keys = await server.store.keys.list(ann.organization.id)
  expect(keys.map(({ revokedAt }) => revokedAt)).toEqual([null, null])
  expect(await server.store.tokens.verify(ann.token)).toBeDefined()
  expect(await server.store.webhooks.list(ann.organization.id)).toMatchObject([{ url: 'https://example.test/ann' }])
  expect(await server.store.plivoAccounts.find(ann.organization.id)).toMatchObject({ authId: 'MAANN000000000000000' })
  expect(await server.store.webhooks.list(eve.organization.id)).toEqual([])
  expect(await server.store.users.listMembers(ann.organization.id)).toMatchObject([{ id: ann.userId, role: 'owner' }])
  expect(await server.store.invitations.list(ann.organization.id)).toMatchObject([{ revokedAt: null }])
  expect((await server.store.agents.list(ann.organization.id, {})).map(({ name }) => name)).toEqual(['desk'])
})

test('names may be the same in two organizations, and both are reached', async () => {
  await server.send(eve.privateKey, 'POST', '/v1/agents', { serviceName: 'desk', image: 'eve/bot:1' })
  const image = async (key: string) =>
    (await server.send(key, 'GET', '/v1/agents/desk')).body.deployment.manifest.spec.image
  expect([await image(ann.privateKey), await image(eve.privateKey)]).toEqual(['me/bot:2', 'eve/bot:1'])
})

describe('roles', () => {
  const may: readonly (readonly [role: 'owner' | 'admin' | 'member' | 'viewer', statuses: readonly number[]])[] = [
    ['viewer', [200, 200, 403, 403, 403, 403, 403]],
    ['member', [200, 200, 200, 200, 200, 403, 403]],
    ['admin', [200, 200, 200, 200, 200, 200, 200]],
    ['owner', [200, 200, 200, 200, 200, 200, 200]],
  ]

  test.each(may)(
    'a %s reads, deploys, keeps secrets, and makes keys as far as the role goes',
    async (role, statuses) => {
      const { token } = await server.addMember(ann.organization.id, `${role}@example.com`, role)
      const base = `/v1/organizations/${ann.organization.name}`
      const attempts: readonly Attempt[] = [
        ['GET', '/services'],
        ['GET', '/secrets/vault'],
        ['POST', '/services', { serviceName: `by-${role}`, image: 'me/bot:1' }],
        ['PUT', '/services', { serviceName: 'desk', image: `me/bot:${role}` }],
        ['PUT', '/secrets/roles', { secretKey: 'A', secretValue: '1' }],
        ['POST', '/apiKeys', { name: role, type: 'public' }],
        ['PATCH', '/properties', { defaultRegion: 'us-west' }],
      ]
      const plivo = { authId: 'MAROLES0000000000000', authToken: 'a-token-of-some-account' }
      const account = `/v1/offhook/organizations/${ann.organization.name}/plivo`
      expect((await server.send(token, 'PUT', account, plivo)).status).toBe(statuses[6])
      expect((await server.send(token, 'DELETE', account)).status).toBe(statuses[6])
      const replies = []
      for (const [method, path, body] of attempts)
        replies.push(await server.send(token, method, `${base}${path}`, body))
      expect(replies.map(({ status }) => status)).toEqual(statuses)
      const refused = replies.find(({ status }) => status === 403)
      if (refused) expect(refused.body).toMatchObject({ code: '403', error: expect.stringContaining(role) })
    },
  )

  test('who leaves an organization is out at once', async () => {
    const { token, userId } = await server.addMember(ann.organization.id, 'leaver@example.com', 'admin')
    const read = () => server.send(token, 'GET', `/v1/organizations/${ann.organization.name}/services`)
    expect(await read()).toMatchObject({ status: 200 })
    await server.store.users.removeMember(ann.organization.id, userId)
    expect(await read()).toMatchObject({ status: 404 })
  })
})
