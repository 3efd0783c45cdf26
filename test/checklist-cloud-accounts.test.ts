import { expect, test } from 'vitest'
import * as cli from './support/cli-answers.ts'
import { describeNodes } from './support/cloud-node.ts'

// Pipecat Cloud's clients and their accounts: statements by their numbers in the list of what a compatible platform does.

/** The requests of the command line that only read. */
const reads = [
  '/daily',
  '/apiKeys',
  '/secrets',
  '/services',
  '/regions',
  '/properties',
  '/properties/schema',
  '/builds',
]

describeNodes((node) => {
  test('statement 01: whoami reads the user and the organization, and is sent nowhere else', async () => {
    const { token, organization, url } = node()
    const { user } = await node().read(cli.currentUser, node().send(token, 'GET', '/v1/users'))
    expect(user).toEqual({ userId: expect.any(String), emails: [{ emailAddress: 'owner@localhost' }] })
    await node().read(cli.dailyKey, node().cli('GET', '/daily'))
    for (const path of ['/v1/users', `/v1/organizations/${organization}/daily`]) {
      const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` }, redirect: 'manual' })
      expect([answer.status, answer.headers.get('location')]).toEqual([200, null])
    }
  })

  test('statement 02: a client that knows no organization finds one, with name and verboseName', async () => {
    const { token, organization } = node()
    const listed = await node().read(cli.organizations, node().send(token, 'GET', '/v1/organizations'))
    expect(listed.organizations).toMatchObject([{ name: organization, verboseName: 'Default Workspace' }])
  })

  test('statement 03: a wrong token gives 401 with the code "401", as text', async () => {
    const { organization } = node()
    for (const path of ['/v1/users', '/v1/organizations', `/v1/organizations/${organization}/services`]) {
      const { status, body } = await node().send('pcc_pat_wrong', 'GET', path)
      expect([path, status]).toEqual([path, 401])
      expect(body).toEqual({ code: '401', error: expect.any(String), message: body.error, status: 401 })
    }
  })

  test('statement 04: every good answer is JSON with a body, and says so', async () => {
    await node().addAgent('four')
    const changes = [
      ['POST', '/apiKeys', { name: 'four', type: 'public' }],
      ['PUT', '/secrets/four', { name: 'four', isImagePullSecret: false, secretKey: 'A', secretValue: '1' }],
      ['PATCH', '/properties', { defaultRegion: 'us-west' }],
      ['PUT', '/services', { serviceName: 'four', autoScaling: { minAgents: 0, maxAgents: 9 } }],
      ['DELETE', '/secrets/four/A'],
      ['DELETE', '/secrets/four'],
      ['DELETE', '/services/four'],
    ] as const
    for (const [method, path, body] of [...reads.map((path) => ['GET', path, undefined] as const), ...changes]) {
      const { status, headers, text } = await node().cli(method, path, body)
      expect([method, path, status, headers.get('content-type')]).toEqual([method, path, 200, 'application/json'])
      expect(JSON.parse(text)).toEqual(expect.any(Object))
    }
  })

  test('statement 05: every error is JSON with error and code, both text, on every surface', async () => {
    const { organization, token, privateKey, publicKey } = node()
    const asked = [
      [undefined, 'GET', '/v1/users', 401],
      [token, 'GET', `/v1/organizations/${organization}/services/nobody`, 404],
      [token, 'GET', '/v1/organizations/somebody-elses/services', 404],
      [token, 'POST', `/v1/organizations/${organization}/services`, 400],
      [token, 'GET', `/v1/organizations/${organization}/spend-limit`, 404],
      [privateKey, 'GET', '/v1/agents/nobody', 404],
      [privateKey, 'PATCH', '/v1/properties', 400],
      [publicKey, 'POST', '/v1/public/nobody/start', 404],
      [token, 'GET', `/v1/offhook/organizations/${organization}/agents/nobody/versions`, 404],
      [undefined, 'GET', '/nothing', 404],
    ] as const
    for (const [credential, method, path, expected] of asked) {
      const { status, headers, body } = await node().send(credential, method, path, method === 'GET' ? undefined : {})
      expect([path, status, headers.get('content-type')]).toEqual([path, expected, 'application/json'])
      expect([path, body]).toEqual([
        path,
        expect.objectContaining({ error: expect.any(String), code: expect.any(String) }),
      ])
      expect(body.error).not.toBe('')
    }
  })

  test('statement 06: fields that nobody knows are ignored', async () => {
    const unknown = { enableIntegratedKeysProxy: true, enableKrisp: true, somethingNew: { a: 1 } }
    const request = { serviceName: 'tolerant', image: 'me/bot:1', ...unknown }
    expect(await node().cli('POST', '/services', request)).toMatchObject({ status: 200 })
    expect(await node().rest('POST', '/agents/tolerant', { agentProfile: 'agent-2x', ...unknown })).toMatchObject({
      status: 200,
    })
    const key = await node().read(
      cli.createdKey,
      node().cli('POST', '/apiKeys', { name: 'k', type: 'public', ...unknown }),
    )
    expect(await node().start('tolerant', { transport: 'websocket', ...unknown }, key.key)).toMatchObject({
      status: 200,
    })
  })

  test('statement 07: how to log in with a browser is said in full, or is a clear 404', async () => {
    const { status, body } = await node().send(undefined, 'GET', '/auth/config')
    if (status === 404) expect(body).toMatchObject({ code: '404', error: expect.stringContaining('use-pat') })
    else expect([status, Object.keys(body).toSorted()]).toEqual([200, ['client_id', 'issuer', 'scopes']])
  })

  test('statement 08: each surface takes its own kind of credential; another is 401', async () => {
    const { organization, token, privateKey, publicKey } = node()
    await node().addAgent('guarded')
    const kinds = { token, privateKey, publicKey, unknown: 'pk_unknown', none: undefined }
    const statuses = async (method: string, path: string, body?: unknown) => {
      const entries = Object.entries(kinds).map(async ([kind, credential]) => {
        const { status } = await node().send(credential, method, path, body)
        return [kind, status] as const
      })
      return Object.fromEntries(await Promise.all(entries))
    }
    const nobody = { token: 401, privateKey: 401, publicKey: 401, unknown: 401, none: 401 }
    const only = (kind: keyof typeof kinds) => ({ ...nobody, [kind]: 200 })
    for (const path of ['agents', 'secrets', 'builds', 'properties', 'regions', 'agents/guarded/logs'])
      expect([path, await statuses('GET', `/v1/${path}`)]).toEqual([path, only('privateKey')])
    for (const path of reads) {
      const full = `/v1/organizations/${organization}${path}`
      expect([path, await statuses('GET', full)]).toEqual([path, only('token')])
    }
    const start = { transport: 'websocket' }
    expect(await statuses('POST', '/v1/public/guarded/start', start)).toEqual(only('publicKey'))
  })

  test('statement 09: generated names of organizations are three words and a number, without a dot', async () => {
    expect(node().organization).toMatch(/^[a-z]+-[a-z]+-[a-z]+-\d+$/)
    for (let made = 0; made < 20; made++) {
      const { name } = await node().open.store.organizations.create({ verboseName: 'Another' })
      expect(name).toMatch(/^[a-z]+-[a-z]+-[a-z]+-\d+$/)
    }
  })

  test('statement 10: a key starts sessions until it is revoked, and stays in the list', async () => {
    await node().addAgent('keyed')
    const { key } = await node().read(cli.createdKey, node().cli('POST', '/apiKeys', { name: 'dev', type: 'public' }))
    const start = () => node().start('keyed', { transport: 'websocket' }, key)
    expect(await start()).toMatchObject({ status: 200 })
    const listed = async () => {
      const { public: keys } = await node().read(cli.publicKeys, node().cli('GET', '/apiKeys'))
      return keys.filter(({ metadata }) => metadata.name === 'dev')
    }
    const [made] = await listed()
    expect(made).toMatchObject({ revoked: false })
    expect(await node().cli('DELETE', `/apiKeys/${made?.id}`)).toMatchObject({ status: 200, body: { status: 'OK' } })
    expect(await start()).toMatchObject({ status: 401, body: { code: '401' } })
    expect(await listed()).toMatchObject([{ id: made?.id, revoked: true }])
  })

  test('statement 11: the sixth live public key is refused', async () => {
    const create = () => node().cli('POST', '/apiKeys', { name: 'one of many', type: 'public' })
    const live = async () => {
      const { public: keys } = await node().read(cli.publicKeys, node().cli('GET', '/apiKeys'))
      return keys.filter(({ revoked }) => !revoked)
    }
    for (let count = (await live()).length; count < 5; count++) expect(await create()).toMatchObject({ status: 200 })
    expect(await create()).toMatchObject({ status: 409, body: { code: '409', error: expect.any(String) } })
    expect(await live()).toHaveLength(5)
    const [one] = (await live()).filter(({ metadata }) => metadata.name === 'one of many')
    await node().cli('DELETE', `/apiKeys/${one?.id}`)
    expect(await create()).toMatchObject({ status: 200 })
  })

  test('statement 19: the default region is read and set; an unknown property is 400 GENERIC_BAD_REQUEST', async () => {
    const read = () => node().read(cli.properties, node().cli('GET', '/properties'))
    expect(await read()).toEqual({ properties: { defaultRegion: 'us-west' } })
    const changed = await node().cli('PATCH', '/properties', { defaultRegion: 'eu-central' })
    expect(changed.body.properties.defaultRegion).toBe('eu-central')
    expect(await read()).toEqual({ properties: { defaultRegion: 'eu-central' } })
    const { properties } = await node().read(cli.propertySchemas, node().cli('GET', '/properties/schema'))
    expect(properties['defaultRegion']).toMatchObject({
      readOnly: false,
      currentValue: 'eu-central',
      default: 'us-west',
      availableValues: ['us-west', 'eu-central'],
    })
    for (const wrong of [{ colour: 'red', defaultRegion: 'us-west' }, {}, { defaultRegion: 'mars' }]) {
      const body = { code: 'GENERIC_BAD_REQUEST', error: expect.any(String) }
      expect(await node().rest('PATCH', '/properties', wrong)).toMatchObject({ status: 400, body })
      expect(await node().cli('PATCH', '/properties', wrong)).toMatchObject({ status: 400, body: { code: '400' } })
    }
    expect(await read()).toEqual({ properties: { defaultRegion: 'eu-central' } })
    await node().cli('PATCH', '/properties', { defaultRegion: 'us-west' })
  })

  test('statement 20: regions have code and display_name', async () => {
    const { regions } = await node().read(cli.regions, node().cli('GET', '/regions'))
    expect(regions).toContainEqual({ code: 'eu-central', display_name: 'Europe' })
  })
})
