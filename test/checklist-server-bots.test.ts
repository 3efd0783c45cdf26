/** What server bots rely on, by the numbers of the compatibility checklist: real processes that obey the contract. */
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { describe, expect, test, type TestContext } from 'vitest'
import { askWhatNext, type ForeignCall, ForeignStream, newCallUuid, openCall, tell } from './support/foreign-client.ts'
import { startNode, type TestNode } from './support/node.ts'
import { patience } from './support/patience.ts'
import { withPlatform } from './support/platform.ts'
import { isAlive } from './support/processes.ts'
import { expectRefused } from './support/refusals.ts'

const contractBot = resolve('test/support/contract-bot.mjs')
const node = [process.execPath, contractBot]
const python = '/usr/bin/python3'
const fastApi = [python, resolve('test/support/fastapi-bot.py')]

interface BotOptions {
  readonly command?: readonly string[]
  readonly cold?: boolean
  readonly webSocketAuth?: 'none'
  /** All that the caller hears is the bot's, however long that takes to come up. */
  readonly quiet?: boolean
}

const startNodeFor = ({ command = node, cold = false, webSocketAuth, quiet = false }: BotOptions = {}) =>
  startNode({
    cold,
    agents: [
      {
        name: 'bot',
        command,
        ...(webSocketAuth && { webSocketAuth }),
        ...(quiet && { policy: { comfortTone: 'off' } }),
      },
    ],
  })

/** Skips the test on a machine without Debian's FastAPI, but not in CI. */
function needFastApi(context: TestContext): void {
  try {
    execFileSync(python, ['-c', 'import fastapi, uvicorn, websockets'], { stdio: 'pipe' })
  } catch (error) {
    if (process.env['CI']) throw error
    context.skip('/usr/bin/python3 has no FastAPI: apt install python3-fastapi python3-uvicorn python3-websockets')
  }
}

const printedFor = (served: TestNode, { callId }: ForeignCall) =>
  served.log.entries.filter(({ fields }) => fields['call'] === callId && fields['bot']).map(({ message }) => message)

const instanceOf = async (served: TestNode, { callId }: ForeignCall): Promise<unknown> => {
  await expect
    .poll(() => served.log.all('call started').some(({ fields }) => fields['call'] === callId), patience)
    .toBe(true)
  return served.log.all('call started').find(({ fields }) => fields['call'] === callId)?.fields['instance']
}

const hangUp = (served: TestNode, callId: string) =>
  tell(`${served.url}/plivo/hangup`, { CallUUID: callId, Event: 'Hangup', CallStatus: 'completed' })

/** Where an instance listens, of those that said so. */
const originsOf = (served: TestNode): readonly string[] => {
  const said = served.log.entries.map(({ message }) => /(?:listening on |0\.0\.0\.0:)(\d+)/.exec(message)?.[1])
  return [...new Set(said.filter((port) => port !== undefined))].map((port) => `http://127.0.0.1:${port}`)
}

const pidsOf = (served: TestNode): Promise<readonly number[]> =>
  Promise.all(originsOf(served).map(async (origin) => Number(await askPid(origin))))

const askPid = async (origin: string): Promise<unknown> =>
  ((await (await fetch(`${origin}/environment`)).json()) as { pid: unknown }).pid

describe('a command', () => {
  test('statement 27: a deploy of a command or a URL ends ready, or with the first error', () =>
    withPlatform(async (platform) => {
      const source = (await readFile(contractBot, 'utf8')).replace(
        'process.env.PACKAGES_OF',
        JSON.stringify(contractBot),
      )
      const files = [{ path: 'bot.mjs', content: Buffer.from(source).toString('base64') }]
      const details = await platform.deployAs('echo', {
        source: { type: 'command', command: [process.execPath, 'bot.mjs'] },
        files,
      })
      expect(details).toMatchObject({ ready: true, available: true, errors: [] })
      expect(details['reconciledDeploymentId']).toBe(details['desiredDeploymentId'])
      const elsewhere = await platform.deployAs('elsewhere', { source: { type: 'url', url: 'ws://127.0.0.1:9/ws' } })
      expect(elsewhere).toMatchObject({ ready: true, available: true, errors: [] })
      const broken = await platform.deployAs('echo', { source: { type: 'command', command: ['false'] }, files })
      expect(broken).toMatchObject({ ready: false, available: true })
      expect(broken['errors']).toMatchObject([
        { code: 'PCC_UNKNOWN_ERROR', message: expect.stringContaining('could not be started') as string },
      ])
    }))

  test('statement 43: two sessions never share an instance, and the next may have one that is free again', async () => {
    await using served = await startNodeFor()
    using one = await openCall(served.answerUrl())
    using two = await openCall(served.answerUrl())
    await Promise.all([one.stream.echoes(5), two.stream.echoes(5)])
    const first = await instanceOf(served, one)
    const second = await instanceOf(served, two)
    expect(second).not.toBe(first)
    one.stream.dtmf('#')
    await one.stream.closed
    await hangUp(served, two.callId)
    await expect.poll(() => served.pool().status, patience).toMatchObject({ active: 0 })
    const later: unknown[] = []
    for (let n = 0; n < 5; n++) {
      using next = await openCall(served.answerUrl())
      await next.stream.echoes(2)
      later.push(await instanceOf(served, next))
      await hangUp(served, next.callId)
      await next.stream.closed
      await expect.poll(() => served.pool().status.active, patience).toBe(0)
    }
    expect(new Set([first, second, ...later]).size).toBeLessThan(7)
    const atOnce = served.log.all(/^sessions at once: /).map(({ message }) => /once: (\d+)/.exec(message)?.[1])
    expect(atOnce).toEqual(atOnce.map(() => '1'))
  })

  test('statements 52 and 53: start comes first, byte for byte, and nothing is lost while the bot comes up', async () => {
    await using served = await startNodeFor({ cold: true, webSocketAuth: 'none', quiet: true })
    using stream = await new ForeignStream(served.streamUrl(), newCallUuid()).opened()
    const sent = stream.start('"{ \\"odd\\" : 1.0 }"')
    const frames = Array.from({ length: 150 }, (_, at) => Buffer.alloc(160, at))
    for (const frame of frames) stream.media(frame)
    stream.dtmf('5')
    await expect.poll(() => stream.heard().length, patience).toBe(150 * 160)
    expect(stream.heard().equals(Buffer.concat(frames))).toBe(true)
    await expect.poll(() => served.log.all(/^received: /).map(({ message }) => message), patience).toHaveLength(2)
    const [start, key] = served.log.all(/^received: /).map(({ message }) => message)
    expect(start).toBe(`received: ${sent}`)
    expect(key).toContain('"digit":"5"')
    await expect.poll(() => served.log.all(/^sessions at once: /), patience).toHaveLength(1)
  })

  test('statement 54: a body of more than 4 KB is refused before the upgrade, and the log says why', async () => {
    await using served = await startNodeFor({ webSocketAuth: 'none' })
    const body = (length: number) => Buffer.from(JSON.stringify({ text: 'x'.repeat(length) })).toString('base64url')
    await expectRefused(served, `${served.streamUrl()}&body=${body(4096)}`, {
      status: 400,
      reason: /at most 4096 bytes/,
    })
    using stream = await new ForeignStream(`${served.streamUrl()}&body=${body(4000)}`, newCallUuid()).opened()
    stream.start()
    await stream.echoes(2)
    await served.log.until(/^body: .*x{4000}/)
  })

  test.each([
    ['closes with 1000', '#'],
    ['leaves without a word', '*'],
  ])(
    'statement 62: a bot that %s ends the session: 1000 for the caller’s side, and the call is hung up',
    async (_how, key) => {
      await using served = await startNodeFor()
      using call = await openCall(served.answerUrl())
      await call.stream.echoes(2)
      call.stream.dtmf(key)
      expect((await call.stream.closed).code).toBe(1000)
      expect(await askWhatNext(call.nextUrl, call.callId)).toMatch(/<Response><Hangup\/>/)
      await expect.poll(() => served.pool().status.free, patience).toBeGreaterThan(0)
    },
  )

  test('statement 62: when the caller’s stream closes, so does the bot’s, and its instance is free again', async () => {
    await using served = await startNodeFor()
    using call = await openCall(served.answerUrl())
    await call.stream.echoes(2)
    call.stream.close()
    await expect.poll(() => printedFor(served, call).some((line) => line.endsWith('- is over')), patience).toBe(true)
    await expect.poll(() => served.pool().status, patience).toMatchObject({ active: 0 })
  })

  test('statement 63: pings of the bot are answered', async () => {
    await using served = await startNodeFor()
    using call = await openCall(served.answerUrl())
    call.stream.dtmf('2')
    await expect.poll(() => printedFor(served, call), patience).toContain('pong are you there')
  })

  test('statement 65: what the bot says to the carrier arrives unchanged', async () => {
    await using served = await startNodeFor()
    using call = await openCall(served.answerUrl())
    call.stream.dtmf('3')
    await expect.poll(() => call.stream.received.length, patience).toBe(4)
    expect(call.stream.received).toEqual([
      String.raw`{ "event":"playAudio" ,"media":{"payload":"//8=","sampleRate":8000,"contentType":"audio/x-mulaw","x":1.0},"z":"\u00e4" }`,
      '{"event":"checkpoint","streamId":"s","name":"mine"}',
      '{"streamId":"s","event":"clearAudio"}',
      '{"event":"sendDTMF","dtmf":"12#"}',
    ])
  })

  test('statement 68: one that is asked to end in a call goes on with it, gets no other, and is gone afterwards', async () => {
    await using served = await startNodeFor()
    using call = await openCall(served.answerUrl())
    await call.stream.echoes(2)
    const before = await instanceOf(served, call)
    const [pid = 0] = await pidsOf(served)
    process.kill(pid, 'SIGTERM')
    await served.log.until('asked to end')
    using next = await openCall(served.answerUrl())
    await next.stream.echoes(2)
    expect(await instanceOf(served, next)).not.toBe(before)
    await call.stream.echoes(5)
    call.stream.dtmf('#')
    expect((await call.stream.closed).code).toBe(1000)
    await expect.poll(() => isAlive(pid), patience).toBe(false)
    const reasons = () => served.log.all('call ended').map(({ fields }) => fields['reason'])
    await expect.poll(reasons, patience).toEqual(['bot-returned'])
  })

  test('statement 72: a bot that has the carrier hang up, and then closes too, ends its call once', async () => {
    await using served = await startNodeFor()
    using call = await openCall(served.answerUrl())
    await call.stream.echoes(2)
    // What its REST request comes to: Plivo ends the call and closes the stream.
    await hangUp(served, call.callId)
    call.stream.close()
    await call.stream.closed
    await expect.poll(() => printedFor(served, call).some((line) => line.endsWith('- is over')), patience).toBe(true)
    await expect.poll(() => served.pool().status.active, patience).toBe(0)
    expect(served.log.all('call ended').map(({ fields }) => fields['reason'])).toEqual(['caller-hung-up'])
  })
})

describe('a FastAPI bot, as of the base image', () => {
  test('statement 69: one that raises ends its session, its traceback is in the log, and it serves the next call', async (context) => {
    needFastApi(context)
    await using served = await startNodeFor({ command: fastApi })
    using call = await openCall(served.answerUrl())
    await call.stream.echoes(5)
    call.stream.dtmf('9')
    expect((await call.stream.closed).code).toBe(1000)
    await expect
      .poll(() => printedFor(served, call).join('\n'), patience)
      .toMatch(/Traceback[\s\S]*RuntimeError: the bot raises/)
    expect(printedFor(served, call).some((line) => line.endsWith('- is over'))).toBe(true)
    using next = await openCall(served.answerUrl())
    await next.stream.echoes(5)
    next.stream.dtmf('#')
    expect((await next.stream.closed).code).toBe(1000)
  })

  test('statement 70: one that is not ready gets no new session, and keeps the one that it has', async (context) => {
    needFastApi(context)
    await using served = await startNodeFor({ command: fastApi })
    using call = await openCall(served.answerUrl())
    await call.stream.echoes(5)
    const before = await instanceOf(served, call)
    const [origin = ''] = originsOf(served)
    const { pid } = (await (await fetch(`${origin}/unready`)).json()) as { pid: number }
    await call.stream.echoes(5)
    call.stream.dtmf('#')
    expect((await call.stream.closed).code).toBe(1000)
    using next = await openCall(served.answerUrl())
    await next.stream.echoes(5)
    expect(await instanceOf(served, next)).not.toBe(before)
    expect(isAlive(pid)).toBe(true)
  })
})
