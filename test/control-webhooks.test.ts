import { afterAll, beforeAll, expect, test } from 'vitest'
import { ControlServer, type Tenant } from './support/control-server.ts'

let server: ControlServer
let tenant: Tenant

beforeAll(async () => {
  server = await ControlServer.start()
  tenant = await server.addTenant('ann@example.com')
})
afterAll(() => server[Symbol.asyncDispose]())

const base = () => `/v1/offhook/organizations/${tenant.organization.name}/webhooks`
const send = (method: string, path = '', body?: unknown) => server.send(tenant.token, method, `${base()}${path}`, body)
const url = 'https://example.test/hook'

async function made(settings: object = {}): Promise<string> {
  const { status, body } = await send('POST', '', { url, ...settings })
  expect(status).toBe(201)
  return body.id
}

/** Data of what is queued for a webhook, the earliest first. */
async function queued(id: string): Promise<{ event_type: string; data: Record<string, unknown> }[]> {
  const { items } = await server.store.deliveries.list(tenant.organization.id, id)
  return items.map(({ payload }) => JSON.parse(payload)).toReversed()
}

test('a webhook is made with a secret that is shown once, and is listed, changed and removed', async () => {
  const created = await send('POST', '', { url, events: ['session.ended'], description: 'billing' })
  expect(created).toMatchObject({
    status: 201,
    body: { url, events: ['session.ended'], enabled: true, secret: expect.stringMatching(/^whsec_/) },
  })
  const { id, secret } = created.body
  for (const path of ['', `/${id}`]) expect((await send('GET', path)).text).not.toContain(secret)
  expect((await send('GET')).body.webhooks).toMatchObject([{ id, description: 'billing', disabledReason: null }])
  const changed = await send('PATCH', `/${id}`, { enabled: false, events: null })
  expect(changed).toMatchObject({ status: 200, body: { enabled: false, events: null, url, description: 'billing' } })
  expect(changed.body.disabledReason).toMatch(/switched off/)
  const renewed = await send('POST', `/${id}/secret`)
  expect(renewed.body.secret).toMatch(/^whsec_/)
  expect(renewed.body.secret).not.toBe(secret)
  expect(await send('DELETE', `/${id}`)).toMatchObject({ status: 200, body: { status: 'OK' } })
  expect(await send('GET', `/${id}`)).toMatchObject({ status: 404 })
  const { items } = await server.store.audit.list(tenant.organization.id, { limit: 4 })
  expect(items.map(({ action }) => action)).toEqual([
    'webhook.delete',
    'webhook.rotate-secret',
    'webhook.update',
    'webhook.create',
  ])
})

test.each([
  ['no URL', {}, 'url'],
  ['another protocol', { url: 'ftp://example.test' }, 'url'],
  ['no host', { url: 'https://' }, 'url'],
  ['a password in it', { url: 'https://a:b@example.test' }, 'url'],
  ['an inner address', { url: 'http://169.254.169.254/latest' }, 'url'],
  ['an inner address in disguise', { url: 'http://0x7f.1/' }, 'url'],
  ['an inner IPv6 address', { url: 'http://[::ffff:127.0.0.1]/' }, 'url'],
  ['an unknown event', { url, events: ['session.paused'] }, 'events'],
  ['no event', { url, events: [] }, 'events'],
])('a webhook with %s is refused', async (_what, body, field) => {
  const refused = await send('POST', '', body)
  expect(refused).toMatchObject({ status: 400, body: { error: expect.stringContaining(field) } })
})

test('where the operator allows it, inner addresses are taken', async () => {
  await using open = await ControlServer.start({ privateWebhooks: true })
  const other = await open.addTenant('bob@example.com')
  const path = `/v1/offhook/organizations/${other.organization.name}/webhooks`
  expect(await open.send(other.token, 'POST', path, { url: 'http://10.0.0.1/' })).toMatchObject({ status: 201 })
})

test('webhooks are for admins: URLs may hold secrets', async () => {
  const id = await made()
  const { token } = await server.addMember(tenant.organization.id, 'member@example.com', 'member')
  for (const [method, path] of [
    ['GET', ''],
    ['GET', `/${id}`],
    ['GET', `/${id}/deliveries`],
    ['POST', `/${id}/test`],
    ['DELETE', `/${id}`],
  ] as const)
    expect([method, path, (await server.send(token, method, `${base()}${path}`)).status]).toEqual([method, path, 403])
  expect(await server.send(tenant.privateKey, 'DELETE', `${base()}/${id}`)).toMatchObject({ status: 200 })
})

test('a test is a delivery like any other: it is listed, read, and sent again', async () => {
  const id = await made({ events: ['session.ended'] })
  const queuedTest = await send('POST', `/${id}/test`)
  expect(queuedTest).toMatchObject({
    status: 200,
    body: {
      eventType: 'webhook.test',
      state: 'pending',
      payload: { event_type: 'webhook.test', org: tenant.organization.name, data: { webhook_id: id } },
    },
  })
  const deliveryId = queuedTest.body.id
  const { body } = await send('GET', `/${id}/deliveries?state=pending`)
  expect(body).toMatchObject({ total: 1, deliveries: [{ id: deliveryId, attempts: 0, lastError: null }] })
  expect(body.deliveries[0].payload).toBeUndefined()
  expect((await send('GET', `/${id}/deliveries?state=failed`)).body.total).toBe(0)
  expect((await send('GET', `/${id}/deliveries/${deliveryId}`)).body).toEqual(queuedTest.body)
  expect(await send('POST', `/${id}/deliveries/${deliveryId}/resend`)).toMatchObject({ status: 200 })
  await send('PATCH', `/${id}`, { enabled: false })
  expect(await send('POST', `/${id}/test`)).toMatchObject({ status: 409 })
  for (const path of [`/${id}/deliveries/nothing`, '/nothing/deliveries', '/nothing'])
    expect((await send('GET', path)).status).toBe(404)
})

test('keys, secrets and deployments are told of as they change', async () => {
  const id = await made()
  const cli = `/v1/organizations/${tenant.organization.name}`
  const as = (method: string, path: string, body?: unknown) => server.send(tenant.token, method, `${cli}${path}`, body)
  const key = await as('POST', '/apiKeys', { name: 'web', type: 'public' })
  await as('DELETE', `/apiKeys/${key.body.id}`)
  await as('PUT', '/secrets/vault', { secretKey: 'A', secretValue: 'hush' })
  await as('PUT', '/secrets/vault', { secretKey: 'B', secretValue: 'hush' })
  await as('DELETE', '/secrets/vault/B')
  await as('DELETE', '/secrets/vault')
  await as('POST', '/services', { serviceName: 'desk', image: 'me/bot:1' })
  await as('PUT', '/services', { serviceName: 'desk', image: 'me/broken:2' })
  const told = await queued(id)
  const deployed = ['deployment.created', 'deployment.active', 'deployment.updated', 'deployment.failed']
  const secrets = ['secret.created', 'secret.updated', 'secret.updated', 'secret.deleted']
  expect(told.map(({ event_type: type }) => type).toSorted()).toEqual(
    ['api_key.created', 'api_key.revoked', ...secrets, ...deployed].toSorted(),
  )
  expect(told.find(({ event_type: type }) => type === 'api_key.created')?.data).toEqual({
    key_id: key.body.id,
    name: 'web',
    type: 'public',
  })
  expect(told.find(({ event_type: type }) => type === 'secret.created')?.data).toEqual({
    name: 'vault',
    type: 'secret',
    region: 'us-west',
  })
  expect(told.find(({ event_type: type }) => type === 'deployment.failed')?.data).toMatchObject({
    service: 'desk',
    version: 2,
    error: { code: 'PCC_IMAGE_NOT_FOUND' },
  })
  expect(JSON.stringify(told)).not.toMatch(/hush|pk_/)
})
