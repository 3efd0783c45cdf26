import { describe, expect, test } from 'vitest'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform } from './support/platform.ts'
import { isAlive } from './support/processes.ts'
import { withSessions } from './support/session-platform.ts'

const sessionBot = `
  import { defineBot } from 'offhook'
  export default defineBot({
    async onSession(session) {
      console.log('began ' + JSON.stringify([session.body ?? null, session.socket ?? null]))
      if (session.body?.fail) throw new Error('no key for the weather')
      if (session.body?.stay) await new Promise((resolve) => session.signal.addEventListener('abort', resolve))
      console.log('done')
    },
  })`

const callBot = `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => { for await (const event of call); })`

/** Never answers `/bot`, and does not notice that nobody waits for it any more. */
const deafProgram = `
  import { createServer } from 'node:http'
  createServer((request, response) => {
    if (request.url !== '/bot') return response.end('{}')
    console.error('2026-01-01 00:00:00.000 | INFO     | bot:bot:1 | ' + request.headers['x-daily-session-id'] + ' - in ' + process.pid)
  }).listen(Number(process.env.PORT), '127.0.0.1')`

const ended = (completionStatus: string) =>
  expect.objectContaining({ completionStatus, endedAt: expect.any(String) as string })

describe('a plain start of a server bot', () => {
  test('that answers its request with an error, or breaks it off, has failed', () =>
    withSessions(async ({ start, bot, sessions, platform }) => {
      await start('bot')
      ;(await bot.session()).response.writeHead(500).end('the model is gone')
      await expect.poll(() => sessions('bot'), patience).toEqual([ended('HTTP_ERROR')])
      expect(JSON.stringify(platform.log.all('session ended'))).toContain('POST /bot answered 500: the model is gone')
      await start('bot')
      ;(await bot.session(1)).response.destroy()
      await expect
        .poll(async () => (await sessions('bot')).map(({ endedAt }) => endedAt === null), patience)
        .toEqual([false, false])
      expect((await sessions('bot')).map(({ completionStatus }) => completionStatus)).toEqual([
        'HTTP_ERROR',
        'HTTP_ERROR',
      ])
    }))

  test('is told how long it may last, and is stopped on demand', () =>
    withSessions(async ({ start, stop, bot, sessions }) => {
      const { sessionId } = (await start('bot')).body
      const session = await bot.session()
      expect(session.headers['x-pcc-max-session-seconds']).toBe('7200')
      expect(await stop('bot', sessionId)).toEqual({
        status: 200,
        body: { status: 'terminated', session_id: sessionId },
      })
      await expect.poll(() => session.gone, patience).toBe(true)
      await expect.poll(() => sessions('bot'), patience).toEqual([ended('HTTP_ERROR')])
      expect((await stop('bot', sessionId)).status).toBe(404)
    }))

  test('goes on while the node drains, and ends with it', () =>
    withSessions(async ({ start, bot, sessions, platform }) => {
      const { server } = platform.open
      await start('bot')
      const first = await bot.session()
      let drained = false
      const draining = server.drain().then(() => (drained = true))
      expect((await start('bot')).status).toBe(429)
      expect(drained).toBe(false)
      first.response.end('{}')
      await draining
      await expect.poll(() => sessions('bot'), patience).toEqual([ended('HTTP_COMPLETED')])
    }))

  test('that nobody answers is on record as such', () =>
    withSessions(async ({ start, sessions, platform }) => {
      await platform.deployAs('nobody', { source: { type: 'url', url: 'ws://127.0.0.1:9/ws' } })
      expect((await start('nobody')).status).toBe(200)
      await expect.poll(() => sessions('nobody'), patience).toEqual([ended('BOT_CONNECTION_TIMEOUT')])
      expect(JSON.stringify(platform.log.all('session ended'))).toContain('http://127.0.0.1:9/bot does not answer')
    }))
})

describe('a plain start of a command', () => {
  test('prints for its session, and takes its process along when it is stopped: nobody else is given that one', () =>
    withSessions(async ({ start, stop, logs, platform }) => {
      const files = [{ path: 'bot.mjs', content: Buffer.from(deafProgram).toString('base64') }]
      const source = { type: 'command', command: [process.execPath, 'bot.mjs'] }
      const scaling = { autoScaling: { minAgents: 0, maxAgents: 1 } }
      expect(await platform.deployAs('deaf', { source, files, ...scaling })).toMatchObject({ ready: true })
      const pids: number[] = []
      for (const _ of [1, 2]) {
        const { sessionId } = (await start('deaf')).body
        await expect.poll(() => logs('deaf', sessionId), patience).toHaveLength(1)
        const [line = ''] = await logs('deaf', sessionId)
        pids.push(Number(line.split(' ').at(-1)))
        expect((await stop('deaf', sessionId)).status).toBe(200)
        await expect.poll(() => isAlive(pids.at(-1) ?? 0), patience).toBe(false)
      }
      expect(pids[0]).not.toBe(pids[1])
    }))
})

describe('a plain start of an SDK bot', () => {
  test('runs onSession with the data and without a socket, and its prints are the session’s', () =>
    withSessions(async ({ start, sessions, logs, platform }) => {
      await platform.deploy('worker', sessionBot)
      const { status, body } = await start('worker', { body: { n: 1 } })
      expect(status).toBe(200)
      await expect.poll(() => sessions('worker'), patience).toEqual([ended('HTTP_COMPLETED')])
      await expect
        .poll(async () => (await logs('worker', body.sessionId)).toSorted(), patience)
        .toEqual(['began [{"n":1},null]', 'done'])
    }))

  test('ends when it is stopped, and has failed when it throws', () =>
    withSessions(async ({ start, stop, sessions, logs, platform }) => {
      await platform.deploy('worker', sessionBot)
      const { sessionId } = (await start('worker', { body: { stay: true } })).body
      await expect.poll(() => logs('worker', sessionId), patience).toHaveLength(1)
      expect((await stop('worker', sessionId)).status).toBe(200)
      await expect.poll(() => sessions('worker'), patience).toEqual([ended('HTTP_ERROR')])
      await platform.log.until('done')
      await start('worker', { body: { fail: true } })
      await expect.poll(() => platform.log.all('session ended').length, patience).toBe(2)
      expect(JSON.stringify(platform.log.all('session ended'))).toContain('no key for the weather')
    }))

  test('that takes calls only is refused with what to do about it', () =>
    withSessions(async ({ start, sessions, platform }) => {
      await platform.deploy('desk', callBot)
      const { status, body } = await start('desk')
      expect(status).toBe(400)
      expect(body.error).toContain('Give defineBot an onSession')
      expect(await sessions('desk')).toEqual([])
    }))

  test('has no room beside calls that fill the agent, nor calls beside it', () =>
    withSessions(async ({ start, stop, platform }) => {
      const both = sessionBot.replace('defineBot({', 'defineBot({ async onCall(call) { for await (const e of call); },')
      await platform.deploy('both', both, { autoScaling: { minAgents: 0, maxAgents: 1 } })
      const call = platform.call('both')
      await platform.log.until('call started')
      expect((await start('both')).status).toBe(429)
      call.hangUp()
      await call.ended
      await expect.poll(() => platform.open.server.calls.active, patience).toBe(0)
      const { sessionId } = (await start('both', { body: { stay: true } })).body
      expect((await platform.call('both').ended).streams).toEqual([])
      await stop('both', sessionId)
    }))
})

test('sessions without a call that were open when the node stopped are closed', async () => {
  const platform = await startPlatform()
  const { organization } = platform
  await platform.deploy('worker', sessionBot)
  const key = await platform.ask('POST', `/v1/organizations/${organization}/apiKeys`, { name: 'k' })
  const headers = { authorization: `Bearer ${String(key.body['key'])}`, 'content-type': 'application/json' }
  const url = `http://127.0.0.1:${platform.open.server.port}/v1/public/worker/start`
  await fetch(url, { method: 'POST', headers, body: '{"body":{"stay":true}}' })
  await platform.log.until(/^began/)
  await platform[Symbol.asyncDispose]()
  const again = await startPlatform(platform)
  try {
    const path = `/v1/organizations/${organization}/services/worker/sessions`
    expect((await again.ask('GET', path)).body['sessions']).toEqual([ended('HTTP_ERROR')])
    expect(again.log.all('sessions that were open when the node died are closed')).toEqual([])
  } finally {
    await again[Symbol.asyncDispose]()
    await removeHome(again)
  }
})
