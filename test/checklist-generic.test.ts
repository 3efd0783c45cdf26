import { createHmac, randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { StartTokens } from '../src/control/start-tokens.ts'
import { ManualClock } from '../src/lib/manual-clock.ts'
import type { WatchedBot } from './support/watched-bot.ts'
import { GenericClient } from './support/generic-client.ts'
import { patience } from './support/patience.ts'
import { type SessionPlatform, withSessions } from './support/session-platform.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** A token of the agent, and the session that it is for. */
async function granted({ start }: SessionPlatform, agent = 'bot') {
  const { status, body } = await start(agent, { transport: 'websocket' })
  expect(status).toBe(200)
  return body
}

/** A client that came in with a token of its own, and the bot's side of it. */
async function connected(sessions: SessionPlatform, query = '') {
  const { token, wsUrl, sessionId } = await granted(sessions)
  const before = sessions.bot.sockets.length
  const client = await GenericClient.open(`${wsUrl}/${token}${query}`)
  return { client, sessionId, there: await sessions.bot.socket(before) }
}

const spentNothing = ({ sessions, sockets }: WatchedBot) => expect([sessions, sockets]).toEqual([[], []])

describe('a plain start', () => {
  test('statement 39: answers with a UUID; the bot gets POST /bot with that id and {}', () =>
    withSessions(async ({ start, bot }) => {
      const { status, body } = await start('bot', {})
      expect(status).toBe(200)
      expect(body).toEqual({ sessionId: expect.stringMatching(uuid) as string })
      const session = await bot.session()
      expect(session.body).toBe('{}')
      expect(session.headers).toMatchObject({
        'x-daily-session-id': body.sessionId,
        'content-type': 'application/json',
      })
    }))

  test('statement 40: its body is the JSON body of /bot, unwrapped', () =>
    withSessions(async ({ start, bot }) => {
      const data = { caller: { name: 'Ünal', tags: [1, 2.5, null, true] }, long: 'x'.repeat(500_000) }
      expect((await start('bot', { createDailyRoom: false, body: data })).status).toBe(200)
      expect(JSON.parse((await bot.session()).body)).toEqual(data)
    }))

  test('statement 41: with more than 1 MB of body it is 413, and nothing is started', () =>
    withSessions(async ({ start, bot, sessions }) => {
      expect((await start('bot', { body: { x: 'x'.repeat(1024 * 1024) } })).status).toBe(413)
      expect((await start('bot', { transport: 'websocket', body: { x: 'x'.repeat(4096) } })).status).toBe(413)
      expect(await sessions('bot')).toEqual([])
      spentNothing(bot)
    }))

  test('statement 45: is listed without an end while it runs, and then with status, seconds and kind of start', () =>
    withSessions(async ({ start, bot, sessions }) => {
      const { sessionId } = (await start('bot')).body
      const { response } = await bot.session()
      await expect
        .poll(() => sessions('bot'), patience)
        .toEqual([expect.objectContaining({ sessionId, endedAt: null, completionStatus: null, botStartSeconds: 0 })])
      response.end('{}')
      await expect
        .poll(() => sessions('bot'), patience)
        .toEqual([
          expect.objectContaining({
            sessionId,
            endedAt: expect.any(String) as string,
            completionStatus: 'HTTP_COMPLETED',
            botStartSeconds: 0,
            coldStart: expect.any(Boolean) as boolean,
          }),
        ])
    }))

  test('statement 42: beyond max-agents it is 429 with code, error and message, and there is room again afterwards', () =>
    withSessions(async ({ start, bot }) => {
      await start('bot')
      await start('bot')
      const { status, body } = await start('bot')
      expect(status).toBe(429)
      const text = 'Rate limit exceeded. Please try again later'
      expect(body).toMatchObject({ code: '429', error: text, message: text })
      ;(await bot.session()).response.end('{}')
      await expect.poll(async () => (await start('bot')).status, patience).toBe(200)
    }))

  test('statement 47: is ended by a stop, shows its end, and is 404 from then on', () =>
    withSessions(async ({ start, stop, bot, sessions }) => {
      const { sessionId } = (await start('bot')).body
      const session = await bot.session()
      expect((await stop('bot', sessionId)).body).toEqual({ status: 'terminated', session_id: sessionId })
      await expect.poll(() => session.gone, patience).toBe(true)
      await expect.poll(async () => (await sessions('bot'))[0]?.endedAt, patience).toEqual(expect.any(String))
      expect((await stop('bot', sessionId)).status).toBe(404)
      expect((await stop('bot', randomUUID())).status).toBe(404)
    }))
})

describe('a client of /ws/generic', () => {
  test('statement 54: its ?body= arrives, in either alphabet, with and without padding, and with a raw "+"', () =>
    withSessions(async (sessions) => {
      // In base64: '+', '/', and padding.
      const data = { a: '>>>???~~~', b: 'ü', n: 1234567890123 }
      const base64 = Buffer.from(JSON.stringify(data)).toString('base64')
      expect(base64).toMatch(/\+.*=$/)
      const urlSafe = base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
      for (const text of [encodeURIComponent(base64), base64, base64.replace(/=+$/, ''), urlSafe]) {
        const { client, there } = await connected(sessions, `?x=1&body=${text}&odd=%7E+y`)
        // As the base image reads it: standard base64 once the URL is decoded.
        expect(there.request.url).toBe(`/ws?x=1&odd=%7E+y&body=${encodeURIComponent(base64)}`)
        await client.close()
      }
      const { client, there } = await connected(sessions)
      expect(there.request.url).toBe('/ws')
      await client.close()
      const { token, wsUrl } = await granted(sessions)
      const tooLong = Buffer.from(JSON.stringify({ x: 'x'.repeat(4096) })).toString('base64url')
      expect(await GenericClient.status(`${wsUrl}/${token}?body=${tooLong}`)).toBe(400)
      // A refusal for another reason has not spent the token.
      expect(await GenericClient.status(`${wsUrl}/${token}`)).toBe(101)
    }))

  test('statement 55: with an unknown agent, a wrong organization or no service host is refused before the upgrade', () =>
    withSessions(async (sessions) => {
      const { token } = await granted(sessions)
      const { organization } = sessions.platform
      const statuses = []
      for (const place of [
        `/nobody.${organization}`,
        '/bot.nobody-else-1',
        `?serviceHost=nobody.${organization}`,
        '?x=1',
        '?serviceHost=bot',
        '/bot',
        `/bot.${organization}/${token}/more`,
      ]) {
        const url = `${sessions.sockets}/ws/generic${place}`
        statuses.push(await GenericClient.status(url, { authorization: `Bearer ${token}` }))
      }
      expect(statuses).toEqual([404, 404, 404, 400, 400, 400, 404])
      spentNothing(sessions.bot)
    }))

  test('statement 56: with a missing, wrong, altered or used token is 403 before the upgrade, and costs no instance', () =>
    withSessions(async (sessions) => {
      const { token, wsUrl } = await granted(sessions)
      const [payload = '', signature = ''] = token.split('.')
      const forged = createHmac('sha256', 'guess').update(payload).digest('base64url')
      const later = Buffer.from(payload, 'base64url')
        .toString()
        .replace(/"exp":(\d)/, '"exp":9')
      const bad = [
        '',
        '/x',
        `/${payload}`,
        `/${payload}.${forged}`,
        `/${Buffer.from(later).toString('base64url')}.${signature}`,
      ]
      for (const segment of bad) expect(await GenericClient.status(`${wsUrl}${segment}`)).toBe(403)
      expect(sessions.platform.open.server.calls.active).toBe(0)
      spentNothing(sessions.bot)
      expect(await GenericClient.status(`${wsUrl}/${token}`)).toBe(101)
      expect(await GenericClient.status(`${wsUrl}/${token}`)).toBe(403)
      // Of many that come at once with one token, one is let in.
      const { token: wanted } = await granted(sessions)
      const crowd = await Promise.all(Array.from({ length: 8 }, () => GenericClient.status(`${wsUrl}/${wanted}`)))
      expect(crowd.toSorted((a, b) => a - b)).toEqual([101, 403, 403, 403, 403, 403, 403, 403])
    }))

  test('statement 56: a token has expired after five minutes', async () => {
    const clock = new ManualClock()
    const tokens = new StartTokens({ clock, key: Buffer.alloc(32), useOnce: () => Promise.resolve(true) })
    const token = tokens.mint({ serviceHost: 'bot.acme', sessionId: 's' })
    clock.advance(299_000)
    expect((await tokens.redeem(token, 'bot.acme')).ok).toBe(true)
    clock.advance(2000)
    expect(await tokens.redeem(token, 'bot.acme')).toMatchObject({ ok: false, field: 'token' })
  })

  test('statement 57: brings its token as bearer, as ?token= or as segment, and the first of them is the one that counts', () =>
    withSessions(async (sessions) => {
      const places = [
        (token: string, url: string) => [url, { authorization: `Bearer ${token}` }] as const,
        (token: string, url: string) => [`${url}?token=${token}`, {}] as const,
        (token: string, url: string) => [`${url}/${token}`, {}] as const,
      ]
      for (const place of places) {
        const { token, wsUrl, sessionId } = await granted(sessions)
        const [url, headers] = place(token, wsUrl)
        const before = sessions.bot.sockets.length
        const client = await GenericClient.open(url, headers)
        const { request } = await sessions.bot.socket(before)
        expect([request.headers['x-daily-session-id'], request.url]).toEqual([sessionId, '/ws'])
        await client.close()
      }
      const { token, wsUrl } = await granted(sessions)
      expect(await GenericClient.status(`${wsUrl}?token=${token}`, { authorization: 'Bearer bad' })).toBe(403)
      expect(await GenericClient.status(`${wsUrl}/${token}?token=bad`)).toBe(403)
      expect(await GenericClient.status(`${wsUrl}/bad?token=${token}`, {})).toBe(101)
      const { token: other } = await granted(sessions)
      const host = `serviceHost=bot.${sessions.platform.organization}`
      expect(await GenericClient.status(`${sessions.sockets}/ws/generic/${other}?${host}`)).toBe(101)
    }))

  test('statement 58: with a token for another agent is refused, and the token is still good for its own', () =>
    withSessions(async (sessions) => {
      const { bot, platform } = sessions
      await platform.deployAs('other', { source: { type: 'url', url: bot.url } })
      const { token, wsUrl } = await granted(sessions)
      const { wsUrl: otherUrl } = await granted(sessions, 'other')
      expect(await GenericClient.status(`${otherUrl}/${token}`)).toBe(403)
      spentNothing(bot)
      expect(await GenericClient.status(`${wsUrl}/${token}`)).toBe(101)
    }))

  test('statement 59: is no session before it connects; then its session has the id that /start gave', () =>
    withSessions(async (sessions) => {
      const { token, wsUrl, sessionId } = await granted(sessions)
      expect(await sessions.sessions('bot')).toEqual([])
      spentNothing(sessions.bot)
      const client = await GenericClient.open(`${wsUrl}/${token}`)
      expect((await sessions.bot.socket()).request.headers['x-daily-session-id']).toBe(sessionId)
      await expect.poll(async () => (await sessions.sessions('bot'))[0]?.sessionId, patience).toBe(sessionId)
      await client.close()
    }))

  test('statement 60: exchanges text and bytes with the bot unchanged and in order, both ways', () =>
    withSessions(async (sessions) => {
      const { client, there } = await connected(sessions)
      const all = Buffer.from(Array.from({ length: 256 }, (_, at) => at))
      const messages = [
        '{"event":"start","z":"ä\\u00e4\\/"}',
        all,
        '',
        Buffer.alloc(0),
        'ünï',
        Buffer.alloc(3_000_000, 'ab'),
      ]
      for (const message of messages) client.socket.send(message)
      await expect.poll(() => there.received.length, patience).toBe(messages.length)
      const got = there.received.map(({ data, binary }) => (binary ? data : data.toString('utf8')))
      expect(got.map((message, at) => Buffer.from(message).equals(Buffer.from(messages[at] ?? 'no')))).not.toContain(
        false,
      )
      expect(there.received.map(({ binary }) => binary)).toEqual(messages.map((message) => typeof message !== 'string'))
      for (const message of messages) there.socket.send(message)
      await expect.poll(() => client.received.length, patience).toBe(messages.length)
      expect(
        client.received.map((message, at) => Buffer.from(message).equals(Buffer.from(messages[at] ?? 'no'))),
      ).not.toContain(false)
      expect(client.received.map((message) => typeof message)).toEqual(messages.map((message) => typeof message))
      await client.close()
    }))

  test('statement 62: its close is the bot’s, and the bot’s is its own: 1000 for one without a code or a close frame', () =>
    withSessions(async (sessions) => {
      const left = await connected(sessions)
      await left.client.close(4003, 'changed my mind')
      await expect.poll(() => left.there.closed, patience).toEqual({ code: 4003, reason: 'changed my mind' })
      const cut = await connected(sessions)
      cut.client.socket.terminate()
      await expect.poll(() => cut.there.closed?.code, patience).toBe(1000)
      const closes: readonly [(socket: WebSocket) => void, number][] = [
        [(socket) => socket.close(1000, 'done'), 1000],
        [(socket) => socket.terminate(), 1000],
        [(socket) => socket.close(), 1000],
        [(socket) => socket.close(4001, 'mine'), 4001],
      ]
      for (const [close, code] of closes) {
        const { client, there } = await connected(sessions)
        there.socket.send('last words')
        close(there.socket)
        expect((await client.over()).code).toBe(code)
        // What was said before an orderly end is heard.
        if (there.closed?.code !== 1006) expect(client.received).toEqual(['last words'])
      }
      const statuses = (await sessions.sessions('bot')).map(({ completionStatus }) => completionStatus)
      expect(new Set(statuses)).toEqual(new Set(['WS_CONNECTION_CLOSED']))
      expect(sessions.platform.open.server.calls.active).toBe(0)
    }))

  test('statement 42: is refused with 429 before the upgrade at capacity, and its token is not spent', () =>
    withSessions(async (sessions) => {
      await sessions.start('bot')
      const { client } = await connected(sessions)
      const { token, wsUrl } = await granted(sessions)
      const refused = await GenericClient.connect(`${wsUrl}/${token}`)
      if (refused instanceof GenericClient) throw new Error('let in')
      const text = 'Rate limit exceeded. Please try again later'
      expect([refused.status, JSON.parse(refused.body)]).toEqual([
        429,
        { status: 429, code: '429', error: text, message: text },
      ])
      await client.close()
      await expect.poll(() => GenericClient.status(`${wsUrl}/${token}`), patience).toBe(101)
    }))
})
