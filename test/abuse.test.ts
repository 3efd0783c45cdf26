import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../src/lib/manual-clock.ts'
import { DevProcess } from './support/dev-process.ts'
import {
  askForXml,
  askWhatNext,
  type Closed,
  ForeignStream,
  newCallUuid,
  nextUrlIn,
  openCall,
  streamUrlIn,
} from './support/foreign-client.ts'
import { sharedNode, startNode, startNodeOn, type TestNode } from './support/node.ts'
import { patience, pause } from './support/patience.ts'
import { botsOf, openFilesOf } from './support/processes.ts'
import { RawClient } from './support/raw-client.ts'
import { expectRefused, spent } from './support/refusals.ts'

type Rubbish = readonly [what: string, code: number, send: (stream: ForeignStream) => void]

const start = (callId: string, changes: object = {}) =>
  JSON.stringify({
    event: 'start',
    start: { callId, streamId: 's', mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000 }, ...changes },
  })

/** What no carrier sends, whenever it comes. */
const rubbish: readonly Rubbish[] = [
  ['a binary message', 1003, (stream) => stream.send(Buffer.from('{"event":"media"}'))],
  ['a message of more than 64 KiB', 1009, (stream) => stream.send(`{"event":"media","x":"${'x'.repeat(65_536)}"}`)],
  ['text that is no JSON', 1007, (stream) => stream.send('hello')],
  ['an empty message', 1007, (stream) => stream.send('')],
  ['a JSON array', 1007, (stream) => stream.send('[{"event":"start"}]')],
  ['JSON null', 1007, (stream) => stream.send('null')],
  ['an object without an event', 1007, (stream) => stream.send('{"start":{}}')],
  ['an event that is no string', 1007, (stream) => stream.send('{"event":{"toString":1}}')],
  ['deeply nested JSON', 1007, (stream) => stream.send('['.repeat(60_000))],
]

/** What is wrong only as the first message. */
const noStarts: readonly Rubbish[] = [
  ['media', 1007, (stream) => stream.media(randomBytes(160))],
  ['a key', 1007, (stream) => stream.dtmf('1')],
  ['an unknown event', 1007, (stream) => stream.send('{"event":"hello"}')],
  ['a start without its part', 1007, (stream) => stream.send('{"event":"start"}')],
  ['a start without its call', 1007, (stream) => stream.send(start(stream.callId, { callId: undefined }))],
  ['a start of an empty call', 1007, (stream) => stream.send(start(''))],
  ['a start without a format', 1007, (stream) => stream.send(start(stream.callId, { mediaFormat: undefined }))],
  [
    'a start in a format that nobody knows',
    1007,
    (stream) => stream.send(start(stream.callId, { mediaFormat: { encoding: 'audio/opus', sampleRate: 48_000 } })),
  ],
  ['a start of another call', 4403, (stream) => stream.send(start(newCallUuid()))],
]

/** A stream with a ticket that has not started. */
async function openStream(answerUrl: string): Promise<ForeignStream> {
  const callId = newCallUuid()
  const answer = await askForXml(answerUrl, { CallUUID: callId })
  return new ForeignStream(streamUrlIn(await answer.text()), callId).opened()
}

async function closedAfter(stream: ForeignStream, send: Rubbish[2]): Promise<Closed> {
  using sending = stream
  send(sending)
  return await sending.closed
}

describe('a stream that begins with', () => {
  const shared = sharedNode()

  test.each([...rubbish, ...noStarts])(
    '%s is closed with %i, and its call may try again',
    async (_what, code, send) => {
      const node = shared()
      using stream = await openStream(node.answerUrl())
      expect((await closedAfter(stream, send)).code).toBe(code)
      await expect.poll(() => node.calls.find(stream.callId)?.session.state.name, patience).toBe('ringing')
      using again = await new ForeignStream(stream.socket.url, stream.callId).opened()
      again.start()
      await again.echoes()
    },
  )

  test.each([
    ['many bytes for each character', '漢'.repeat(40)],
    ['characters that JSON writes long', '\u0001'.repeat(40)],
    ['a long name', 'x'.repeat(60_000)],
  ])('a format of %s is closed with 1007, and the node lives', async (_what, encoding) => {
    await using dev = await DevProcess.start({ args: ['examples/echo.ts'] })
    using stream = await openStream(dev.answerUrl)
    const mediaFormat = { encoding, sampleRate: 8000 }
    const closed = await closedAfter(stream, () => stream.send(start(stream.callId, { mediaFormat })))
    expect(closed.code).toBe(1007)
    using call = await openCall(dev.answerUrl)
    await call.stream.echoes()
  })
})

describe('a stream that goes on with', () => {
  const shared = sharedNode()

  test.each(rubbish)('%s is closed with %i, and its bot is free again', async (_what, code, send) => {
    const node = shared()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    expect((await closedAfter(call.stream, send)).code).toBe(code)
    await expect.poll(() => spent(node), patience).toEqual({ calls: 0, active: 0, waiting: 0 })
  })

  test.each([
    ['an event of a later Plivo', '{"event":"weather","temperature":21}'],
    ['media without audio', '{"event":"media","media":{}}'],
    ['a key that no telephone has', '{"event":"dtmf","dtmf":{"digit":"x"}}'],
    ['a second start', start('another-call')],
    ['an acknowledgement of what nobody asked for', '{"event":"playedStream","name":"offhook-99"}'],
  ])('%s is not closed for it', async (_what, text) => {
    const node = shared()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    call.stream.send(text)
    await call.stream.echoes()
  })

  test('audio that is no base64 is not closed for it', async () => {
    await using node = await startNode()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    call.stream.send('{"event":"media","media":{"payload":"%%%% \\u0000 ????"}}')
    const before = call.stream.heard().length
    call.stream.dtmf('#')
    expect((await call.stream.closed).code).toBe(1000)
    expect(call.stream.heard().length - before).toBeLessThan(20)
  })
})

test('rubbish on other streams does not disturb a live call', async () => {
  await using node = await startNode()
  using call = await openCall(node.answerUrl())
  await call.stream.echoes()
  const before = call.stream.heard().length
  const frames = Array.from({ length: 100 }, () => randomBytes(160))
  const streaming = call.stream.stream(frames)
  const codes = await Promise.all(
    [...rubbish, ...noStarts].map(async ([, , send]) => {
      using stream = await openStream(node.answerUrl())
      return (await closedAfter(stream, send)).code
    }),
  )
  expect(codes).toEqual([...rubbish, ...noStarts].map(([, code]) => code))
  await streaming
  await expect.poll(() => call.stream.heard().length - before, patience).toBe(16_000)
  expect(call.stream.heard().subarray(before).equals(Buffer.concat(frames))).toBe(true)
})

describe('a stream that says nothing', () => {
  const waiting = (node: TestNode, callId: string) => () => node.calls.find(callId)?.session.state.name

  test('is closed with 4408 after ten seconds, and the log says why', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock)
    using stream = await openStream(node.answerUrl())
    clock.advance(9_999)
    expect(node.log.all('stream closed')).toEqual([])
    clock.advance(1)
    expect((await stream.closed).code).toBe(4408)
    expect(node.log.all('stream closed')[0]?.fields).toMatchObject({
      code: 4408,
      reason: expect.stringMatching(/start/),
    })
    await expect.poll(waiting(node, stream.callId), patience).toBe('ringing')
  })

  test('is closed with 4408 also when it needed no ticket, and nothing was spent on it', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock, { agents: [{ name: 'bot', webSocketAuth: 'none' }] })
    using stream = await new ForeignStream(node.streamUrl(), newCallUuid()).opened()
    clock.advance(10_000)
    expect((await stream.closed).code).toBe(4408)
    expect(spent(node)).toEqual({ calls: 0, active: 0, waiting: 0 })
  })

  test('not even to our close is cut', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock)
    const callId = newCallUuid()
    const answer = await askForXml(node.answerUrl(), { CallUUID: callId })
    const url = new URL(streamUrlIn(await answer.text()))
    const { client, status } = await RawClient.upgrade(node.port, url.pathname + url.search)
    using silent = client
    expect(status).toContain('101')
    await expect.poll(waiting(node, callId), patience).toBe('connecting')
    clock.advance(10_000)
    await expect.poll(() => silent.text.includes('start'), patience).toBe(true)
    clock.advance(2000)
    await silent.gone()
    await expect.poll(waiting(node, callId), patience).toBe('ringing')
  })

  test('any more is cut, its session ends and its bot is free', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock)
    const callId = newCallUuid()
    const answer = await askForXml(node.answerUrl(), { CallUUID: callId })
    const url = new URL(streamUrlIn(await answer.text()))
    const { client } = await RawClient.upgrade(node.port, url.pathname + url.search)
    using silent = client
    silent.frame(1, Buffer.from(start(callId)))
    await expect.poll(waiting(node, callId), patience).toBe('talking')
    clock.advance(10_000)
    clock.advance(10_000)
    await silent.gone()
    const { fields } = await node.log.until('call ended')
    expect(fields).toMatchObject({ call: callId, reason: 'stream-lost' })
    await expect.poll(() => spent(node), patience).toEqual({ calls: 0, active: 0, waiting: 0 })
  })
})

describe('a socket', () => {
  const shared = sharedNode()

  test.each([
    ['before its start', false],
    ['in mid-call', true],
  ])('that is destroyed without a close %s leaves a call that may come back', async (_when, started) => {
    await using node = await startNode()
    using stream = await openStream(node.answerUrl())
    if (started) {
      stream.start()
      await stream.echoes()
    }
    stream.terminate()
    const isOver = () => {
      const name = node.calls.find(stream.callId)?.session.state.name
      return name === (started ? 'ended' : 'ringing')
    }
    await expect.poll(isOver, patience).toBe(true)
    using again = await new ForeignStream(stream.socket.url, stream.callId).opened()
    again.start()
    await again.echoes()
  })

  test('whose upgrade was refused is gone, also when the client keeps its end open', async () => {
    await using node = await startNode({ cold: true })
    const { client, status } = await RawClient.upgrade(node.port, '/ws/plivo?serviceHost=bot.acme')
    using silent = client
    expect(status).toContain('403')
    await expect.poll(() => silent.ended, patience).toBe(true)
    await silent.gone()
  })

  test.each([
    ['noise', randomBytes(2000)],
    ['a TLS handshake', Buffer.from('16030100c8010000c403035f', 'hex')],
    ['a request line without end', `GET /${'x'.repeat(100_000)}`],
    ['a header without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`],
    ['a bad content length', 'POST /plivo-xml HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['an SSH greeting', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n'],
  ])('with %s on it is closed and disturbs no call', async (_what, bytes) => {
    const node = shared()
    using call = await openCall(node.answerUrl())
    using client = await RawClient.connect(node.port)
    client.write(bytes)
    await client.gone()
    await call.stream.echoes()
  })

  test.each([
    ['a frame without a mask', 1002, (client: RawClient) => client.frame(1, Buffer.from('{}'), { masked: false })],
    ['an opcode that does not exist', 1002, (client: RawClient) => client.frame(5, Buffer.from('{}'))],
    ['text that is no UTF-8', 1007, (client: RawClient) => client.frame(1, Buffer.from([0xc3, 0x28]))],
    ['noise', 1002, (client: RawClient) => client.write(Buffer.alloc(1000, 0xff))],
    ['a close with a bad code', 1002, (client: RawClient) => client.frame(8, Buffer.from([0, 1]))],
  ])('that breaks the WebSocket protocol with %s is closed with %i', async (_what, code, send) => {
    const node = shared()
    using call = await openCall(node.answerUrl())
    const callId = newCallUuid()
    const answer = await askForXml(node.answerUrl(), { CallUUID: callId })
    const url = new URL(streamUrlIn(await answer.text()))
    const { client } = await RawClient.upgrade(node.port, url.pathname + url.search)
    using broken = client
    send(broken)
    await expect.poll(() => broken.closeCode, patience).toBe(code)
    broken[Symbol.dispose]()
    await expect.poll(() => node.calls.find(callId)?.session.state.name, patience).toBe('ringing')
    await call.stream.echoes()
  })

  test.each(['/', '/ws', '/ws/plivox', '/plivo-xml?agent=bot&org=acme', '/WS/PLIVO', '/ws/../ws/plivo', '/%77s/plivo'])(
    'that asks for a stream at %s gets 404',
    async (path) => {
      const node = shared()
      const since = node.log.entries.length
      const { client, status } = await RawClient.upgrade(node.port, path)
      using _client = client
      expect(status).toBe('HTTP/1.1 404 Not Found')
      expect(node.log.all('a stream was refused', since)[0]?.fields['fix']).toContain('/ws/plivo')
    },
  )

  test('that asks for a stream at a path with a rubbish ticket gets 403', async () => {
    await using node = await startNode()
    for (const ticket of ['%00', '%', '..%2f..', 't1_', 't1_.', 't1_a.b', 'x'.repeat(8000)]) {
      const url = node.streamUrl().replace('?', `/${ticket}?`)
      await expectRefused(node, url, { status: 403, reason: /ticket/ })
    }
  })
})

test('a node that stops closes with 1001 a stream that has not said anything yet', async () => {
  const node = await startNode({ agents: [{ name: 'bot', webSocketAuth: 'none' }] })
  using stream = await new ForeignStream(node.streamUrl(), newCallUuid()).opened()
  await node[Symbol.asyncDispose]()
  expect((await stream.closed).code).toBe(1001)
})

test('a node stops all the same when a client answers its close with rubbish', async () => {
  const node = await startNode({ agents: [{ name: 'bot', webSocketAuth: 'none' }] })
  const { client } = await RawClient.upgrade(node.port, '/ws/plivo?serviceHost=bot.acme')
  using broken = client
  const stopped = node[Symbol.asyncDispose]()
  await expect.poll(() => broken.closeCode, patience).toBe(1001)
  broken.frame(5, Buffer.from('{}'))
  await stopped
})

test('a webhook whose sender leaves in the middle of it is no failure of the node', async () => {
  await using node = await startNode({ cold: true })
  using client = await RawClient.connect(node.port)
  client.write('POST /plivo/hangup HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nCallUUID=')
  client[Symbol.dispose]()
  const { level } = await node.log.until(/webhook/)
  expect(level).toBe('debug')
})

test('a webhook that comes drop by drop is cut after as long as Plivo would wait', async () => {
  const clock = new ManualClock()
  await using node = await startNodeOn(clock)
  using client = await RawClient.connect(node.port)
  client.write('POST /plivo/hangup HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\nCallUUID=')
  const isOver = () => {
    if (!client.socket.destroyed) client.write('a')
    clock.advance(500)
    return client.ended || client.socket.destroyed
  }
  await expect.poll(isOver, patience).toBe(true)
  expect((await fetch(`http://127.0.0.1:${node.port}/healthz`)).status).toBe(200)
})

test.each(['h2c', 'TLS/1.3', 'foo'])('a request that offers to speak %s is answered as it is', async (protocol) => {
  await using node = await startNode({ cold: true })
  using client = await RawClient.connect(node.port)
  client.write(
    'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\n' +
      `Upgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n`,
  )
  await expect.poll(() => client.text, patience).toContain('{"status":"ok"}')
})

type Outcome = 'echo' | 'sentence'

/** One caller: hears an echo, or the sentence that says why not. Throws when it is neither. */
async function callAndSee(answerUrl: string, staysMs = 0): Promise<Outcome> {
  const callId = newCallUuid()
  const answer = await askForXml(answerUrl, { CallUUID: callId })
  const xml = await answer.text()
  if (xml.includes('<Speak>')) return 'sentence'
  using stream = await new ForeignStream(streamUrlIn(xml), callId).opened()
  stream.start()
  await stream.echoes()
  await pause(staysMs)
  await stream.echoes()
  stream.dtmf('#')
  expect((await stream.closed).code).toBe(1000)
  expect(await askWhatNext(nextUrlIn(xml), callId)).toContain('<Hangup/>')
  return 'echo'
}

test('two hundred calls in ten seconds to a node that takes fifty are each answered or told, and leave nothing', async () => {
  await using dev = await DevProcess.start({
    args: ['examples/echo.ts'],
    environment: { OFFHOOK_MAX_CALLS: '50', OFFHOOK_COOLDOWN_SECONDS: '1' },
  })
  const count = (text: string) => dev.output.split(text).length - 1
  expect(botsOf(dev.pid)).toHaveLength(1)
  const filesBefore = openFilesOf(dev.pid)

  const outcomes: Promise<Outcome>[] = []
  const startedAt = performance.now()
  for (let n = 0; n < 200; n++) {
    await pause(Math.max(0, startedAt + n * 50 - performance.now()))
    const outcome = callAndSee(dev.answerUrl, 3000)
    outcome.catch(() => undefined)
    outcomes.push(outcome)
  }
  const settled = await Promise.allSettled(outcomes)
  expect(settled.filter(({ status }) => status === 'rejected')).toEqual([])
  const heard = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  expect(heard).toContain('echo')
  expect(heard).toContain('sentence')

  expect(await callAndSee(dev.answerUrl)).toBe('echo')
  await expect.poll(() => count('call ended') - count('call started'), patience).toBe(0)
  await expect.poll(() => botsOf(dev.pid).length, patience).toBe(1)
  await expect.poll(() => openFilesOf(dev.pid), patience).toBeLessThanOrEqual(filesBefore)
})

test('more calls at once than the node takes are told so, and the others hear their echo', async () => {
  await using dev = await DevProcess.start({ args: ['examples/echo.ts'], environment: { OFFHOOK_MAX_CALLS: '5' } })
  const outcomes = await Promise.all(Array.from({ length: 30 }, () => callAndSee(dev.answerUrl, 500)))
  expect(outcomes).toContain('sentence')
  expect(outcomes).toContain('echo')
  expect(await callAndSee(dev.answerUrl)).toBe('echo')
})
