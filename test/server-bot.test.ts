import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, test, type TestContext } from 'vitest'
import { WebSocketServer } from 'ws'
import { DevProcess } from './support/dev-process.ts'
import {
  askForXml,
  askWhatNext,
  ForeignStream,
  newCallUuid,
  openCall,
  streamUrlIn,
  tell,
} from './support/foreign-client.ts'
import { freePort } from './support/free-port.ts'
import { startNode, type TestNode } from './support/node.ts'
import { patience } from './support/patience.ts'
import { spent } from './support/refusals.ts'
import { type BotCall, SmallBot } from './support/small-bot.ts'

const startNodeFor = (url: string) => startNode({ agents: [{ name: 'bot', url }] })

/** What the bot was told of the call in its URL. */
const bodyOf = ({ request }: BotCall): unknown => {
  const encoded = /[?&]body=([^&]*)/.exec(request.url ?? '')?.[1] ?? ''
  const base64 = decodeURIComponent(encoded)
  expect(base64).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
  expect(base64.length % 4).toBe(0)
  expect(encoded).not.toMatch(/[+/=]/)
  return JSON.parse(Buffer.from(base64, 'base64').toString('utf8'))
}

const hangUp = (node: TestNode, callId: string) =>
  tell(`${node.url}/plivo/hangup`, { CallUUID: callId, Event: 'Hangup', CallStatus: 'completed' })

const idle = { calls: 0, active: 0, waiting: 0 }

describe('a server bot', () => {
  test('gets each message as the carrier sent it, start first', async () => {
    await using bot = await SmallBot.start()
    await using node = await startNodeFor(bot.url)
    using call = await openCall(node.answerUrl())
    const { stream } = call
    const { received } = await bot.call()
    await expect.poll(() => received.length, patience).toBe(1)
    const odd = [
      '{ "event" : "media" ,\n "media":{"payload":"/w==","track":"inbound","extra":[1,2.50,1e3]}, "z":"ä\\u00e4\\/" }',
      '{"event":"weather","temperature":21.0}',
      '{"event":"dtmf","dtmf":{"digit":"5","track":"inbound"}}',
      '{"event":"dtmf","dtmf":{"digit":"no digit"}}',
      '{"event":"playedStream","name":"mine","streamId":"s"}',
      '{"event":"clearedAudio","streamId":"s"}',
      '{"event":"start","start":{}}',
    ]
    for (const text of odd) stream.send(text)
    await expect.poll(() => received.length, patience).toBe(1 + odd.length)
    expect(received.slice(1)).toEqual(odd)
    expect(received[0]).toMatch(new RegExp(`^{"sequenceNumber":0,"event":"start","start":{"callId":"${call.callId}"`))
  })

  test('gets also what came before it was connected, in order', async () => {
    await using bot = await SmallBot.start()
    await using node = await startNodeFor(bot.url)
    const callId = newCallUuid()
    const answer = await askForXml(node.answerUrl(), { CallUUID: callId })
    using stream = await new ForeignStream(streamUrlIn(await answer.text()), callId).opened()
    const sent = [stream.start('"{\\"X-PH-a\\": \\"ü\\"}"')]
    for (let i = 0; i < 100; i++) sent.push(stream.media(randomBytes(160)))
    const { received } = await bot.call()
    await expect.poll(() => received.length, patience).toBe(101)
    expect(received).toEqual(sent)
  })

  test('is heard by the carrier as it speaks', async () => {
    await using bot = await SmallBot.start()
    await using node = await startNodeFor(bot.url)
    using call = await openCall(node.answerUrl())
    const { socket } = await bot.call()
    const said = [
      '{ "media": {"payload":"/w==", "sampleRate":"8000","contentType":"audio/x-mulaw"},\t"event":"playAudio" }',
      '{"event":"checkpoint","streamId":"s","name":"ä"}',
      '{"event":"clearAudio"}',
      '{"event":"sendDTMF","dtmf":"12#"}',
      '{"event":"something new","x":1.50}',
      'not even JSON',
    ]
    for (const text of said) socket.send(text)
    await expect.poll(() => call.stream.received.length, patience).toBe(said.length)
    expect(call.stream.received).toEqual(said)
  })

  test('is told the session in a header, and who calls in the body', async () => {
    await using bot = await SmallBot.start()
    await using node = await startNodeFor(bot.url)
    using call = await openCall(node.answerUrl(), { From: '+14155550100', To: '14155550199' })
    const botCall = await bot.call()
    const session = botCall.request.headers['x-daily-session-id']
    expect(session).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(session).toBe(node.calls.find(call.callId)?.session.id)
    expect(bodyOf(botCall)).toEqual({
      from: '+14155550100',
      to: '14155550199',
      callUuid: call.callId,
      direction: 'inbound',
    })
  })

  const own = { plan: 'größer', marks: '???>>>~~~', list: [1, { deep: true }] }
  const base64 = Buffer.from(JSON.stringify(own)).toString('base64')
  const urlSafe = base64.replaceAll('+', '-').replaceAll('/', '_')

  test.each([
    ['percent-encoded', encodeURIComponent(base64)],
    ['raw', base64],
    ['URL-safe', urlSafe],
    ['URL-safe and unpadded', urlSafe.replaceAll('=', '')],
    ['unpadded', base64.replaceAll('=', '')],
  ])('gets the own data of whoever set the call up, given as base64 %s', async (_how, text) => {
    expect(base64).toMatch(/\+.*\/|\/.*\+/)
    expect(base64).toMatch(/=$/)
    await using bot = await SmallBot.start()
    await using node = await startNodeFor(bot.url)
    using call = await openCall(`${node.answerUrl()}&body=${text}`)
    expect(bodyOf(await bot.call())).toEqual({
      from: '14155550100',
      to: '14155550199',
      callUuid: call.callId,
      direction: 'inbound',
      ...own,
    })
  })

  test('keeps the query of its own address', async () => {
    await using bot = await SmallBot.start()
    await using node = await startNodeFor(`${bot.url}?key=a%20b+c&flag`)
    using _call = await openCall(node.answerUrl())
    const botCall = await bot.call()
    expect(botCall.request.url).toMatch(/^\/ws\?key=a%20b\+c&flag&body=/)
    bodyOf(botCall)
  })

  test('serves several calls at once, each on its own socket', async () => {
    await using bot = await SmallBot.start(({ socket }) => {
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString('utf8')) as { event: string; media?: { payload: string } }
        if (!message.media) return
        const media = { contentType: 'audio/x-mulaw', sampleRate: 8000, payload: message.media.payload }
        socket.send(JSON.stringify({ event: 'playAudio', media }))
      })
    })
    await using node = await startNodeFor(bot.url)
    using one = await openCall(node.answerUrl())
    using two = await openCall(node.answerUrl())
    await Promise.all([one.stream.echoes(50), two.stream.echoes(50)])
    expect(bot.calls).toHaveLength(2)
    await hangUp(node, one.callId)
    await hangUp(node, two.callId)
    await expect.poll(() => spent(node), patience).toEqual(idle)
  })

  test.each([
    ['closes its socket in order', (call: BotCall) => call.socket.close(1000)],
    ['closes its socket and says nothing', (call: BotCall) => call.socket.close()],
    ['closes its socket with an error', (call: BotCall) => call.socket.close(1011, 'broken')],
    ['breaks its socket without a close frame', (call: BotCall) => call.socket.terminate()],
  ])('that %s is done: the stream closes with 1000, and the carrier is told to hang up', async (_how, end) => {
    await using bot = await SmallBot.start()
    await using node = await startNodeFor(bot.url)
    using call = await openCall(node.answerUrl())
    end(await bot.call())
    expect((await call.stream.closed).code).toBe(1000)
    expect(await askWhatNext(call.nextUrl, call.callId)).toMatch(/<Response><Hangup\/>/)
    expect((await node.log.until('call ended')).fields).toMatchObject({ reason: 'bot-returned', call: call.callId })
    await expect.poll(() => spent(node), patience).toEqual(idle)
  })

  test('that is not there costs the stream with 1011, and the caller hears an apology', async () => {
    const url = `ws://127.0.0.1:${await freePort()}/ws`
    await using node = await startNodeFor(url)
    using call = await openCall(node.answerUrl())
    expect((await call.stream.closed).code).toBe(1011)
    const { fields } = await node.log.until('call ended')
    expect(fields).toMatchObject({ reason: 'bot-lost', detail: expect.stringContaining(`${url} does not answer`) })
    expect(fields['detail']).toContain('ECONNREFUSED')
    expect(await askWhatNext(call.nextUrl, call.callId)).toMatch(/<Speak>.*<Hangup\/>/)
    await expect.poll(() => spent(node), patience).toEqual(idle)
  })

  test('that serves again takes the next call', async () => {
    const port = await freePort()
    await using bot = await SmallBot.start(undefined, { port })
    await using node = await startNodeFor(bot.url)
    await bot[Symbol.asyncDispose]()
    using lost = await openCall(node.answerUrl())
    expect((await lost.stream.closed).code).toBe(1011)
    const again = new WebSocketServer({ port, host: '127.0.0.1' })
    await once(again, 'listening')
    const connected = once(again, 'connection')
    using _call = await openCall(node.answerUrl())
    await connected
    for (const socket of again.clients) socket.terminate()
    await new Promise((resolve) => again.close(resolve))
  })

  test('whose server answers with something else costs the stream with 1011, and the log says what', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    await using node = await startNodeFor(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`)
    using call = await openCall(node.answerUrl())
    expect((await call.stream.closed).code).toBe(1011)
    expect((await node.log.until('call ended')).fields['detail']).toContain('503')
    server.close()
  })

  test.each([
    ['hangs up', (node: TestNode, callId: string) => hangUp(node, callId)],
    ['closes the stream', async (_node: TestNode, _callId: string, stream: ForeignStream) => stream.close()],
    ['is lost', async (_node: TestNode, _callId: string, stream: ForeignStream) => stream.terminate()],
  ])('loses its socket when the carrier %s', async (_how, end) => {
    await using bot = await SmallBot.start()
    await using node = await startNodeFor(bot.url)
    using call = await openCall(node.answerUrl())
    const botCall = await bot.call()
    await expect.poll(() => botCall.received.length, patience).toBe(1)
    await end(node, call.callId, call.stream)
    expect(await botCall.closed).toBe(1000)
    await expect.poll(() => spent(node), patience).toEqual(idle)
  })

  test('may send a binary message, which the carrier does not get', async () => {
    await using bot = await SmallBot.start()
    await using node = await startNodeFor(bot.url)
    using call = await openCall(node.answerUrl())
    const { socket } = await bot.call()
    socket.send(Buffer.from([1, 2, 3]))
    socket.send('{"event":"clearAudio"}')
    await expect.poll(() => call.stream.received, patience).toEqual(['{"event":"clearAudio"}'])
  })
})

const python = '/usr/bin/python3'

/** Skips the test on a machine without Debian's websockets, but not in CI. */
function needPython(context: TestContext): void {
  try {
    execFileSync(python, ['-c', 'import websockets'], { stdio: 'pipe' })
  } catch (error) {
    if (process.env['CI']) throw error
    context.skip('/usr/bin/python3 has no websockets: apt install python3-websockets')
  }
}

/** `examples/python-echo/bot.py` on a free port. */
async function startPython() {
  const port = await freePort()
  const child = spawn(python, ['examples/python-echo/bot.py'], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const closed = once(child, 'close')
  await expect.poll(() => output, patience).toContain('listening')
  return {
    port,
    says: () => output,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await closed
    },
  }
}

describe('the Python bot behind offhook dev --url', () => {
  test('gives every byte back in order, and is told of the call what it must know', async (context) => {
    needPython(context)
    await using bot = await startPython()
    await using dev = await DevProcess.start({ args: ['--url', `ws://127.0.0.1:${bot.port}/ws`] })
    expect(dev.answerUrl).toContain('agent=bot')
    const callId = newCallUuid()
    const answer = await askForXml(dev.answerUrl, { CallUUID: callId, From: '14155550123' })
    using stream = await new ForeignStream(streamUrlIn(await answer.text()), callId).opened()
    const sent = stream.start('"{\\"X-PH-caller\\":\\"Ünal\\"}"')
    const frames = Array.from({ length: 500 }, () => randomBytes(160))
    await stream.stream(frames)
    await stream.hears(Buffer.concat(frames))
    stream.dtmf('#')
    expect((await stream.closed).code).toBe(1000)
    await expect.poll(bot.says, patience).toContain('is over')
    const lines = bot.says().split('\n')
    expect(lines).toContain(`start: ${sent}`)
    const told = /^call from (\S+), body: (.*)$/.exec(lines.find((line) => line.includes('body:')) ?? '')
    expect(told?.[1]).toBe('14155550123')
    expect(JSON.parse(told?.[2] ?? '')).toEqual({
      from: '14155550123',
      to: '14155550199',
      callUuid: callId,
      direction: 'inbound',
    })
  })

  test('that is stopped in mid-call leaves no session behind', async (context) => {
    needPython(context)
    await using bot = await startPython()
    await using dev = await DevProcess.start({ args: ['--url', `ws://127.0.0.1:${bot.port}/ws`] })
    using call = await openCall(dev.answerUrl)
    await call.stream.echoes()
    await bot[Symbol.asyncDispose]()
    expect((await call.stream.closed).code).toBe(1000)
    await dev.until(/call ended/)
    using next = await openCall(dev.answerUrl)
    expect((await next.stream.closed).code).toBe(1011)
  })
})
