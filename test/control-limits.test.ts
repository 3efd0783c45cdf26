import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ManualClock } from '../src/lib/manual-clock.ts'
import { ControlServer, type Tenant } from './support/control-server.ts'

interface Operation {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}

// What holds for every request: limits, errors, headers, the contract itself.

let server: ControlServer
let tenant: Tenant

beforeAll(async () => {
  server = await ControlServer.start()
  tenant = await server.addTenant('ann@example.com')
})
afterAll(async () => server[Symbol.asyncDispose]())

/** Sends a body in chunks, without saying how long it is. */
const sendChunks = (path: string, chunks: readonly string[]): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${tenant.privateKey}`, 'content-type': 'application/json' }
    const outgoing = request(`${server.url}${path}`, { method: 'PUT', headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    outgoing.on('error', reject)
    for (const chunk of chunks) outgoing.write(chunk)
    outgoing.end()
  })

describe('errors', () => {
  test.each([
    ['the command line', () => tenant.token, '/v1/organizations/nope/services', '404'],
    ['the documented API', () => tenant.privateKey, '/v1/agents/nope', 'NOT_FOUND'],
    ['Offhook', () => tenant.token, '/v1/offhook/organizations/nope/calls', 'NOT_FOUND'],
    ['nobody', () => undefined, '/nothing', 'NOT_FOUND'],
  ])('an error for %s has error, message, code and status', async (_, credential, path, code) => {
    const { status, body } = await server.send(credential(), 'GET', path)
    expect([status, body]).toEqual([404, { error: expect.any(String), message: body.error, code, status: 404 }])
  })

  test('a body that is no JSON is 400', async () => {
    const refused = await server.send(tenant.privateKey, 'POST', '/v1/agents', '{"serviceName":')
    expect(refused).toMatchObject({ status: 400, body: { code: 'GENERIC_BAD_REQUEST' } })
  })

  test('a body that does not say that it is JSON is 400, with the header that is wrong', async () => {
    const headers = { authorization: `Bearer ${tenant.privateKey}` }
    const body = JSON.stringify({ serviceName: 'desk', image: 'me/bot:1' })
    const response = await fetch(`${server.url}/v1/agents`, { method: 'POST', headers, body })
    const error = 'The header content-type must be application/json.'
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ error })])
  })

  test('an error of ours says nothing of itself to the client, and all to the log', async () => {
    const failing = await ControlServer.start()
    const other = await failing.addTenant('x@example.com')
    failing.expectFaults = true
    failing.runtime.liveCalls = () => {
      throw new Error('the password is 1234')
    }
    const path = `/v1/offhook/organizations/${other.organization.name}/calls`
    const { status, text, body } = await failing.send(other.token, 'GET', path)
    expect([status, body.code]).toEqual([500, 'INTERNAL_SERVER_ERROR'])
    expect(text).not.toContain('1234')
    expect(failing.log.all('a request failed')[0]?.fields).toMatchObject({
      path,
      err: new Error('the password is 1234'),
    })
    await failing[Symbol.asyncDispose]()
  })
})

describe('limits', () => {
  const pairs = (bytes: number) => JSON.stringify({ secrets: [{ secretKey: 'A', secretValue: 'x'.repeat(bytes) }] })

  test('a request that is too large is refused with 413, whether it says its length or not', async () => {
    const text = pairs(2 * 1024 * 1024)
    expect(await server.send(tenant.privateKey, 'PUT', '/v1/secrets/big', text)).toMatchObject({ status: 413 })
    const inChunks = await sendChunks('/v1/secrets/big', [text.slice(0, 1000), text.slice(1000)])
    expect(inChunks).toMatchObject({ status: 413, text: expect.stringContaining('PAYLOAD_TOO_LARGE') })
  })

  test('a request in chunks is read like any other', async () => {
    const text = pairs(10)
    expect(await sendChunks('/v1/secrets/small', [text.slice(0, 7), text.slice(7)])).toMatchObject({ status: 202 })
  })

  test('a credential that is used too often gets 429 and when to come again; others are not held up', async () => {
    const clock = new ManualClock()
    await using hasty = await ControlServer.start({ rate: { burst: 2, perSecond: 0.5 }, clock })
    const [one, two] = [await hasty.addTenant('one@example.com'), await hasty.addTenant('two@example.com')]
    const read = (credential: string) => hasty.send(credential, 'GET', '/v1/regions')
    expect((await read(one.privateKey)).status).toBe(200)
    expect((await read(one.privateKey)).status).toBe(200)
    const refused = await read(one.privateKey)
    expect(refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } })
    expect(refused.headers.get('retry-after')).toBe('2')
    expect((await read(two.privateKey)).status).toBe(200)
    clock.advance(2_000)
    expect((await read(one.privateKey)).status).toBe(200)
  })

  test('an address that tries credentials is held up, and nobody else who is known there', async () => {
    const clock = new ManualClock()
    await using tried = await ControlServer.start({ rate: { burst: 3, perSecond: 10 }, clock })
    const { privateKey, publicKey } = await tried.addTenant('known@example.com')
    const read = (credential: string | undefined) => tried.send(credential, 'GET', '/v1/regions')
    expect((await read(privateKey)).status).toBe(200)
    for (const credential of ['wrong-1', publicKey, undefined]) expect((await read(credential)).status).toBe(401)
    const refused = await read('wrong-3')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    expect((await read(privateKey)).status).toBe(200)
    const accept = () => tried.send(undefined, 'POST', '/v1/offhook/invitations/accept', { token: 'inv_x' })
    expect((await accept()).status).toBe(429)
    clock.advance(1000)
    expect((await accept()).status).toBe(404)
  })

  test('a credential longer than any of ours is 401', async () => {
    expect(await server.send('x'.repeat(2_000), 'GET', '/v1/agents')).toMatchObject({ status: 401 })
  })
})

describe('headers', () => {
  test('every answer, good or bad, tells browsers to do nothing with it', async () => {
    for (const path of ['/v1/agents', '/v1/regions', '/docs', '/nothing', '/openapi.json']) {
      const { headers } = await server.send(tenant.privateKey, 'GET', path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
    const { headers } = await server.send(undefined, 'GET', '/v1/regions')
    expect([headers.get('www-authenticate'), headers.get('x-content-type-options')]).toEqual(['Bearer', 'nosniff'])
  })

  test('web pages may call only from the origins that were named', async () => {
    await using open = await ControlServer.start({ allowedOrigins: ['https://app.example.com'] })
    const preflight = (from: ControlServer, origin: string) =>
      fetch(`${from.url}/v1/agents`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } })
    const allowed = async (from: ControlServer, origin: string) =>
      (await preflight(from, origin)).headers.get('access-control-allow-origin')
    expect(await allowed(open, 'https://app.example.com')).toBe('https://app.example.com')
    expect(await allowed(open, 'https://evil.example.com')).toBeNull()
    expect(await allowed(server, 'https://app.example.com')).toBeNull()
  })
})

describe('the contract', () => {
  test('/openapi.json has every path of every surface, with the credential that it takes', async () => {
    const { status, body } = await server.send(undefined, 'GET', '/openapi.json')
    expect([status, body.openapi]).toEqual([200, '3.1.0'])
    const operations = Object.entries(body.paths).flatMap(([path, item]) =>
      Object.entries(item as object).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
    )
    expect(operations.length).toBeGreaterThan(60)
    const open = operations.filter(({ security }) => security === undefined).map(({ name }) => name)
    expect(open).toEqual(['get /auth/config', 'post /v1/offhook/invitations/accept'])
    for (const { name, responses } of operations)
      expect([name, Object.keys(responses)]).toEqual([name, expect.arrayContaining(['400', '401'])])
    expect(Object.keys(body.components.securitySchemes).toSorted()).toEqual([
      'personalAccessToken',
      'privateKey',
      'publicKey',
    ])
  })

  test('every operation of the contract is served, and asks for its credential', async () => {
    const { body } = await server.send(undefined, 'GET', '/openapi.json')
    for (const [path, item] of Object.entries(body.paths)) {
      for (const method of Object.keys(item as object)) {
        if (path === '/auth/config' || path.endsWith('/accept')) continue
        const { status } = await server.send(undefined, method.toUpperCase(), path.replace(/\{\w+\}/g, 'x'))
        expect([method, path, status]).toEqual([method, path, 401])
      }
    }
  })

  test('/docs is one page for people, with no script and nothing from elsewhere', async () => {
    const { status, headers, text } = await server.send(undefined, 'GET', '/docs')
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
    expect(text).toContain('/v1/public/{agentName}/start')
    expect(text).not.toMatch(/<script|https?:\/\/|\son\w+=/)
    // A browser takes the page's style only if it is, to the letter, the one that the header names.
    const style = /<style>([^]*)<\/style>/.exec(text)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    expect(headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`)
  })

  test('/docs says of an operation what it takes, which credential it needs and what it answers', async () => {
    const { text } = await server.send(undefined, 'GET', '/docs')
    const start = /<details>\s*<summary>\s*<b>POST<\/b><code>\/v1\/public[^]*?<\/details>/.exec(text)?.[0] ?? ''
    const shown = start.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
    expect(shown).toContain('A public API key (pk_…): starts sessions.')
    expect(shown).toContain('agentName text, in the path')
    expect(shown).toContain('transport optional &quot;daily&quot; | &quot;webrtc&quot; | &quot;websocket&quot;')
    expect(shown).toMatch(/200 The session\..*sessionId text.*token optional text/)
    const deploy = /<code>\/v1\/agents<\/code>[^]*?<b>POST<\/b>[^]*?<\/details>/.exec(text)?.[0] ?? ''
    expect(deploy).toMatch(/autoScaling\.minAgents[^]*whole number/)
    expect(deploy).toContain('deployment.manifest.spec.image')
  })

  test('every operation says in one line what it is for', async () => {
    const { body } = await server.send(undefined, 'GET', '/openapi.json')
    const paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> = body.paths
    for (const [path, item] of Object.entries(paths)) {
      for (const [method, { summary, tags, responses }] of Object.entries(item)) {
        expect([method, path, summary]).toEqual([method, path, expect.stringMatching(/^[A-Z][^\n]{5,100}[^.]$/)])
        expect([path, tags]).toEqual([path, [expect.any(String)]])
        for (const { description } of Object.values(responses)) expect(description).toMatch(/\w/)
      }
    }
  })
})
