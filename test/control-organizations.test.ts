import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ControlServer, type Tenant } from './support/control-server.ts'

let server: ControlServer
let tenant: Tenant
let base: string

beforeAll(async () => {
  server = await ControlServer.start()
  tenant = await server.addTenant('ann@example.com')
  base = `/v1/offhook/organizations/${tenant.organization.name}`
})
afterAll(() => server[Symbol.asyncDispose]())

const as = (credential: string | undefined, method: string, path: string, body?: unknown) =>
  server.send(credential, method, `${base}${path}`, body)
const accept = (body: object, credential?: string) =>
  server.send(credential, 'POST', '/v1/offhook/invitations/accept', body)

describe('organizations', () => {
  test('who owns one makes others, calls them something else, and deletes them', async () => {
    const made = await server.send(tenant.token, 'POST', '/v1/offhook/organizations', { verboseName: 'Second' })
    expect(made).toMatchObject({ status: 201, body: { verboseName: 'Second', role: 'owner' } })
    const { name } = made.body
    expect(name).toMatch(/^[a-z]+-[a-z]+-[a-z]+-\d+$/)
    const path = `/v1/offhook/organizations/${name}`
    expect(await server.send(tenant.token, 'PATCH', path, { verboseName: 'Renamed' })).toMatchObject({
      status: 200,
      body: { name, verboseName: 'Renamed' },
    })
    const listed = await server.send(tenant.token, 'GET', '/v1/offhook/organizations')
    expect(
      listed.body.organizations.map((one: Record<string, unknown>) => [one['verboseName'], one['role']]),
    ).toContainEqual(['Renamed', 'owner'])
    await server.send(tenant.token, 'POST', `/v1/organizations/${name}/services`, { serviceName: 'desk', image: 'a:1' })
    const { body } = await server.send(tenant.token, 'POST', `/v1/organizations/${name}/apiKeys`, { name: 'k' })
    const start = () => server.send(body.key, 'POST', '/v1/public/desk/start', {})
    expect((await start()).status).toBe(200)
    expect(await server.send(tenant.token, 'DELETE', path)).toMatchObject({ status: 200, body: { status: 'OK' } })
    expect((await server.send(tenant.token, 'GET', `${path}/members`)).status).toBe(404)
    expect((await start()).status).toBe(401)
  })

  test('a name that is taken, or cannot stand in a host, is refused', async () => {
    const make = (name: string) =>
      server.send(tenant.token, 'POST', '/v1/offhook/organizations', { verboseName: 'X', name })
    expect(await make(tenant.organization.name)).toMatchObject({ status: 409 })
    expect(await make('a.b')).toMatchObject({ status: 400, body: { error: expect.stringContaining('name') } })
  })

  test('who owns none makes none; only owners rename and delete', async () => {
    const { token } = await server.addMember(tenant.organization.id, 'admin-1@example.com', 'admin')
    expect(await server.send(token, 'POST', '/v1/offhook/organizations', { verboseName: 'X' })).toMatchObject({
      status: 403,
    })
    for (const credential of [token, tenant.privateKey]) {
      expect(await as(credential, 'PATCH', '', { verboseName: 'X' })).toMatchObject({ status: 403 })
      expect(await as(credential, 'DELETE', '')).toMatchObject({ status: 403 })
    }
  })

  test('the only organization of a node stays', async () => {
    await using alone = await ControlServer.start()
    const { token, organization } = await alone.addTenant('only@example.com')
    const refused = await alone.send(token, 'DELETE', `/v1/offhook/organizations/${organization.name}`)
    expect(refused).toMatchObject({ status: 409, body: { error: expect.stringContaining('only organization') } })
  })
})

describe('members', () => {
  test('somebody new joins with an invitation, and gets a token', async () => {
    const invited = await as(tenant.token, 'POST', '/invitations', { email: 'New@example.com', role: 'viewer' })
    expect(invited).toMatchObject({ status: 201, body: { role: 'viewer', state: 'open' } })
    expect(invited.body.token).toMatch(/^inv_/)
    const joined = await accept({ token: invited.body.token, displayName: 'Newcomer' })
    expect(joined).toMatchObject({
      status: 200,
      body: {
        organization: tenant.organization.name,
        role: 'viewer',
        user: { email: 'new@example.com' },
        token: expect.stringMatching(/^pcc_pat_/),
      },
    })
    expect((await as(joined.body.token, 'GET', '/members')).body.members).toContainEqual(
      expect.objectContaining({ email: 'new@example.com', displayName: 'Newcomer', role: 'viewer' }),
    )
    expect(await accept({ token: invited.body.token })).toMatchObject({ status: 404 })
    const { body } = await as(tenant.token, 'GET', '/invitations')
    expect(body.invitations[0]).toMatchObject({ email: 'new@example.com', state: 'accepted' })
    expect(JSON.stringify(body)).not.toContain(invited.body.token)
  })

  test('an invitation to the address of a user gives nobody that user’s account', async () => {
    const bob = await server.addTenant('bob@example.com')
    const { body } = await as(tenant.token, 'POST', '/invitations', { email: bob.email })
    expect(await accept({ token: body.token })).toMatchObject({ status: 409 })
    expect(await accept({ token: body.token }, 'pcc_pat_wrong')).toMatchObject({ status: 401 })
    const joined = await accept({ token: body.token }, bob.token)
    expect(joined).toMatchObject({ status: 200, body: { role: 'member', token: null, user: { userId: bob.userId } } })
  })

  test('an invitation that was taken back is good for nothing', async () => {
    const { body } = await as(tenant.token, 'POST', '/invitations', { email: 'never@example.com' })
    expect(await as(tenant.token, 'DELETE', `/invitations/${body.id}`)).toMatchObject({ status: 200 })
    expect(await accept({ token: body.token })).toMatchObject({ status: 404 })
  })

  test('an admin manages those below an owner; a member nobody; a key nobody', async () => {
    const { id } = tenant.organization
    const admin = await server.addMember(id, 'admin-2@example.com', 'admin')
    const member = await server.addMember(id, 'member-2@example.com', 'member')
    const change = (credential: string, userId: string, role: string) =>
      as(credential, 'PATCH', `/members/${userId}`, { role })
    expect(await change(admin.token, member.userId, 'viewer')).toMatchObject({ status: 200, body: { role: 'viewer' } })
    expect(await change(admin.token, member.userId, 'owner')).toMatchObject({ status: 403 })
    expect(await change(admin.token, tenant.userId, 'viewer')).toMatchObject({ status: 403 })
    expect(await as(admin.token, 'DELETE', `/members/${tenant.userId}`)).toMatchObject({ status: 403 })
    expect(await as(admin.token, 'POST', '/invitations', { email: 'x@y.com', role: 'owner' })).toMatchObject({
      status: 403,
    })
    for (const credential of [member.token, tenant.privateKey]) {
      expect(await change(credential, admin.userId, 'viewer')).toMatchObject({ status: 403 })
      expect(await as(credential, 'POST', '/invitations', { email: 'x@y.com' })).toMatchObject({ status: 403 })
      expect(await as(credential, 'DELETE', `/members/${admin.userId}`)).toMatchObject({ status: 403 })
    }
    expect(await change(admin.token, 'nobody', 'viewer')).toMatchObject({ status: 404 })
    const stranger = await server.addTenant('stranger@example.com')
    expect(await change(tenant.token, stranger.userId, 'owner')).toMatchObject({ status: 404 })
  })

  test('anybody can leave, but the last owner cannot', async () => {
    const { token, userId } = await server.addMember(tenant.organization.id, 'leaving@example.com', 'viewer')
    expect(await as(token, 'DELETE', `/members/${userId}`)).toMatchObject({ status: 200 })
    expect((await as(token, 'GET', '/members')).status).toBe(404)
    for (const attempt of [
      await as(tenant.token, 'DELETE', `/members/${tenant.userId}`),
      await as(tenant.token, 'PATCH', `/members/${tenant.userId}`, { role: 'admin' }),
    ])
      expect(attempt).toMatchObject({ status: 409, body: { error: expect.stringContaining('owner') } })
  })
})

test('the audit log names who did what, for admins', async () => {
  const other = await server.addTenant('auditor@example.com')
  const path = `/v1/offhook/organizations/${other.organization.name}`
  const { body } = await server.send(other.token, 'POST', `${path}/invitations`, { email: 'c@example.com' })
  await server.send(other.token, 'POST', `${path}/keys`, { name: 'deploys', type: 'private' })
  await server.send(other.privateKey, 'PUT', '/v1/secrets/vault', { secretKey: 'A', secretValue: 'hush' })
  const read = async (query = '') => (await server.send(other.token, 'GET', `${path}/audit${query}`)).body
  const { entries, total } = await read()
  expect(total).toBe(3)
  expect(entries).toMatchObject([
    { action: 'secrets.put', actorType: 'key', actor: 'private', targetId: 'vault' },
    { action: 'key.create', actorType: 'user', actor: 'auditor@example.com' },
    { action: 'member.invite', targetId: body.id, data: { email: 'c@example.com', role: 'member' } },
  ])
  expect(JSON.stringify(entries)).not.toMatch(/hush|inv_|sk_/)
  expect((await read('?action=key.create&limit=1')).entries).toHaveLength(1)
  expect((await read(`?startTime=${new Date(Date.now() + 60_000).toISOString()}`)).total).toBe(0)
  const { token } = await server.addMember(other.organization.id, 'curious@example.com', 'member')
  expect((await server.send(token, 'GET', `${path}/audit`)).status).toBe(403)
})
