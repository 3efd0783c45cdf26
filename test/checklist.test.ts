/** Section 10.2 of the Plivo reference, points 1 to 18 and 25, each by its number. The REST API is in `checklist-rest.test.ts`. */
import plivo from 'plivo'
import { describe, expect, test } from 'vitest'
import {
  assumptionNotes,
  CallEngine,
  defaultAssumptions,
  PhoneBook,
  type CallerAction,
  type DialOptions,
} from '../src/simulator/index.ts'
import { goertzel } from '../src/audio/tone.ts'
import { defaultRestAssumptions, restAssumptionNotes } from '../src/simulator/rest/assumptions.ts'
import {
  call,
  find,
  quick,
  type SeenRequest,
  startStreamServer,
  type Stream,
  TestServer,
  types,
  xml,
} from './simulator-support.ts'

const authId = 'MAEXAMPLE00000000000'
const callUuid = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const millisecondsAsText = /^\d{13}$/
const hangUp: CallerAction[] = [{ do: 'press', digits: '1' }, { do: 'hang-up' }]
const waitThenHangUp = (ms: number): CallerAction[] => [{ do: 'wait', ms }, { do: 'hang-up' }]

const answering = (elements: string, routes = {}) =>
  TestServer.start({ routes: { '/answer': () => xml(elements), ...routes } })
const paths = (server: TestServer) => server.requests.map(({ url }) => url.split('?')[0])
const say = ({ socket }: Stream, message: object) => socket.send(JSON.stringify(message))
const audio = (ms: number, changes: object = {}) => ({
  event: 'playAudio',
  media: {
    contentType: 'audio/x-mulaw',
    sampleRate: 8000,
    payload: Buffer.alloc(ms * 8, 0x10).toString('base64'),
    ...changes,
  },
})
const eventsOf = (server: TestServer) => server.streams[0]?.messages.map(({ event }) => event) ?? []
const namesPlayed = (server: TestServer) =>
  server.streams[0]?.messages.flatMap(({ event, name }) => (event === 'playedStream' ? [name] : [])) ?? []
const loud = (samples: Int16Array) => samples.filter((sample) => Math.abs(sample) > 1000).length

const accepts = (server: TestServer, { method, url, headers, params }: SeenRequest, token: string) =>
  ['x-plivo-signature-v3', 'x-plivo-signature-ma-v3'].map((name) =>
    plivo.validateV3Signature(
      method,
      server.url + url,
      String(headers['x-plivo-signature-v3-nonce']),
      token,
      String(headers[name]),
      method === 'GET' ? {} : params,
    ),
  )

/** A stream with a bot that does this when it starts; the caller hangs up once the bot says so by closing. */
const withBot = async (onStart: (stream: Stream) => void, options: Partial<DialOptions> = {}, attributes = '') => {
  const server = await startStreamServer({
    attributes,
    onMessage: ({ event, name }, stream) => {
      if (event === 'start') onStart(stream)
      if (name === 'close') stream.socket.close()
    },
  })
  const simulated = call(server, { callUuid, ...options })
  const result = await simulated.ended
  return { server, simulated, result, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const checkpoint = (name: string) => ({ event: 'checkpoint', streamId: 'any', name })

describe('flows, webhooks and signatures', () => {
  test('10.2.1 runs an inbound call from the answer URL over the stream to the hangup URL, in order', async () => {
    await using server = await startStreamServer({ onStream: ({ socket }) => socket.close() })
    const simulated = call(server, { hangupUrl: `${server.url}/hangup` })
    await simulated.ended
    expect(paths(server)).toEqual(['/answer', '/hangup'])
    const order = ['dialled', 'answer-requested', 'answer-received', 'answered', 'stream-started', 'ended']
    expect(types(simulated.timeline).filter((type) => order.includes(type))).toEqual(order)
  })

  test('10.2.1 runs an outbound call from ring over answer to hangup, in order', async () => {
    await using server = await answering('<Hangup/>')
    await using engine = new CallEngine({
      authId,
      authTokens: [],
      assumptions: { ringAfterMs: 5 },
      phones: new PhoneBook({ 14155550123: { answers: 100 } }),
    })
    const { url } = server
    const urls = { answerUrl: `${url}/answer`, ringUrl: `${url}/ring`, hangupUrl: `${url}/hangup` }
    await engine.place({ callUuid, from: '14155550199', to: '14155550123', ...urls }).ended
    expect(paths(server)).toEqual(['/ring', '/answer', '/hangup'])
    expect(server.requests.map(({ params }) => params['Event'])).toEqual(['Ring', 'StartApp', 'Hangup'])
    expect(new Set(server.requests.map(({ params }) => params['CallUUID']))).toEqual(new Set([callUuid]))
  })

  test('10.2.2 emits the parameters of 2.2 as a form, + for space, keys in ASCII order', async () => {
    await using server = await answering('<Wait length="1"/>')
    await call(server, { callUuid, sipHeaders: { Tenant: 'acme' } }).ended
    const [answer, end] = server.requests
    expect(answer?.headers['content-type']).toBe('application/x-www-form-urlencoded')
    const keys = (answer?.body ?? '').split('&').map((pair) => pair.split('=')[0])
    expect(keys).toEqual([
      'CallStatus',
      'CallUUID',
      'CallerName',
      'Direction',
      'Event',
      'From',
      'ParentAuthID',
      'STIRAttestation',
      'STIRVerification',
      'SessionStart',
      'To',
      'X-PH-Tenant',
    ])
    expect(answer?.body).toContain('STIRAttestation=Not+Applicable')
    const ends = ['HangupCause', 'HangupCauseCode', 'HangupCauseName', 'HangupSource', 'Duration', 'BillDuration']
    for (const name of [...ends, 'TotalCost', 'StartTime', 'AnswerTime', 'EndTime']) {
      expect(end?.params).toHaveProperty(name)
    }
  })

  test('10.2.2 merges the parameters of a GET with the query of the URL, and sorts all of it', async () => {
    await using server = await answering('')
    await call(server, { answerUrl: `${server.url}/answer?z=1&B=two%20words`, answerMethod: 'GET' }).ended
    const query = server.requests[0]?.url.split('?')[1] ?? ''
    const keys = [...new URLSearchParams(query).keys()]
    expect(keys).toEqual(keys.toSorted())
    expect(keys.slice(0, 2)).toEqual(['B', 'CallStatus'])
    expect(keys.at(-1)).toBe('z')
    expect(query).toContain('B=two+words')
  })

  test('10.2.3 signs every webhook with V3 and Ma-V3, a fresh nonce each, as the official package accepts', async () => {
    await using server = await answering('<Redirect method="GET">http://HOST/next?b=2&amp;a=x+y</Redirect>')
    await call(server, { authTokens: ['sub'], mainAuthToken: 'main', hangupUrl: `${server.url}/hangup?q=1` }).ended
    expect(paths(server)).toEqual(['/answer', '/next', '/hangup'])
    for (const request of server.requests) {
      expect(accepts(server, request, 'sub')).toEqual([true, false])
      expect(accepts(server, request, 'main')).toEqual([false, true])
    }
    const nonces = server.requests.map(({ headers }) => headers['x-plivo-signature-v3-nonce'])
    expect(new Set(nonces).size).toBe(3)
  })

  test('10.2.3 signs with two tokens at once, in a list', async () => {
    await using server = await answering('')
    await call(server, { authTokens: ['old', 'new'] }).ended
    for (const request of server.requests) {
      expect(String(request.headers['x-plivo-signature-v3']).split(',')).toHaveLength(2)
      expect(accepts(server, request, 'old')).toEqual([true, true])
      expect(accepts(server, request, 'new')).toEqual([true, true])
      expect(accepts(server, request, 'other')).toEqual([false, false])
    }
  })

  test.each([
    [{}, '/s?t=9&a=1'],
    [{ signUpgradeWithQuery: false }, '/s'],
  ])('10.2.4 signs the upgrade over http, with %j over %s', async (assumptions, signedPath) => {
    await using server = await startStreamServer({
      path: '/s?t=9&amp;a=1',
      onStream: ({ socket }) => socket.close(),
    })
    await call(server, { authTokens: ['token'], assumptions }).ended
    const headers = server.upgrades[0]?.headers ?? {}
    const request = { method: 'GET', url: signedPath, headers, body: '', params: {} }
    expect(server.upgrades[0]?.url).toBe('/s?t=9&a=1')
    expect(accepts(server, request, 'token')).toEqual([true, true])
  })
})

describe('answers', () => {
  test('10.2.5 applies the settings of the fragment: tries as many times as rc and rp say', async () => {
    await using server = await TestServer.start({ routes: { '/answer': () => ({ status: 503 }) } })
    const hangupUrl = `${server.url}/hangup`
    const { hangup } = await call(server, { answerUrl: `${server.url}/answer#rc=3&rp=5xx`, hangupUrl }).ended
    expect(paths(server)).toEqual(['/answer', '/answer', '/answer', '/answer', '/hangup'])
    expect(hangup).toMatchObject({ code: 7011, name: 'Error Reaching Answer URL', source: 'Error' })
  })

  test.each([
    { reply: { status: 500 }, code: 7011 },
    { reply: { body: 'nothing' }, code: 8011 },
  ])('10.2.5 asks the fallback URL, and ends with $code where there is none', async ({ reply, code }) => {
    await using server = await TestServer.start({
      routes: { '/answer': () => reply, '/fallback': () => xml('<Hangup/>') },
    })
    const hangupUrl = `${server.url}/hangup`
    expect((await call(server, { hangupUrl, fallbackUrl: `${server.url}/fallback` }).ended).hangup.code).toBe(4000)
    expect((await call(server, { hangupUrl }).ended).hangup).toMatchObject({ code, source: 'Error' })
    expect(server.requests.at(-1)?.params).toMatchObject({ HangupCauseCode: String(code), CallStatus: 'completed' })
  })

  test('10.2.6 waits 15 s for an answer and no longer, by an option that says so', async () => {
    expect(defaultAssumptions.answerTimeoutMs).toBe(15_000)
    await using server = await TestServer.start({ routes: { '/answer': () => 'hang' } })
    const assumptions = { answerTimeoutMs: 50 }
    const { hangup } = await call(server, { assumptions, hangupUrl: `${server.url}/hangup` }).ended
    expect(hangup.code).toBe(7011)
    expect(server.requestsTo('/answer')).toHaveLength(2)
  })

  test.each([
    ['100 KB and a byte', `<Response>${' '.repeat(100_001 - '<Response></Response>'.length)}</Response>`],
    ['malformed XML', '<Response><Wait></Response>'],
    ['another root', '<Answer/>'],
    ['JSON', '{"Response":{}}'],
    ['HTML', '<html><body/></html>'],
  ])('10.2.6 rejects %s with 8011', async (_what, body) => {
    await using server = await TestServer.start({ routes: { '/answer': () => ({ body }) } })
    expect((await call(server).ended).hangup).toMatchObject({ code: 8011, source: 'Error' })
  })

  test('10.2.6 takes 100 KB, and trims the text of a URL', async () => {
    const start = '<Response><Redirect>\n  http://HOST/next \n</Redirect>'
    await using server = await TestServer.start({
      routes: {
        '/answer': () => ({ body: `${start}${' '.repeat(99_900 - start.length)}</Response>` }),
        '/next': () => xml('<Hangup/>'),
      },
    })
    expect((await call(server).ended).hangup.code).toBe(4000)
    expect(paths(server)).toContain('/next')
  })

  test('10.2.7 runs elements in order, and Redirect replaces what is left', async () => {
    await using server = await answering(
      '<Wait length="1"/><Speak>a</Speak><Redirect>http://HOST/next</Redirect><Hangup/>',
      { '/next': () => xml('<DTMF>1</DTMF>') },
    )
    const simulated = call(server, { assumptions: { speech: 'tones' } })
    const { hangup } = await simulated.ended
    expect(find(simulated.timeline, 'element').map(({ name }) => name)).toEqual(['Wait', 'Speak', 'Redirect', 'DTMF'])
    expect(hangup).toMatchObject({ code: 4010, name: 'End Of XML Instructions', source: 'Plivo' })
  })

  test('10.2.7 ends with 4000 at Hangup, whatever comes after it', async () => {
    await using server = await answering('<Speak>a</Speak><Hangup/><Wait length="60"/>')
    const { hangup } = await call(server, { assumptions: { speech: 'tones' } }).ended
    expect(hangup).toMatchObject({ code: 4000, source: 'Answer XML' })
  })

  test.each([
    ['true', ['/answer', '/done'], 4000],
    ['false', ['/answer', '/done', '/after'], 4010],
  ])('10.2.7 honours redirect="%s"', async (redirect, wanted, code) => {
    const digits = `<GetDigits numDigits="1" redirect="${redirect}" action="http://HOST/done"/>`
    await using server = await answering(`${digits}<Redirect>http://HOST/after</Redirect>`, {
      '/done': () => xml('<Hangup/>'),
      '/after': () => xml(''),
    })
    const options = { caller: [{ do: 'press', digits: '7' }] as const, hangupUrl: `${server.url}/hangup` }
    expect((await call(server, options).ended).hangup.code).toBe(code)
    expect(paths(server).filter((path) => path !== '/hangup')).toEqual(wanted)
  })

  test.each([
    ['true', ['Stream']],
    ['false', ['Stream', 'Wait']],
  ])('10.2.7 honours keepCallAlive="%s"', async (keepCallAlive, elements) => {
    const stream = `<Stream bidirectional="true" keepCallAlive="${keepCallAlive}">ws://HOST/s</Stream>`
    await using server = await TestServer.start({ routes: { '/answer': () => xml(`${stream}<Wait length="60"/>`) } })
    const simulated = call(server)
    await expect.poll(() => server.streams[0]?.messages.length).toBeGreaterThan(10)
    expect(find(simulated.timeline, 'element').map(({ name }) => name)).toEqual(elements)
    await simulated[Symbol.asyncDispose]()
  })

  const attributes = (text: string) => `<Stream ${text}>wss://example.com</Stream>`
  test.each([
    ['bidirectional with audioTrack both', attributes('bidirectional="true" audioTrack="both"')],
    ['bidirectional with audioTrack outbound', attributes('bidirectional="true" audioTrack="outbound"')],
    ['an unknown contentType', attributes('contentType="audio/opus"')],
    ['24 kHz', attributes('contentType="audio/x-l16;rate=24000"')],
    ['a URL of 2049 characters', `<Stream>ws://127.0.0.1/${'a'.repeat(2049 - 15)}</Stream>`],
    ['extraHeaders of 513 bytes', attributes(`extraHeaders="a=${'b'.repeat(511)}"`)],
    ['extraHeaders of 257 characters of two bytes', attributes(`extraHeaders="${'é'.repeat(257)}"`)],
  ])('10.2.8 rejects a Stream that has %s with 8011', async (_what, element) => {
    await using server = await answering(element)
    expect((await call(server).ended).hangup.code).toBe(8011)
  })

  test('10.2.8 takes extraHeaders of 512 bytes', async () => {
    const extra = `a=${'b'.repeat(510)}`
    await using server = await startStreamServer({ attributes: `extraHeaders="${extra}"` })
    await call(server, { caller: hangUp }).ended
    expect(server.streams[0]?.messages[0]?.extra_headers).toBe(extra)
  })
})

describe('the stream', () => {
  test('10.2.9 connects up to three times, tells of DroppedStream, and runs the next element', async () => {
    await using server = await startStreamServer({
      refusals: [500, 403, 404, undefined],
      attributes: 'statusCallbackUrl="http://HOST/status"',
      after: '<Redirect>http://HOST/next</Redirect>',
      routes: { '/next': () => xml('<Hangup/>') },
    })
    expect((await call(server).ended).hangup.code).toBe(4000)
    expect(server.upgrades).toHaveLength(3)
    expect(server.requestsTo('/status').map(({ params }) => params['Event'])).toEqual(['DroppedStream'])
    expect(server.requestsTo('/next')).toHaveLength(1)
  })

  test('10.2.10 sends start first and once, and every message is what the schemas of the stream SDK want', async () => {
    await using work = await withBot(
      (stream) => {
        say(stream, { event: 'clearAudio' })
        say(stream, checkpoint('one'))
        stream.socket.on('message', () => {
          if (stream.messages.at(-1)?.event === 'dtmf') say(stream, checkpoint('close'))
        })
      },
      {
        caller: [
          { do: 'wait', ms: 100 },
          { do: 'press', digits: '5' },
        ],
      },
    )
    const messages = work.server.streams[0]?.messages ?? []
    expect(messages[0]?.event).toBe('start')
    expect(new Set(eventsOf(work.server))).toEqual(new Set(['start', 'playedStream', 'clearedAudio', 'media', 'dtmf']))
    expect(messages.filter(({ event }) => event === 'start')).toHaveLength(1)
    for (const message of messages) expect(message).toMatchObject(schemas[message.event] ?? { event: 'no such event' })
    for (const { streamId } of messages.slice(1)) expect(streamId).toBe(messages[0]?.start?.streamId)
  })

  test.each([
    ['audio/x-mulaw;rate=8000', 160],
    ['audio/x-l16;rate=8000', 320],
    ['audio/x-l16;rate=16000', 640],
  ])('10.2.11 sends %s in frames of %i bytes, timestamps 20 apart', async (contentType, bytes) => {
    await using work = await withBot(() => undefined, { caller: waitThenHangUp(300) }, `contentType="${contentType}"`)
    const media = work.server.streams[0]?.messages.flatMap(({ media }) => media ?? []) ?? []
    expect(media.length).toBeGreaterThan(10)
    expect(new Set(media.map(({ payload }) => Buffer.from(payload, 'base64').length))).toEqual(new Set([bytes]))
    const steps = media.slice(1).map(({ timestamp }, i) => Number(timestamp) - Number(media[i]?.timestamp))
    expect(new Set(steps)).toEqual(new Set([20]))
  })

  test('10.2.11 sends 50 frames a second on a schedule that does not drift', async () => {
    await using work = await withBot(() => undefined, { caller: waitThenHangUp(3000) })
    const { timeline } = work.simulated
    const [started] = find(timeline, 'stream-started')
    const [closed] = find(timeline, 'stream-closed')
    const due = ((closed?.atMs ?? 0) - (started?.atMs ?? 0)) / 20
    // Whatever the machine does: what is due has gone out, and nothing before it is due.
    expect(Math.abs(work.result.frames.sent - due)).toBeLessThan(3 + work.result.frames.maxLateMs / 20)
  })

  test('10.2.12 numbers all messages one after another, and the chunks of each track from 1', async () => {
    const both =
      '<Stream audioTrack="both" contentType="audio/x-mulaw;rate=8000">ws://HOST/s</Stream><Wait length="1"/>'
    await using server = await answering(both)
    await call(server, { caller: [{ do: 'press', digits: '123' }] }).ended
    const messages = server.streams[0]?.messages ?? []
    expect(messages.map(({ sequenceNumber }) => sequenceNumber)).toEqual(messages.map((_, i) => i))
    for (const track of ['inbound', 'outbound']) {
      const chunks = messages.flatMap(({ media }) => (media?.track === track ? [media.chunk] : []))
      expect(chunks.length).toBeGreaterThan(10)
      expect(chunks).toEqual(chunks.map((_, i) => i + 1))
    }
  })

  test('10.2.13 plays in real time, and acknowledges checkpoints in order, when they are reached', async () => {
    await using work = await withBot((stream) => {
      say(stream, checkpoint('empty'))
      say(stream, audio(300))
      say(stream, checkpoint('first'))
      say(stream, audio(200))
      say(stream, checkpoint('second'))
      say(stream, checkpoint('close'))
    })
    const messages = work.server.streams[0]?.messages ?? []
    expect(namesPlayed(work.server)).toEqual(['empty', 'first', 'second', 'close'])
    const framesBefore = (name: string) =>
      messages
        .slice(
          0,
          messages.findIndex((message) => message.name === name),
        )
        .filter(({ media }) => media).length
    // How many frames pass before the bot's first message is a matter of the machine; between checkpoints, of what is played.
    expect(framesBefore('first') - framesBefore('empty')).toBe(15)
    expect(framesBefore('second') - framesBefore('first')).toBe(10)
    expect(loud(work.result.heard.samples)).toBe(500 * 8)
  })

  test('10.2.14 empties the queue on clearAudio, with its checkpoints, and plays what comes later', async () => {
    await using work = await withBot((stream) => {
      say(stream, audio(5000))
      say(stream, checkpoint('never'))
      say(stream, { event: 'clearAudio', streamId: 'any' })
      say(stream, audio(100))
      say(stream, checkpoint('close'))
    })
    expect(eventsOf(work.server).filter((event) => event === 'clearedAudio')).toHaveLength(1)
    expect(namesPlayed(work.server)).toEqual(['close'])
    // What was queued and cleared between two ticks was not heard at all, or for one frame of those before.
    expect(loud(work.result.heard.samples) % 160).toBe(0)
    expect(loud(work.result.heard.samples)).toBeLessThan(1000 * 8)
    expect(loud(work.result.heard.samples)).toBeGreaterThanOrEqual(100 * 8)
  })

  test('10.2.15 accepts what is left out or quoted, ignores unknown events, and survives invalid JSON', async () => {
    await using work = await withBot((stream) => {
      stream.socket.send('{"event":')
      stream.socket.send('null')
      say(stream, { event: 'stop', streamId: 'any' })
      say(stream, { event: 'clearAudio' })
      say(stream, audio(100, { sampleRate: '8000' }))
      say(stream, { ...audio(100), streamId: 'any' })
      say(stream, { event: 'checkpoint', name: 'close' })
    })
    expect(namesPlayed(work.server)).toEqual(['close'])
    expect(eventsOf(work.server)).toContain('clearedAudio')
    expect(loud(work.result.heard.samples)).toBe(200 * 8)
    expect(work.result.hangup.code).toBe(4010)
  })

  test('10.2.16 tells the bot of keys, one message each, and plays those that it sends', async () => {
    await using work = await withBot((stream) => say(stream, { event: 'sendDTMF', dtmf: '5' }), {
      caller: [{ do: 'wait-for-audio' }, { do: 'press', digits: '1*#D' }, ...waitThenHangUp(300)],
    })
    const dtmf = work.server.streams[0]?.messages.flatMap(({ dtmf }) => dtmf ?? []) ?? []
    expect(dtmf.map(({ track, digit }) => track + digit)).toEqual(['inbound1', 'inbound*', 'inbound#', 'inboundD'])
    const { samples, sampleRateHz } = work.result.heard
    for (const frequencyHz of [770, 1336]) expect(goertzel(samples, sampleRateHz, frequencyHz)).toBeGreaterThan(-40)
  })

  test.each([
    ['streamTimeout', 'streamTimeout="1"', {}, 'plivo', 4010],
    ['the end of the call', '', { caller: hangUp }, 'plivo', 4000],
    ['the close of the server', '', {}, 'server', 4010],
  ])('10.2.17 ends the stream at %s', async (what, attributes, options, by, code) => {
    const closes: number[] = []
    await using server = await startStreamServer({
      attributes,
      onStream: ({ socket }) => {
        socket.on('close', (closeCode) => closes.push(closeCode))
        if (what === 'the close of the server') socket.close(1000)
      },
    })
    const simulated = call(server, options)
    expect((await simulated.ended).hangup.code).toBe(code)
    expect(find(simulated.timeline, 'stream-closed')).toMatchObject([{ by, code: 1000 }])
    await expect.poll(() => closes).toEqual([1000])
    expect(eventsOf(server)).not.toContain('stop')
  })

  test('10.2.17 ends the stream at a deletion by the REST API, and sends stop where that is wanted', async () => {
    await using server = await startStreamServer({})
    await using engine = new CallEngine({ authId, authTokens: [], assumptions: { stopEventAtEnd: true } })
    const simulated = engine.receive({ answerUrl: `${server.url}/answer`, callUuid })
    await expect.poll(() => eventsOf(server)).toContain('media')
    expect(engine.live(callUuid)?.stopStream()).toBe(true)
    expect((await simulated.ended).hangup.code).toBe(4010)
    expect(eventsOf(server).at(-1)).toBe('stop')
  })

  const status = 'statusCallbackUrl="http://HOST/status" streamTimeout="1"'
  test.each([
    [{}, ['StartStream', 'StopStream']],
    [{ statusVocabulary: 'started' }, ['started', 'stopped']],
  ] as const)('10.2.18 sends status callbacks as forms, with %j named %j', async (assumptions, events) => {
    await using server = await startStreamServer({ attributes: status })
    await call(server, { callUuid, assumptions }).ended
    const requests = server.requestsTo('/status')
    expect(requests.map(({ params }) => params['Event'])).toEqual(events)
    for (const { headers, params } of requests) {
      expect(headers['content-type']).toBe('application/x-www-form-urlencoded')
      expect(params).toMatchObject({ CallUUID: callUuid, StreamID: expect.stringMatching(uuid), Direction: 'inbound' })
    }
  })

  test.each([
    [false, ['StartStream']],
    [true, ['StartStream', 'StopStream']],
  ])('10.2.18 tells of the end of the call only by an option: %s', async (stopStreamAtCallEnd, events) => {
    await using server = await startStreamServer({ attributes: 'statusCallbackUrl="http://HOST/status"' })
    await call(server, { caller: waitThenHangUp(100), assumptions: { stopStreamAtCallEnd } }).ended
    expect(server.requestsTo('/status').map(({ params }) => params['Event'])).toEqual(events)
  })
})

const envelope = { sequenceNumber: expect.any(Number), streamId: expect.stringMatching(uuid) }

/** What plivo-stream-sdk-node validates, written down from reading it. */
const schemas: Readonly<Record<string, object>> = {
  start: {
    event: 'start',
    sequenceNumber: expect.any(Number),
    start: {
      callId: expect.stringMatching(uuid),
      streamId: expect.stringMatching(uuid),
      accountId: expect.any(String),
      tracks: [expect.any(String)],
      mediaFormat: { encoding: expect.any(String), sampleRate: expect.any(Number) },
    },
    extra_headers: expect.any(String),
  },
  media: {
    ...envelope,
    media: {
      track: expect.any(String),
      timestamp: expect.stringMatching(millisecondsAsText),
      chunk: expect.any(Number),
      payload: expect.any(String),
    },
    extra_headers: expect.any(String),
  },
  dtmf: {
    ...envelope,
    dtmf: {
      track: expect.any(String),
      digit: expect.any(String),
      timestamp: expect.stringMatching(millisecondsAsText),
    },
    extra_headers: expect.any(String),
  },
  playedStream: { ...envelope, name: expect.any(String) },
  clearedAudio: envelope,
}

describe('assumptions', () => {
  test('10.2.25 has an option with the default of the reference for what is assumed there', () => {
    expect(defaultAssumptions).toMatchObject({
      answerTimeoutMs: 15_000,
      cancelledCallCode: 1000,
      invalidStreamElement: 'reject',
      offerSubprotocol: false,
      signUpgradeWithQuery: true,
      reconnectAfterDrop: false,
      firstSequenceNumber: 0,
      extraHeadersWhenUnset: '{}',
      timestampForm: 'epoch',
      checkpointReply: 'playedStream',
      stopEventAtEnd: false,
      maxQueuedMs: 60_000,
      playFailedEvents: false,
      transferDuringStream: 'deferred',
      streamCloseCode: 1000,
      statusVocabulary: 'StartStream',
      statusForm: 'form',
      stopStreamAtCallEnd: false,
      calleeSource: 'Callee',
      restHangupCode: 4000,
    })
    expect(defaultRestAssumptions).toMatchObject({ unauthorizedReply: 'json', recordReply: 'started' })
  })

  test('10.2.25 names the source of every option', () => {
    expect(Object.keys(assumptionNotes)).toEqual(Object.keys(defaultAssumptions))
    expect(Object.keys(restAssumptionNotes)).toEqual(Object.keys(defaultRestAssumptions))
    for (const { source } of Object.values({ ...assumptionNotes, ...restAssumptionNotes })) {
      expect(source).toMatch(/^(C-\d+|\d+(\.\d+)?)$/)
    }
  })

  test('10.2.25 a call may differ from its engine in an option', async () => {
    await using server = await startStreamServer({})
    await using engine = new CallEngine({ authId, authTokens: [], assumptions: { ...quick, firstSequenceNumber: 1 } })
    const assumptions = { timestampForm: 'since-start', extraHeadersWhenUnset: '' } as const
    await engine.receive({ answerUrl: `${server.url}/answer`, assumptions, caller: waitThenHangUp(100) }).ended
    const [start, first] = server.streams[0]?.messages ?? []
    expect(start).toMatchObject({ sequenceNumber: 1, extra_headers: '' })
    expect(first).toMatchObject({ media: { timestamp: '0' } })
  })
})
