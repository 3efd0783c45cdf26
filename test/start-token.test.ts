import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { newCallUuid } from './support/foreign-client.ts'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform, type TestPlatform } from './support/platform.ts'

const bot = `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    console.log('took ' + call.sessionId)
    for await (const event of call) if (event.type === 'dtmf') return
  })`

async function withAgents(run: (platform: TestPlatform, start: (agent: string) => Promise<Grant>) => Promise<void>) {
  const platform = await startPlatform()
  try {
    await platform.deploy('desk', bot)
    await platform.deploy('other', bot)
    const { body } = await platform.ask('POST', `/v1/organizations/${platform.organization}/apiKeys`, { name: 'k' })
    const key = String(body['key'])
    const base = `http://127.0.0.1:${platform.open.server.port}`
    await run(platform, async (agent) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const answer = await fetch(`${base}/v1/public/${agent}/start`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ transport: 'websocket' }),
      })
      return (await answer.json()) as Grant
    })
  } finally {
    await platform[Symbol.asyncDispose]()
    await removeHome(platform)
  }
}

interface Grant {
  readonly token: string
  readonly sessionId: string
}

const carriers = {
  'as a bearer': (token: string) => ({ path: '', query: '', headers: { authorization: `Bearer ${token}` } }),
  'in the query': (token: string) => ({ path: '', query: `&token=${token}`, headers: {} }),
  'in the path': (token: string) => ({ path: `/${token}`, query: '', headers: {} }),
}

/** The status of a refusal, or the open socket. */
async function connect(
  { open, organization }: TestPlatform,
  agent: string,
  { path, query, headers }: ReturnType<(typeof carriers)['in the path']>,
): Promise<WebSocket | number> {
  const url = `ws://127.0.0.1:${open.server.port}/ws/plivo${path}?serviceHost=${agent}.${organization}${query}`
  const socket = new WebSocket(url, { headers })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
    socket.once('error', reject)
  })
}

const startMessage = () =>
  JSON.stringify({
    sequenceNumber: 0,
    event: 'start',
    start: {
      callId: newCallUuid(),
      streamId: newCallUuid(),
      accountId: 'MA',
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000 },
    },
    extra_headers: '{}',
  })

describe('a token of /start', () => {
  test('lets one stream of its agent in, wherever it stands, and the session has the id that was given out', () =>
    withAgents(async (platform, start) => {
      for (const carried of Object.values(carriers)) {
        const { token, sessionId } = await start('desk')
        const socket = await connect(platform, 'desk', carried(token))
        if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
        socket.send(startMessage())
        await expect.poll(() => platform.log.all(`took ${sessionId}`).length, patience).toBe(1)
        expect(await connect(platform, 'desk', carried(token))).toBe(403)
        socket.close()
        await once(socket, 'close')
      }
    }))

  test('is one credential of several: where none is needed, one that is no good does no harm', () =>
    withAgents(async (platform) => {
      await platform.deploy('open', bot, { websocketAuth: 'none' })
      expect(await connect(platform, 'open', carriers['in the query']('nonsense'))).toBeInstanceOf(WebSocket)
    }))

  test('starts no bot by itself', () =>
    withAgents(async (platform, start) => {
      await start('desk')
      expect(platform.open.server.calls.active).toBe(0)
    }))

  test('that is of another agent, altered or none is refused before the upgrade', () =>
    withAgents(async (platform, start) => {
      const { token } = await start('desk')
      const inQuery = carriers['in the query']
      expect(await connect(platform, 'other', inQuery(token))).toBe(403)
      expect(await connect(platform, 'desk', inQuery(`${token.slice(0, -2)}xx`))).toBe(403)
      expect(await connect(platform, 'desk', inQuery('nonsense'))).toBe(403)
      expect(await connect(platform, 'desk', { path: '', query: '', headers: {} })).toBe(403)
      expect(await connect(platform, 'nobody', inQuery(token))).toBe(404)
      expect(platform.open.server.calls.active).toBe(0)
      // None of that has spent it.
      expect(await connect(platform, 'desk', inQuery(token))).toBeInstanceOf(WebSocket)
    }))
})
