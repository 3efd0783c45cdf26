import { SaxesParser } from 'saxes'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../src/lib/manual-clock.ts'
import {
  askForXml,
  askWhatNext,
  ForeignStream,
  newCallUuid,
  nextUrlIn,
  openCall,
  streamUrlIn,
  tell,
} from './support/foreign-client.ts'
import { sharedNode, startNode, startNodeOn, type TestNode } from './support/node.ts'
import { patience } from './support/patience.ts'
import { spent } from './support/refusals.ts'

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  text: string
}

/** The elements of an answer, by a parser that forgives nothing. */
function elementsOf(document: string): Element[] {
  const elements: Element[] = []
  const open: Element[] = []
  const parser = new SaxesParser({ fragment: false })
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const values = Object.entries(attributes).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : value.value,
    ])
    const element: Element = { name, attributes: Object.fromEntries(values), text: '' }
    open.push(element)
    elements.push(element)
  })
  parser.on('text', (text) => {
    const element = open.at(-1)
    if (element) element.text += text
  })
  parser.on('closetag', () => open.pop())
  parser.write(document).close()
  expect(elements.shift()?.name).toBe('Response')
  return elements
}

const namesOf = (document: string) => elementsOf(document).map(({ name }) => name)

const streamed = ['Stream', 'Redirect']
const apologised = ['Speak', 'Hangup']
const hungUp = ['Hangup']

const hangupFields = (callId: string) => ({
  CallUUID: callId,
  Event: 'Hangup',
  CallStatus: 'completed',
  HangupCauseName: 'Normal Hangup',
  HangupSource: 'Caller',
})

async function ring(node: TestNode, callId: string, query = ''): Promise<string> {
  const answer = await askForXml(`${node.answerUrl()}${query}`, { CallUUID: callId })
  expect(answer.status).toBe(200)
  return answer.text()
}

describe('the answer document', () => {
  test('opens a stream and then asks what next, in XML that a strict parser takes', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    const answer = await askForXml(node.answerUrl(), { CallUUID: callId })
    expect(answer.headers.get('content-type')).toMatch(/^application\/xml/)
    const [stream, redirect, ...others] = elementsOf(await answer.text())
    expect(others).toEqual([])
    expect(stream?.name).toBe('Stream')
    expect(stream?.attributes).toEqual({
      bidirectional: 'true',
      keepCallAlive: 'true',
      contentType: 'audio/x-mulaw;rate=8000',
      statusCallbackUrl: `${node.url}/plivo/stream-status`,
    })
    const url = new URL(stream?.text ?? '')
    expect(url.origin).toBe(`ws://127.0.0.1:${node.port}`)
    expect(url.pathname).toMatch(/^\/ws\/plivo\/t1_[\w.-]+$/)
    expect([...url.searchParams]).toEqual([['serviceHost', 'bot.acme']])
    expect(stream?.text.length).toBeLessThan(2048)
    expect(redirect?.name).toBe('Redirect')
    expect(redirect?.text).toMatch(
      new RegExp(`^${node.url}/plivo/next/${callId}(/\\d+)?\\?serviceHost=bot\\.acme#rc=5&rp=all&tt=55000$`),
    )
  })

  test.each([
    ['mulaw', 'audio/x-mulaw;rate=8000'],
    ['l16-8k', 'audio/x-l16;rate=8000'],
    ['l16-16k', 'audio/x-l16;rate=16000'],
  ])('names the format that the answer URL asks for: %s', async (name, contentType) => {
    await using node = await startNode()
    const xml = await ring(node, newCallUuid(), `&audio=${name}`)
    expect(elementsOf(xml)[0]?.attributes['contentType']).toBe(contentType)
  })

  test('keeps that format when the call is given another stream', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    const xml = await ring(node, callId, '&audio=l16-16k')
    const next = await askWhatNext(nextUrlIn(xml), callId)
    expect(elementsOf(next)[0]?.attributes['contentType']).toBe('audio/x-l16;rate=16000')
  })

  test('is the same for GET and POST', async () => {
    await using node = await startNode()
    const answer = await askForXml(node.answerUrl(), { CallUUID: newCallUuid() }, { method: 'GET' })
    expect(answer.status).toBe(200)
    expect(namesOf(await answer.text())).toEqual(streamed)
    expect(node.calls.active).toBe(1)
  })
})

describe('an answer webhook', () => {
  test.each(['POST', 'GET'] as const)(
    'tells the bot who calls whom, and what came with the call: %s',
    async (method) => {
      await using node = await startNode({
        bot: `
        import { defineBot } from 'offhook'
        export default defineBot(({ id, from, to, direction, body }) => {
          console.log(JSON.stringify({ id, from, to, direction, body }))
        })`,
      })
      const fields = { From: '+14155550100', To: 'sip:bot@example.com', Direction: 'outbound' }
      const body = Buffer.from('{"plan":"größer?~"}').toString('base64')
      using call = await openCall(`${node.answerUrl()}&body=${encodeURIComponent(body)}`, fields, { method })
      const { message } = await node.log.until(/plan/)
      expect(JSON.parse(message)).toEqual({
        id: call.callId,
        from: '+14155550100',
        to: 'sip:bot@example.com',
        direction: 'outbound',
        body: { plan: 'größer?~' },
      })
    },
  )

  test('is read behind a question mark that nobody escaped', async () => {
    await using node = await startNode({ cold: true })
    const callId = newCallUuid()
    const answer = await askForXml(`${node.answerUrl()}&greeting=who?&audio=l16-16k`, { CallUUID: callId })
    expect(elementsOf(await answer.text())[0]?.attributes['contentType']).toBe('audio/x-l16;rate=16000')
  })

  const shared = sharedNode({ cold: true })

  test.each([
    ['agent', '/plivo-xml?org=acme', { CallUUID: 'a' }],
    ['org', '/plivo-xml?agent=bot', { CallUUID: 'a' }],
    ['CallUUID', '/plivo-xml?agent=bot&org=acme', {}],
    ['CallUUID', '/plivo-xml?agent=bot&org=acme', { CallUUID: '../etc/passwd' }],
    ['CallUUID', '/plivo-xml?agent=bot&org=acme', { CallUUID: 'a'.repeat(201) }],
    ['CallUUID', '/plivo-xml?agent=bot&org=acme&CallUUID=a&CallUUID=b', {}],
    ['audio', '/plivo-xml?agent=bot&org=acme&audio=opus', { CallUUID: 'a' }],
    ['audio', '/plivo-xml?agent=bot&org=acme&audio=toString', { CallUUID: 'a' }],
    ['body', '/plivo-xml?agent=bot&org=acme&body=bm8', { CallUUID: 'a' }],
  ])('with a bad %s is told so with 400: %s', async (field, path, fields) => {
    const node = shared()
    const before = spent(node)
    const answer = await tell(`${node.url}${path}`, fields)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(field)
    expect(spent(node)).toEqual(before)
  })

  test('for an agent that is not here gets 404, and the log says which are', async () => {
    await using node = await startNode({ agents: [{ name: 'bot' }, { name: 'front-desk' }] })
    const answer = await askForXml(node.answerUrl('frontdesk'), { CallUUID: newCallUuid() })
    expect(answer.status).toBe(404)
    const entry = await node.log.until(/not here/)
    expect(entry.fields).toMatchObject({ wanted: 'frontdesk.acme', agents: ['bot.acme', 'front-desk.acme'] })
  })

  test('that comes twice gives the call one session', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    const first = await ring(node, callId)
    const second = await ring(node, callId)
    expect(node.calls.active).toBe(1)
    using stream = await new ForeignStream(streamUrlIn(second), callId).opened()
    stream.start()
    await stream.echoes()
    await expect(new ForeignStream(streamUrlIn(first), callId).opened()).rejects.toThrow('403')
    expect(node.calls.active).toBe(1)
  })

  test('that comes twice at the same time gives the call one session', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    const documents = await Promise.all(Array.from({ length: 5 }, () => ring(node, callId)))
    expect(documents.map(namesOf)).toEqual(Array.from({ length: 5 }, () => streamed))
    expect(node.calls.active).toBe(1)
  })

  test('that comes again does not use up the streams of the call', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    for (let i = 0; i < 5; i++) await ring(node, callId)
    const xml = await ring(node, callId)
    expect(namesOf(await askWhatNext(nextUrlIn(xml), callId))).toEqual(streamed)
  })

  test('that comes while the bot talks disturbs nothing', async () => {
    await using node = await startNode()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    await ring(node, call.callId)
    await call.stream.echoes()
    expect(node.calls.active).toBe(1)
  })

  test('that comes after the end of its call is told to hang up and opens no session', async () => {
    await using node = await startNode()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    await tell(`${node.url}/plivo/hangup`, hangupFields(call.callId))
    await expect.poll(() => node.calls.active, patience).toBe(0)
    expect(namesOf(await ring(node, call.callId))).toEqual(hungUp)
    expect(node.calls.active).toBe(0)
  })

  test('that says Hangup ends the session of its call', async () => {
    await using node = await startNode()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    const answer = await tell(node.answerUrl(), hangupFields(call.callId))
    expect(answer.status).toBe(200)
    expect((await call.stream.closed).code).toBe(1000)
    const { fields } = await node.log.until('call ended')
    expect(fields).toMatchObject({ reason: 'caller-hung-up', detail: expect.stringContaining('Normal Hangup') })
    await expect.poll(() => spent(node), patience).toEqual({ calls: 0, active: 0, waiting: 0 })
  })

  test.each([{ Event: 'Hangup' }, { CallStatus: 'completed' }, { CallStatus: 'no-answer', Event: 'StartApp' }])(
    'that says the call is over opens no session: %o',
    async (fields) => {
      await using node = await startNode()
      const before = spent(node)
      const answer = await tell(node.answerUrl(), { CallUUID: newCallUuid(), ...fields })
      expect(answer.status).toBe(200)
      expect(await answer.text()).not.toContain('Stream')
      expect(spent(node)).toEqual(before)
    },
  )

  test('of a ringing or a machine opens no session', async () => {
    await using node = await startNode()
    for (const event of ['Ring', 'MachineDetection', 'DialAnswer']) {
      const answer = await tell(node.answerUrl(), { CallUUID: newCallUuid(), Event: event })
      expect(answer.status).toBe(200)
    }
    expect(node.calls.active).toBe(0)
  })

  test('beyond the calls that the node takes is told so in a sentence, then hung up', async () => {
    await using node = await startNode({ server: { maxCalls: 2 } })
    using _one = await openCall(node.answerUrl())
    using two = await openCall(node.answerUrl())
    const third = newCallUuid()
    const [speak, hangup, ...others] = elementsOf(await ring(node, third))
    expect(others).toEqual([])
    expect(speak?.name).toBe('Speak')
    expect(speak?.text).toMatch(/\w+ \w+ \w+/)
    expect(hangup?.name).toBe('Hangup')
    expect(node.calls.active).toBe(2)
    expect(node.log.all('a call was not taken')[0]?.fields).toMatchObject({ call: third, why: 'full' })
    await tell(`${node.url}/plivo/hangup`, hangupFields(two.callId))
    await expect.poll(() => node.calls.active, patience).toBe(1)
    using fourth = await openCall(node.answerUrl())
    await fourth.stream.echoes()
  })

  test('is told that the lines are busy while the node finishes its calls, and those go on', async () => {
    await using node = await startNode()
    expect((await fetch(`${node.url}/readyz`)).status).toBe(200)
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    const drained = node.calls.drain()
    expect((await fetch(`${node.url}/readyz`)).status).toBe(503)
    expect((await fetch(`${node.url}/healthz`)).status).toBe(200)
    expect(namesOf(await ring(node, newCallUuid()))).toEqual(apologised)
    await call.stream.echoes()
    call.stream.dtmf('#')
    await drained
    expect((await call.stream.closed).code).toBe(1000)
  })
})

describe('the question what next', () => {
  test('gets another stream when none came, three at most in a row, then Hangup', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    const first = await ring(node, callId)
    const second = await askWhatNext(nextUrlIn(first), callId)
    expect(namesOf(second)).toEqual(streamed)
    const third = await askWhatNext(nextUrlIn(second), callId)
    expect(namesOf(third)).toEqual(streamed)
    const fourth = await askWhatNext(nextUrlIn(third), callId)
    expect(namesOf(fourth)).toEqual(hungUp)
    await expect.poll(() => spent(node), patience).toEqual({ calls: 0, active: 0, waiting: 0 })
    expect(namesOf(await askWhatNext(nextUrlIn(third), callId))).toEqual(hungUp)
  })

  test('gets a stream that works', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    const second = await askWhatNext(nextUrlIn(await ring(node, callId)), callId)
    using stream = await new ForeignStream(streamUrlIn(second), callId).opened()
    stream.start()
    await stream.echoes()
    expect(node.calls.active).toBe(1)
  })

  test('that is asked twice gets the same answer, and one more stream, not two', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    const first = await ring(node, callId)
    const second = await askWhatNext(nextUrlIn(first), callId)
    const again = await askWhatNext(nextUrlIn(first), callId)
    expect(nextUrlIn(again)).toBe(nextUrlIn(second))
    const third = await askWhatNext(nextUrlIn(again), callId)
    expect(namesOf(third)).toEqual(streamed)
  })

  test('gets three streams in a row again after one of them has started and was lost', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    const second = await askWhatNext(nextUrlIn(await ring(node, callId)), callId)
    using stream = await new ForeignStream(streamUrlIn(second), callId).opened()
    stream.start()
    await stream.echoes()
    stream.terminate()
    await node.log.until('call ended')
    let xml = second
    for (let i = 0; i < 3; i++) {
      xml = await askWhatNext(nextUrlIn(xml), callId)
      expect(namesOf(xml)).toEqual(streamed)
    }
    expect(namesOf(await askWhatNext(nextUrlIn(xml), callId))).toEqual(hungUp)
  })

  test('gets another stream after the session gave the first one up', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock)
    const callId = newCallUuid()
    const xml = await ring(node, callId)
    clock.advance(61_000)
    expect(node.calls.active).toBe(0)
    const next = await askWhatNext(nextUrlIn(xml), callId)
    expect(namesOf(next)).toEqual(streamed)
    using stream = await new ForeignStream(streamUrlIn(next), callId).opened()
    stream.start()
    await stream.echoes()
  })

  test.each([
    ['returned', '#'],
    ['hung up', '*'],
  ])('gets Hangup when the bot has %s', async (_how, key) => {
    await using node = await startNode()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    call.stream.dtmf(key)
    expect((await call.stream.closed).code).toBe(1000)
    expect(namesOf(await askWhatNext(call.nextUrl, call.callId))).toEqual(hungUp)
  })

  test('gets Hangup when the bot returned before the carrier has seen it', async () => {
    await using node = await startNode({
      bot: `import { defineBot } from 'offhook'; export default defineBot(() => {})`,
    })
    using call = await openCall(node.answerUrl())
    expect((await call.stream.closed).code).toBe(1000)
    expect(namesOf(await askWhatNext(call.nextUrl, call.callId))).toEqual(hungUp)
  })

  test('gets a sentence and Hangup when the bot threw', async () => {
    await using node = await startNode({
      bot: `import { defineBot } from 'offhook'; export default defineBot(() => { throw new Error('no idea') })`,
    })
    using call = await openCall(node.answerUrl())
    expect((await call.stream.closed).code).toBe(1011)
    const xml = await askWhatNext(call.nextUrl, call.callId)
    expect(namesOf(xml)).toEqual(apologised)
    expect(elementsOf(xml)[0]?.text).toMatch(/sorry/)
    expect(xml).not.toContain('no idea')
  })

  test('gets the same sentence when it is asked again, because the first answer was lost', async () => {
    await using node = await startNode({
      bot: `import { defineBot } from 'offhook'; export default defineBot(() => { throw new Error('no idea') })`,
    })
    using call = await openCall(node.answerUrl())
    expect((await call.stream.closed).code).toBe(1011)
    await askWhatNext(call.nextUrl, call.callId)
    expect(namesOf(await askWhatNext(call.nextUrl, call.callId))).toEqual(apologised)
  })

  test('gets Hangup for a call that nobody knows', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    expect(namesOf(await askWhatNext(`${node.url}/plivo/next/${callId}/1`, callId))).toEqual(hungUp)
    expect(node.calls.active).toBe(0)
  })

  test('gets Hangup for a call that is over', async () => {
    await using node = await startNode()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    await tell(`${node.url}/plivo/hangup`, hangupFields(call.callId))
    expect(namesOf(await askWhatNext(call.nextUrl, call.callId))).toEqual(hungUp)
  })

  test('ends a stream that the node still takes for live', async () => {
    await using node = await startNode()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    expect(namesOf(await askWhatNext(call.nextUrl, call.callId))).toEqual(hungUp)
    await call.stream.closed
    await expect.poll(() => node.calls.active, patience).toBe(0)
  })

  test('can be asked with GET', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    const xml = await ring(node, callId)
    expect(namesOf(await askWhatNext(nextUrlIn(xml), callId, { method: 'GET' }))).toEqual(streamed)
  })
})

describe('a hangup webhook', () => {
  test('that comes twice, or for a call that nobody knows, is taken', async () => {
    await using node = await startNode()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    for (const callId of [call.callId, call.callId, newCallUuid()]) {
      expect((await tell(`${node.url}/plivo/hangup`, hangupFields(callId))).status).toBe(200)
    }
    await call.stream.closed
    expect(node.log.all('call ended')).toHaveLength(1)
  })

  test('that comes in the ring frees the instance', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    await ring(node, callId)
    await tell(`${node.url}/plivo/hangup`, hangupFields(callId))
    await expect.poll(() => [node.calls.active, node.pool().status.free], patience).toEqual([0, 1])
  })

  test('without its CallUUID is told so with 400', async () => {
    await using node = await startNode()
    const answer = await tell(`${node.url}/plivo/hangup`, { Event: 'Hangup' })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('CallUUID')
  })
})

describe('a stream status', () => {
  const shared = sharedNode({ cold: true })

  test.each([
    ['StartStream', 'debug'],
    ['StopStream', 'debug'],
    ['DroppedStream', 'warn'],
    ['DegradedStream', 'warn'],
    ['PlayedStream', 'debug'],
    ['ClearedAudio', 'debug'],
    ['started', 'debug'],
    ['stopped', 'debug'],
    ['failed', 'warn'],
    ['SomethingNew', 'debug'],
  ])('of %s is taken, and logged as %s', async (event, level) => {
    const node = shared()
    const since = node.log.entries.length
    const callId = newCallUuid()
    const fields = { CallUUID: callId, StreamID: 's', Event: event, Error: '', StatusReason: 'connection_failed' }
    const answer = await tell(`${node.url}/plivo/stream-status`, fields)
    expect(answer.status).toBe(200)
    const [entry] = node.log.all(/stream status/, since)
    expect(entry).toMatchObject({ level, fields: { call: callId, event, reason: 'connection_failed' } })
  })

  const xmlFor = async (answerUrl: string, callId: string) => {
    const answer = await askForXml(answerUrl, { CallUUID: callId })
    return answer.text()
  }
  const played = (callId: string) => ({ CallUUID: callId, Event: 'PlayedStream', Name: 'offhook-1' })

  test("that come for every checkpoint are asked for no more for its call's organization", async () => {
    await using node = await startNode({
      agents: [{ name: 'bot' }, { name: 'bot2', organization: 'other' }],
      cold: true,
    })
    const others = node.answerUrl('bot2').replace('org=acme', 'org=other')
    const callId = newCallUuid()
    expect(await xmlFor(node.answerUrl(), callId)).toContain('statusCallbackUrl')
    await tell(`${node.url}/plivo/stream-status`, played(callId))
    expect(await xmlFor(node.answerUrl(), newCallUuid())).not.toContain('statusCallbackUrl')
    expect(await xmlFor(others, newCallUuid())).toContain('statusCallbackUrl')
  })

  test('of a call that is not here changes nothing', async () => {
    await using node = await startNode({ cold: true })
    await tell(`${node.url}/plivo/stream-status`, played(newCallUuid()))
    expect(await xmlFor(node.answerUrl(), newCallUuid())).toContain('statusCallbackUrl')
  })

  test('may come as GET', async () => {
    await using node = await startNode({ cold: true })
    const fields = { CallUUID: newCallUuid(), Event: 'DroppedStream' }
    expect((await tell(`${node.url}/plivo/stream-status`, fields, { method: 'GET' })).status).toBe(200)
    expect(node.log.all(/stream status/)).toHaveLength(1)
  })

  test("may come as JSON, as two of Plivo's pages have it", async () => {
    await using node = await startNode({ cold: true })
    const callId = newCallUuid()
    const answer = await fetch(`${node.url}/plivo/stream-status`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ CallUUID: callId, StreamID: 's', Event: 'failed', StatusReason: 'connection_failed' }),
    })
    expect(answer.status).toBe(200)
    expect(node.log.all(/stream status/)[0]?.fields).toMatchObject({ call: callId, reason: 'connection_failed' })
  })

  test('without its CallUUID or its Event is told so with 400', async () => {
    await using node = await startNode({ cold: true })
    const url = `${node.url}/plivo/stream-status`
    expect(await (await tell(url, { Event: 'StartStream' })).text()).toContain('CallUUID')
    expect(await (await tell(url, { CallUUID: 'a' })).text()).toContain('Event')
    expect((await tell(url, { CallUUID: 'a' })).status).toBe(400)
  })
})

describe('the public address', () => {
  const hosts = async (node: TestNode, headers: Record<string, string> = {}) => {
    const answer = await askForXml(node.answerUrl(), { CallUUID: newCallUuid() }, { headers })
    const [stream, redirect] = elementsOf(await answer.text())
    const status = new URL(stream?.attributes['statusCallbackUrl'] ?? '')
    return [new URL(stream?.text ?? '').origin, new URL(redirect?.text ?? '').origin, status.origin]
  }
  const forwarded = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'voice.example.com' }

  test('is what the request says, without a proxy', async () => {
    await using node = await startNode({ cold: true })
    const own = `127.0.0.1:${node.port}`
    expect(await hosts(node)).toEqual([`ws://${own}`, `http://${own}`, `http://${own}`])
  })

  test('is what a trusted proxy says', async () => {
    await using node = await startNode({ cold: true })
    const outside = 'voice.example.com'
    expect(await hosts(node, forwarded)).toEqual([`wss://${outside}`, `https://${outside}`, `https://${outside}`])
  })

  test('is the first of those that a chain of proxies lists', async () => {
    await using node = await startNode({ cold: true })
    const headers = { 'X-Forwarded-Proto': 'https, http', 'X-Forwarded-Host': 'voice.example.com:8443, inner' }
    expect((await hosts(node, headers))[0]).toBe('wss://voice.example.com:8443')
  })

  test('is not what anybody else says', async () => {
    await using node = await startNode({ cold: true, server: { trustedProxies: ['10.0.0.0/8'] } })
    const own = `127.0.0.1:${node.port}`
    expect(await hosts(node, forwarded)).toEqual([`ws://${own}`, `http://${own}`, `http://${own}`])
  })

  test('is what the setting says, whatever the request says', async () => {
    await using node = await startNode({ cold: true, server: { publicUrl: 'https://offhook.example.com/' } })
    const outside = 'offhook.example.com'
    expect(await hosts(node, forwarded)).toEqual([`wss://${outside}`, `https://${outside}`, `https://${outside}`])
  })

  test('may be plain http', async () => {
    await using node = await startNode({ cold: true, server: { publicUrl: 'http://10.1.2.3:7860' } })
    expect((await hosts(node))[0]).toBe('ws://10.1.2.3:7860')
  })

  test('stays well formed, or is refused, when the host is rubbish', async () => {
    await using node = await startNode({ cold: true })
    for (const host of ['<Dial>', 'a&b', '"', "a'b", 'a b']) {
      const headers = { 'X-Forwarded-Host': host }
      const answer = await askForXml(node.answerUrl(), { CallUUID: newCallUuid() }, { headers })
      const text = await answer.text()
      if (answer.status === 200) expect(namesOf(text)).toEqual(streamed)
      else expect(answer.status).toBe(400)
    }
  })
})

describe('other requests', () => {
  test('with a body of more than 64 KiB get 413, and open no session', async () => {
    await using node = await startNode()
    const before = spent(node)
    const fields = { CallUUID: newCallUuid(), Padding: 'x'.repeat(65 * 1024) }
    expect((await tell(node.answerUrl(), fields)).status).toBe(413)
    expect((await tell(`${node.url}/plivo/hangup`, fields)).status).toBe(413)
    expect(spent(node)).toEqual(before)
  })

  test('with a body that goes on for ever get 413', async () => {
    await using node = await startNode({ cold: true })
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        sent += 8192
        controller.enqueue(new Uint8Array(8192).fill(0x78))
        await new Promise((resolve) => setTimeout(resolve, 1))
        if (sent > 8_000_000) controller.error(new Error('nobody stopped it'))
      },
    })
    const answer = await fetch(node.answerUrl(), { method: 'POST', body, duplex: 'half' })
    expect(answer.status).toBe(413)
  })

  test('with a body of just under 64 KiB are taken', async () => {
    await using node = await startNode({ cold: true })
    const fields = { CallUUID: newCallUuid(), Padding: 'x'.repeat(64 * 1024 - 100) }
    expect((await tell(node.answerUrl(), fields)).status).toBe(200)
  })

  const shared = sharedNode({ cold: true })

  test.each([
    ['GET', '/'],
    ['POST', '/'],
    ['GET', '/plivo'],
    ['GET', '/plivo-xml/'],
    ['GET', '/plivo/next'],
    ['GET', '/plivo/next/'],
    ['GET', '/ws/plivo'],
    ['GET', '/ws/plivo/t1_x.y?serviceHost=bot.acme'],
    ['GET', '//plivo-xml?agent=bot&org=acme&CallUUID=a'],
    ['GET', '/%ff%fe'],
    ['GET', '/.env'],
    ['PUT', '/plivo-xml?agent=bot&org=acme&CallUUID=a'],
    ['DELETE', '/plivo-xml?agent=bot&org=acme&CallUUID=a'],
    ['PATCH', '/plivo/hangup?CallUUID=a&Event=Hangup'],
    ['OPTIONS', '/plivo-xml?agent=bot&org=acme&CallUUID=a'],
    ['PROPFIND', '/plivo-xml?agent=bot&org=acme&CallUUID=a'],
    ['POST', '/healthz'],
  ])('get 404 and open no session: %s %s', async (method, path) => {
    const node = shared()
    const answer = await fetch(`${node.url}${path}`, { method })
    expect(answer.status).toBe(404)
    expect(node.calls.active).toBe(0)
  })

  test('with HEAD, which asks for nothing to happen, open no session', async () => {
    await using node = await startNode({ cold: true })
    await fetch(`${node.answerUrl()}&CallUUID=a`, { method: 'HEAD' })
    expect(node.calls.active).toBe(0)
  })

  test('get a plain 404 also where the path holds broken escapes', async () => {
    await using node = await startNode({ cold: true })
    const answer = await fetch(`${node.url}/plivo/next/%E0%A4%A/1`)
    expect([200, 404]).toContain(answer.status)
    expect(node.log.all('a webhook failed')).toEqual([])
  })

  test('for the state of the node are answered', async () => {
    await using node = await startNode({ cold: true })
    expect((await fetch(`${node.url}/healthz`)).status).toBe(200)
    expect((await fetch(`${node.url}/readyz`)).status).toBe(200)
  })
})
