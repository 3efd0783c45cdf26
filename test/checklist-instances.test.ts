/** What becomes of sessions and instances when an agent changes, ends or rests: statements by their numbers. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { dial } from '../src/simulator/index.ts'
import { ForeignStream, newCallUuid } from './support/foreign-client.ts'
import { heardTone, talk } from './support/image-platform.ts'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform } from './support/platform.ts'
import { type SessionPlatform, withSessions } from './support/session-platform.ts'
import { WatchedBot } from './support/watched-bot.ts'

const openDoor = { websocketAuth: 'none' }

async function openStream({ platform, sockets }: SessionPlatform, agent: string): Promise<ForeignStream> {
  const url = `${sockets}/ws/plivo?serviceHost=${agent}.${platform.organization}`
  const stream = await new ForeignStream(url, newCallUuid()).opened()
  stream.start()
  return stream
}

/** The caller is heard by the bot. */
async function isHeard(stream: ForeignStream, bot: WatchedBot, n = 0): Promise<void> {
  const { received, closed } = await bot.socket(n)
  const before = received.length
  stream.media(Buffer.alloc(160, 1))
  await expect.poll(() => received.length, patience).toBeGreaterThan(before)
  expect(closed).toBeUndefined()
}

const agentsOf = ({ platform }: SessionPlatform) => `/v1/organizations/${platform.organization}/services`

test('statement 32: a deployment that fails leaves the one before serving', () =>
  withSessions(async ({ platform, start, bot }) => {
    const failed = await platform.deployAs('bot', { source: { type: 'command', command: ['false'] }, files: [] })
    expect(failed).toMatchObject({ ready: false, available: true, errors: [{ code: 'PCC_UNKNOWN_ERROR' }] })
    const { status, body } = await start('bot')
    expect([status, (await bot.session()).sessionId]).toEqual([200, body.sessionId])
  }))

test('statement 34: an agent that is deleted takes no start, and its running sessions go on', () =>
  withSessions(async (sessions) => {
    const { platform, start, bot } = sessions
    await platform.deployAs('bot', { source: { type: 'url', url: bot.url }, ...openDoor })
    using stream = await openStream(sessions, 'bot')
    await isHeard(stream, bot)
    await start('bot')
    const plain = await bot.session()
    expect(await platform.ask('DELETE', `${agentsOf(sessions)}/bot`)).toEqual({ status: 200, body: { status: 'OK' } })
    expect(await start('bot')).toMatchObject({ status: 404, body: { code: '404' } })
    await isHeard(stream, bot)
    const { socket } = await bot.socket()
    socket.close(1000)
    expect((await stream.closed).code).toBe(1000)
    expect(plain.gone).toBe(false)
    plain.response.end('{}')
    await expect.poll(() => platform.log.all('session ended').length, patience).toBe(1)
  }))

test('statement 44: an idle instance beyond the minimum ends after the cool-down, and those of the minimum stay', async () => {
  const platform = await startPlatform(undefined, { cooldownMs: 1500 })
  try {
    const contractBot = resolve('test/support/contract-bot.mjs')
    const source = { type: 'command', command: [process.execPath, contractBot] }
    await platform.deployAs('bot', { source, files: [], autoScaling: { minAgents: 1 } })
    const status = () => platform.open.server.pools()[0]?.pool.status
    await expect.poll(status, patience).toEqual({ starting: 0, free: 1, active: 0, waiting: 0 })
    const calls = [platform.call('bot'), platform.call('bot')]
    await expect.poll(() => platform.log.all(/^sessions at once: 1/).length, patience).toBe(2)
    for (const call of calls) call.press('#')
    await Promise.all(calls.map(({ ended }) => ended))
    await expect.poll(() => status()?.free ?? 0, patience).toBeGreaterThan(1)
    await expect.poll(status, patience).toEqual({ starting: 0, free: 1, active: 0, waiting: 0 })
  } finally {
    await platform[Symbol.asyncDispose]()
    await removeHome(platform)
  }
})

test('statement 48: a session ends at its maximum duration, whether its bot knows of it or not, and so does a call', () =>
  withSessions(async (sessions) => {
    const { platform, start, bot } = sessions
    const { store, platform: running } = platform.open
    const { id = '' } = (await store.organizations.findByName(platform.organization)) ?? {}
    // Shorter than the API lets anybody say.
    const spec = { source: { type: 'url', url: bot.url }, webSocketAuth: 'none', maxSessionSeconds: 3 } as const
    const settings = { region: 'local', minInstances: 0, maxInstances: 5, version: { spec, createdBy: 'x' } }
    const agent = await store.agents.create(id, { name: 'brief', ...settings })
    await running.deploy(id, agent.id)
    await running.settled()

    const knows = (await start('brief')).body.sessionId
    const session = await bot.session()
    expect(session.headers['x-pcc-max-session-seconds']).toBe('3')
    const knowsNothing = (await start('brief')).body.sessionId
    const deaf = await bot.session(1)
    using stream = await openStream(sessions, 'brief')
    await isHeard(stream, bot)
    // What newer images do when the time is over.
    setTimeout(() => session.response.end('{}'), 1000)

    await stream.closed
    await expect.poll(() => bot.sockets[0]?.closed, patience).toBeDefined()
    await expect.poll(() => deaf.gone, patience).toBe(true)
    const statuses = async () =>
      Object.fromEntries(
        (await sessions.sessions('brief')).map(({ sessionId, endedAt, completionStatus }) => [
          sessionId,
          endedAt && completionStatus,
        ]),
      )
    await expect
      .poll(statuses, { ...patience, interval: 200 })
      .toMatchObject({ [knows]: 'HTTP_COMPLETED', [knowsNothing]: expect.stringMatching(/^[A-Z_]+$/) as string })
    expect(session.gone).toBe(false)
  }))

test('statement 64: a deployment during a call does not cut it; the next call uses the new version', () =>
  withSessions(async (sessions) => {
    const { platform, bot } = sessions
    await using next = await WatchedBot.start()
    await platform.deployAs('bot', { source: { type: 'url', url: bot.url }, ...openDoor })
    using running = await openStream(sessions, 'bot')
    await isHeard(running, bot)
    await platform.deployAs('bot', { source: { type: 'url', url: next.url } })
    using later = await openStream(sessions, 'bot')
    await isHeard(later, next)
    await isHeard(running, bot)
    expect([bot.sockets.length, next.sockets.length]).toEqual([1, 1])
  }))

test('statement 71: the XML of the Plivo examples of Pipecat reaches the bot, which hears who calls and a second message at once', () =>
  withSessions(async (sessions) => {
    const { platform, bot, sockets } = sessions
    await platform.deployAs('bot', { source: { type: 'url', url: bot.url }, ...openDoor })
    const host = `bot.${platform.organization}`
    const server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://x')
      const body = { from: searchParams.get('From'), to: searchParams.get('To'), more: '>>>???' }
      // As they write it: white space around the address, and base64 as it is.
      response.setHeader('content-type', 'application/xml').end(`<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Stream bidirectional="true" keepCallAlive="true" contentType="audio/x-mulaw;rate=8000">
    ${sockets}/ws/plivo?serviceHost=${host}&amp;body=${Buffer.from(JSON.stringify(body)).toString('base64')}
  </Stream>
</Response>`)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const answerUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const call = dial({ answerUrl, answerMethod: 'GET', caller: talk, maxDurationMs: 20_000 })
    try {
      const { request, socket, received } = await bot.socket()
      const { searchParams } = new URL(request.url ?? '', 'http://bot')
      const told: unknown = JSON.parse(Buffer.from(searchParams.get('body') ?? '', 'base64').toString())
      expect(told).toMatchObject({ from: '14155550100', to: '14155550199', more: '>>>???' })
      // The serializer's words, and the bot's end of a pipeline.
      const echo = (data: Buffer) => {
        const { event, media, dtmf } = JSON.parse(data.toString()) as Said
        const payload = media?.payload
        const answer = { contentType: 'audio/x-mulaw', sampleRate: 8000, payload }
        if (event === 'media') socket.send(JSON.stringify({ event: 'playAudio', media: answer, streamId: 's' }))
        if (dtmf?.digit === '#') socket.close(1000)
      }
      socket.on('message', echo)
      await expect.poll(() => received.length, patience).toBeGreaterThan(1)
      const [start, second] = received.map(({ data }) => JSON.parse(data.toString()) as Said)
      expect(start).toMatchObject({ event: 'start', start: { streamId: expect.anything(), callId: expect.anything() } })
      expect(second?.event).toBe('media')
      expect(heardTone(await call.ended)).toBe(true)
    } finally {
      server.close()
    }
  }))

interface Said {
  readonly event: string
  readonly media?: { readonly payload: string }
  readonly dtmf?: { readonly digit: string }
}

test('statement 73: a program with the SDK of Pipecat Cloud starts a session, and reads "429" when there is no room', () =>
  withSessions(async ({ start, bot }) => {
    // Word for word what it sends.
    const request = { createDailyRoom: false, body: { k: 1 } }
    const [first, second, third] = [
      await start('bot', request),
      await start('bot', request),
      await start('bot', request),
    ]
    expect(first).toEqual({ status: 200, body: { sessionId: (await bot.session()).sessionId } })
    expect((await bot.session()).body).toBe('{"k":1}')
    expect(second?.status).toBe(200)
    // It reads these two fields, and no other.
    expect(third).toMatchObject({ status: 429, body: { code: '429', error: expect.stringMatching(/./) as string } })
    expect(await start('nobody', request)).toMatchObject({ status: 404, body: { code: '404' } })
  }))
