/** Requests of clients to the bot of a running call, through the node. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Agent, request as httpRequest } from 'node:http'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform, type TestPlatform } from './support/platform.ts'

let platform: TestPlatform
let publicKey: string

const sdkBot = `
  import { defineBot } from 'offhook'
  export default defineBot({
    onCall: async (call) => {
      for await (const event of call) if (event.type === 'dtmf') return
    },
    async fetch(request, { call }) {
      const { pathname, search } = new URL(request.url)
      if (pathname === '/echo') return new Response(request.body, { status: 201, headers: { 'x-from': call.from } })
      if (pathname === '/told') {
        console.log('asked for', search)
        return Response.json({ method: request.method, search, ...Object.fromEntries(request.headers) })
      }
      if (pathname === '/slow') {
        const encoder = new TextEncoder()
        return new Response(new ReadableStream({
          async start(controller) {
            controller.enqueue(encoder.encode('one,'))
            await new Promise((resolve) => request.signal.addEventListener('abort', resolve))
            console.log('the client left')
          },
        }))
      }
      if (pathname === '/error') return Response.error()
      throw new Error('no such thing')
    },
  })`

beforeAll(async () => {
  platform = await startPlatform()
  const keys = `/v1/organizations/${platform.organization}/apiKeys`
  const { body } = await platform.ask('POST', keys, { name: 'session-api', type: 'public' })
  publicKey = body['key'] as string
  const contractBot = resolve('test/support/contract-bot.mjs')
  const source = (await readFile(contractBot, 'utf8')).replace('process.env.PACKAGES_OF', JSON.stringify(contractBot))
  await platform.deployAs('server', {
    source: { type: 'command', command: [process.execPath, 'bot.mjs'] },
    files: [{ path: 'bot.mjs', content: Buffer.from(source).toString('base64') }],
  })
  await platform.deploy('module', sdkBot)
  await platform.deploy(
    'mute',
    `import { defineBot } from 'offhook'\nexport default defineBot(async (call) => { for await (const _ of call); })`,
  )
}, 60_000)

afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  await removeHome(platform)
})

/** A call to the agent, as long as `run` takes. */
async function during(agent: string, run: (sessionId: string) => Promise<void>): Promise<void> {
  const call = platform.call(agent, [{ do: 'wait', ms: 15_000 }])
  const live = () => platform.open.server.calls.sessionsOf(`${agent}.${platform.organization}`)
  try {
    await expect.poll(() => live().map(({ state }) => state.name), patience).toEqual(['talking'])
    const sessionId = live()[0]?.id ?? ''
    await expect
      .poll(async () => (await ask(agent, sessionId, '/told')).status !== 404 || agent === 'mute', patience)
      .toBe(true)
    await run(sessionId)
  } finally {
    for (const session of live()) session.stop('stopped')
    await call.ended
  }
}

const base = () => `http://127.0.0.1:${platform.open.server.port}`

const ask = (agent: string, sessionId: string, path: string, options: RequestInit = {}): Promise<Response> =>
  fetch(`${base()}/v1/public/${agent}/sessions/${sessionId}${path}`, {
    ...options,
    headers: { authorization: `Bearer ${publicKey}`, ...(options.headers as Record<string, string>) },
  })

/** A path as it is written, which `fetch` would tidy up. */
function statusOfRawPath(path: string): Promise<number> {
  const headers = { authorization: `Bearer ${publicKey}` }
  return new Promise((resolve, reject) => {
    httpRequest(base(), { path, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

interface Told {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

describe('a server bot', () => {
  test('statement 50: is asked with method, path, query, headers and body, and its answer comes back as it is', () =>
    during('server', async (sessionId) => {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const bytes = Buffer.from([0, 1, 2, 253, 254, 255])
        const answer = await ask('server', sessionId, '/deep/er%20path/?a=b%20c&status=418', {
          method,
          body: bytes,
          headers: { 'x-own': 'mine', 'content-type': 'application/x-own', 'x-daily-session-id': 'forged' },
        })
        expect([answer.status, answer.headers.get('x-bot')]).toEqual([418, 'here'])
        expect(answer.headers.get('content-security-policy')).toBeNull()
        const told = (await answer.json()) as Told
        expect(told).toMatchObject({
          method,
          url: '/deep/er%20path/?a=b%20c&status=418',
          body: bytes.toString('latin1'),
        })
        expect(told.headers).toMatchObject({
          'x-own': 'mine',
          'content-type': 'application/x-own',
          'content-length': '6',
          'x-daily-session-id': sessionId,
          host: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
        })
        expect(told.headers).not.toHaveProperty('authorization')
        expect(told.headers['host']).not.toBe(new URL(base()).host)
      }
      const told = (await (await ask('server', sessionId, '/status')).json()) as Told
      expect(told).toMatchObject({ method: 'GET', url: '/status', body: '' })
      const head = await ask('server', sessionId, '/status', { method: 'HEAD' })
      expect([head.status, head.headers.get('x-bot'), await head.text()]).toEqual([200, 'here', ''])
    }))

  test('statement 50: an unknown or ended session is not found, and neither is that of another agent', async () => {
    let ended = ''
    await during('server', async (sessionId) => {
      ended = sessionId
      expect((await ask('module', sessionId, '/status')).status).toBe(404)
    })
    for (const id of [ended, randomUUID(), 'x']) {
      const answer = await ask('server', id, '/status')
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ error: 'Invalid or not-yet-ready session_id', code: '404' })
    }
    expect((await ask('nobody', ended, '/status')).status).toBe(404)
  })

  test('statement 51: what the platform asks of a bot is for the platform, however it is written', () =>
    during('server', async (sessionId) => {
      const session = `/v1/public/server/sessions/${sessionId}`
      const refused = [
        '/bot',
        '/ws',
        '/ws/x?body=e30=',
        '/whatsapp',
        '/readyz',
        '/livez',
        '/%62ot',
        '//bot',
        '/bot/',
        '/BOT',
      ]
      for (const path of [...refused, '/x/../bot', '/x%2f..%2fbot', '/./livez']) {
        expect([path, await statusOfRawPath(session + path)]).toEqual([path, 403])
      }
      for (const path of ['/api/offer', '/bots', '/a/bot', '/']) {
        expect([path, await statusOfRawPath(session + path)]).toEqual([path, 200])
      }
      expect(await statusOfRawPath(`${session}/%ff`)).toBe(400)
      expect(await statusOfRawPath(`${session}//127.0.0.2/x`)).toBe(200)
    }))

  test('is not asked with a body that is too long, whether that is said or not', () =>
    during('server', async (sessionId) => {
      const bytes = Buffer.alloc(4 * 1024 * 1024 + 1)
      expect((await ask('server', sessionId, '/x', { method: 'POST', body: bytes })).status).toBe(413)
      const endless = new Blob([bytes]).stream()
      const chunked = { method: 'POST', body: endless, duplex: 'half' } as RequestInit
      expect((await ask('server', sessionId, '/x', chunked)).status).toBe(413)
      expect((await ask('server', sessionId, '/x')).status).toBe(200)
    }))

  test('that answers oddly is answered for: without a body, or with 502 and the reason', () =>
    during('server', async (sessionId) => {
      for (const status of [204, 205, 304]) {
        const answer = await ask('server', sessionId, `/x?status=${status}`)
        expect([answer.status, await answer.text()]).toEqual([status, ''])
      }
      for (const path of ['/x?status=101', '/x?status=600', '/switch']) {
        const answer = await ask('server', sessionId, path)
        const error = expect.stringMatching(/^The bot (answered with \d+|closed the connection)/) as string
        expect([answer.status, await answer.json()]).toEqual([502, expect.objectContaining({ error })])
      }
    }))

  test('that answers piece by piece is heard piece by piece, and is told when its client has left', () =>
    during('server', async (sessionId) => {
      const client = new AbortController()
      const answer = await ask('server', sessionId, '/slow', { signal: client.signal })
      const reader = answer.body?.getReader()
      expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('one,')
      client.abort()
      await platform.log.until('the client of /slow has left')
    }))

  test('is only asked by holders of a public key of the organization', () =>
    during('server', async (sessionId) => {
      const headers = { authorization: 'Bearer pk_none' }
      expect((await ask('server', sessionId, '/status', { headers })).status).toBe(401)
    }))
})

describe('an SDK bot', () => {
  test('answers with fetch, which has the call', () =>
    during('module', async (sessionId) => {
      const bytes = Buffer.alloc(300_000, 'abc')
      const answer = await ask('module', sessionId, '/echo', { method: 'POST', body: bytes })
      expect([answer.status, answer.headers.get('x-from')]).toEqual([201, '14155550100'])
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true)
      const told: unknown = await (await ask('module', sessionId, '/told?a=1', { headers: { 'x-own': 'mine' } })).json()
      expect(told).toMatchObject({ method: 'GET', search: '?a=1', 'x-own': 'mine', 'x-daily-session-id': sessionId })
      expect(told).not.toHaveProperty('authorization')
      const { fields } = await platform.log.until('asked for ?a=1')
      expect(fields['session']).toBe(sessionId)
    }))

  test('is told when its client has left', () =>
    during('module', async (sessionId) => {
      const client = new AbortController()
      const answer = await ask('module', sessionId, '/slow', { signal: client.signal })
      const reader = answer.body?.getReader()
      expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('one,')
      client.abort()
      await platform.log.until('the client left')
    }))

  test('that throws, or returns no Response, costs the client an answer and nobody the call', () =>
    during('module', async (sessionId) => {
      for (const path of ['/nothing', '/error']) expect((await ask('module', sessionId, path)).status).toBe(502)
      await platform.log.until(/fetch threw: Error: no such thing/)
      expect((await ask('module', sessionId, '/told')).status).toBe(200)
    }))

  test('takes at most 1 MiB, and every reserved path is refused', () =>
    during('module', async (sessionId) => {
      const body = Buffer.alloc(1024 * 1024 + 1)
      expect((await ask('module', sessionId, '/told', { method: 'POST', body })).status).toBe(413)
      expect((await ask('module', sessionId, '/api/offer')).status).toBe(403)
      expect((await ask('module', sessionId, '/told')).status).toBe(200)
    }))

  test('without fetch has nothing there, and says so', () =>
    during('mute', async (sessionId) => {
      const answer = await ask('mute', sessionId, '/told')
      expect(answer.status).toBe(404)
      expect(JSON.stringify(await answer.json())).toContain('it has no fetch')
    }))
})

test('a request for a session that is not there holds up no other on its connection, however much it brings', async () => {
  using agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), {
    [Symbol.dispose]: () => agent.destroy(),
  })
  const path = `/v1/public/module/sessions/${randomUUID()}/x`
  const send = (body: Uint8Array | undefined) =>
    new Promise<[status: number | undefined, reused: boolean]>((resolve, reject) => {
      const headers = { authorization: `Bearer ${publicKey}`, ...(body && { 'content-length': body.length }) }
      const { port } = platform.open.server
      const options = { agent, host: '127.0.0.1', port, path, method: 'POST', headers }
      const outgoing = httpRequest(options, (answer) => {
        answer.resume().on('end', () => resolve([answer.statusCode, outgoing.reusedSocket]))
      })
      outgoing.on('error', reject).end(body)
    })
  expect(await send(Buffer.alloc(1_200_000))).toEqual([404, false])
  expect(await send(undefined)).toEqual([404, true])
})
