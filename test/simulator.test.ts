import type { IncomingHttpHeaders } from 'node:http'
import { mkdtempDisposable, readFile, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import plivo from 'plivo'
import { describe, expect, test } from 'vitest'
import { goertzel, tone } from '../src/audio/tone.ts'
import { encodeWav, parseWav } from '../src/audio/wav.ts'
import { dial, type CallerAction, type TimelineEvent } from '../src/simulator/index.ts'
import {
  call,
  find,
  quick,
  startStreamServer,
  TestServer,
  types,
  watchedClock,
  xml,
  type Message,
  type Stream,
} from './simulator-support.ts'

const playAudio = (bytes: Uint8Array, contentType = 'audio/x-mulaw', sampleRate: number | string = 8000): string =>
  JSON.stringify({
    event: 'playAudio',
    media: { contentType, sampleRate, payload: Buffer.from(bytes).toString('base64') },
  })

const echo = (message: Message, { socket }: Stream): void => {
  if (message.media) socket.send(playAudio(Buffer.from(message.media.payload, 'base64')))
}

const loudMs = (ms: number): Uint8Array => new Uint8Array(ms * 8).fill(0x10)

describe('a stream', () => {
  test('carries the caller to an echoing bot and back, aligned with what was said', async () => {
    await using server = await startStreamServer({ onMessage: echo })
    const audio = { samples: tone({ frequencyHz: 440, durationMs: 400, sampleRateHz: 16_000 }), sampleRateHz: 16_000 }
    const caller: CallerAction[] = [{ do: 'speak', audio }, { do: 'wait-for-quiet', ms: 300 }, { do: 'hang-up' }]
    const { heard, said, hangup, answered, recording, latencies } = await call(server, { caller }).ended
    expect(answered).toBe(true)
    expect(hangup).toMatchObject({ code: 4000, source: 'Caller' })
    expect(goertzel(said.samples, said.sampleRateHz, 440)).toBeGreaterThan(-30)
    expect(goertzel(heard.samples, heard.sampleRateHz, 440)).toBeGreaterThan(-30)
    expect(heard.samples.length).toBe(said.samples.length)
    expect(onset(heard.samples)).toBeGreaterThan(onset(said.samples))
    const wav = parseWav(recording())
    expect(wav).toMatchObject({ ok: true, value: { channels: 2, sampleRateHz: 8000 } })
    expect(latencies.streamToAudioMs).toBeGreaterThan(0)
    expect(latencies.firstAudioMs).toBeGreaterThan(latencies.answerMs ?? Infinity)
  })

  test.each([
    { contentType: 'audio/x-mulaw;rate=8000', bytes: 160, format: { encoding: 'audio/x-mulaw', sampleRate: 8000 } },
    { contentType: 'audio/x-l16;rate=8000', bytes: 320, format: { encoding: 'audio/x-l16', sampleRate: 8000 } },
    { contentType: 'audio/x-l16;rate=16000', bytes: 640, format: { encoding: 'audio/x-l16', sampleRate: 16_000 } },
  ])('of $contentType has frames of $bytes bytes, numbered without a gap', async ({ contentType, bytes, format }) => {
    await using server = await startStreamServer({
      attributes: `contentType="${contentType}" extraHeaders="tenant=acme"`,
    })
    const callUuid = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'
    const caller: CallerAction[] = [{ do: 'press', digits: '5#' }, { do: 'wait', ms: 100 }, { do: 'hang-up' }]
    const { frames } = await call(server, { caller, callUuid }).ended
    const messages = server.streams[0]?.messages ?? []
    const [start, ...others] = messages
    expect(start).toMatchObject({
      event: 'start',
      sequenceNumber: 0,
      start: { callId: callUuid, accountId: 'MAEXAMPLE00000000000', tracks: ['inbound'], mediaFormat: format },
      extra_headers: 'tenant=acme',
    })
    expect(messages.map(({ sequenceNumber }) => sequenceNumber)).toEqual(messages.map((_, i) => i))

    const media = others.flatMap(({ media }) => media ?? [])
    expect(media.length).toBe(frames.sent)
    expect(media.map(({ chunk }) => chunk)).toEqual(media.map((_, i) => i + 1))
    expect(media.every(({ payload }) => Buffer.from(payload, 'base64').length === bytes)).toBe(true)
    const timestamps = media.map(({ timestamp }) => timestamp)
    expect(timestamps).toEqual(timestamps.map((_, i) => String(Number(timestamps[0]) + 20 * i)))
    const dtmf = others.flatMap(({ dtmf }) => dtmf ?? [])
    expect(dtmf.map(({ digit }) => digit)).toEqual(['5', '#'])
    expect(others.every((message) => message.streamId === start?.start?.streamId)).toBe(true)
  })

  test('acknowledges a checkpoint when the audio before it has been heard, and at once when there is none', async () => {
    await using server = await startStreamServer({
      onStream: ({ socket }) => {
        socket.send(JSON.stringify({ event: 'checkpoint', name: 'empty' }))
        socket.send(playAudio(loudMs(200)))
        socket.send(JSON.stringify({ event: 'checkpoint', name: 'spoken' }))
      },
      onMessage: ({ event, name }, { socket }) => {
        if (event === 'playedStream' && name === 'spoken') socket.close()
      },
    })
    const simulated = call(server)
    const { heard } = await simulated.ended
    const messages = server.streams[0]?.messages ?? []
    const names = messages.flatMap(({ event, name }) => (event === 'playedStream' ? [name] : []))
    expect(names).toEqual(['empty', 'spoken'])
    const before = (name: string) => {
      const end = messages.findIndex((message) => message.name === name)
      return messages.slice(0, end).filter(({ event }) => event === 'media').length
    }
    expect(before('spoken') - before('empty')).toBeGreaterThanOrEqual(10)
    expect(loudSamples(heard.samples)).toBe(1600)
  })

  test('drops what is queued on clearAudio, with its checkpoints, and plays what comes after', async () => {
    await using server = await startStreamServer({
      onStream: ({ socket }) => {
        socket.send(playAudio(loudMs(1500)))
        socket.send(JSON.stringify({ event: 'checkpoint', name: 'never' }))
      },
      onMessage: ({ event, media, name }, { socket }) => {
        if (media?.chunk === 5) socket.send(JSON.stringify({ event: 'clearAudio' }))
        if (event === 'clearedAudio') {
          socket.send(playAudio(loudMs(100)))
          socket.send(JSON.stringify({ event: 'checkpoint', name: 'after' }))
        }
        if (name === 'after') socket.close()
      },
    })
    const simulated = call(server)
    const { heard, streams } = await simulated.ended
    const names = server.streams[0]?.messages.flatMap(({ name }) => name ?? [])
    expect(names).toEqual(['after'])
    const [account] = streams
    expect(account?.offeredBytes).toBe(12_800)
    const [before, after] = account?.played ?? []
    expect(after).toMatchObject({ fromByte: 12_000, toByte: 12_800 })
    const startSample = (account?.startMs ?? 0) * 8 + (before?.atByte ?? 0)
    expect(onset(heard.samples)).toBe(startSample)
    expect(heard.samples.findLastIndex((sample) => Math.abs(sample) > 1000)).toBe(
      (account?.startMs ?? 0) * 8 + (after?.atByte ?? 0) + 799,
    )
    const [cleared] = find(simulated.timeline, 'audio-cleared')
    expect(cleared?.droppedCheckpoints).toEqual(['never'])
    expect(loudSamples(heard.samples)).toBe(12_000 - (cleared?.droppedMs ?? 0) * 8 + 800)
  })

  test('drops audio beyond the queue and says so in the timeline', async () => {
    await using server = await startStreamServer({
      onStream: ({ socket }) => {
        socket.send(playAudio(loudMs(60)))
        socket.send(playAudio(loudMs(60)))
        socket.send(JSON.stringify({ event: 'checkpoint', name: 'end' }))
      },
      onMessage: ({ name }, { socket }) => (name === 'end' ? socket.close() : undefined),
    })
    const simulated = call(server, { assumptions: { ...quick, maxQueuedMs: 100, playFailedEvents: true } })
    const { heard } = await simulated.ended
    expect(loudSamples(heard.samples)).toBe(480)
    expect(warnings(simulated.timeline)).toContain('playAudio was dropped: the queue holds at most 100 ms')
    expect(server.streams[0]?.messages).toContainEqual({ event: 'playFailed', reason: 'buffer_overflow' })
  })

  test('ignores what Plivo ignores, names the mistake, and goes on', async () => {
    await using server = await startStreamServer({
      onStream: ({ socket }) => {
        socket.send('no json')
        socket.send(Buffer.from([1, 2, 3]))
        socket.send(JSON.stringify({ event: 'mark' }))
        socket.send(playAudio(loudMs(20), 'audio/x-l16', 16_000))
        socket.send(JSON.stringify({ event: 'playAudio', media: { contentType: 'audio/x-mulaw', sampleRate: 8000 } }))
        socket.send(playAudio(loudMs(20), 'audio/x-mulaw', '8000'))
        socket.send(JSON.stringify({ event: 'checkpoint', name: 'end', streamId: 'anything' }))
      },
      onMessage: ({ name }, { socket }) => (name === 'end' ? socket.close() : undefined),
    })
    const simulated = call(server)
    const { heard } = await simulated.ended
    expect(loudSamples(heard.samples)).toBe(160)
    const text = warnings(simulated.timeline).join('\n')
    for (const part of ['binary', '"mark"', 'audio/x-l16 at 16000', 'media.payload']) expect(text).toContain(part)
  })

  test('lets the caller hear the digits that the bot sends', async () => {
    await using server = await startStreamServer({
      onStream: ({ socket }) => socket.send(JSON.stringify({ event: 'sendDTMF', dtmf: '5' })),
    })
    const caller: CallerAction[] = [{ do: 'wait-for-audio' }, { do: 'wait-for-quiet', ms: 100 }, { do: 'hang-up' }]
    const simulated = call(server, { caller })
    const { heard } = await simulated.ended
    expect(find(simulated.timeline, 'bot-sent-dtmf')).toMatchObject([{ digits: '5' }])
    expect(goertzel(heard.samples, 8000, 770)).toBeGreaterThan(-40)
    expect(goertzel(heard.samples, 8000, 1336)).toBeGreaterThan(-40)
  })
})

describe('the end of a stream', () => {
  test('is the server closing it, after which the next element runs', async () => {
    await using server = await startStreamServer({
      onMessage: ({ event }, { socket }) => (event === 'start' ? socket.close(1000, 'done') : undefined),
      after: '<Redirect>/next</Redirect>',
    })
    const simulated = call(server)
    const { hangup } = await simulated.ended
    expect(find(simulated.timeline, 'stream-closed')).toMatchObject([{ by: 'server', code: 1000, reason: 'done' }])
    expect(find(simulated.timeline, 'element').map(({ name }) => name)).toEqual(['Stream', 'Redirect'])
    expect(hangup).toMatchObject({ code: 7024, source: 'Error' })
  })

  test('without anything after it is the end of the call, 4010', async () => {
    await using server = await startStreamServer({ onStream: ({ socket }) => socket.close() })
    const { hangup } = await call(server).ended
    expect(hangup).toEqual({
      cause: 'NORMAL_CLEARING',
      code: 4010,
      name: 'End Of XML Instructions',
      source: 'Plivo',
    })
  })

  test('is a close with 1000 when the caller hangs up, after a stop event where that is asked for', async () => {
    const closes: number[] = []
    await using server = await startStreamServer({
      onStream: ({ socket }) => socket.on('close', (code) => closes.push(code)),
    })
    const caller: CallerAction[] = [{ do: 'press', digits: '1' }, { do: 'hang-up' }]
    await call(server, { caller }).ended
    await call(server, { caller, assumptions: { stopEventAtEnd: true } }).ended
    await expect.poll(() => closes).toEqual([1000, 1000])
    expect(server.streams[0]?.messages.some(({ event }) => event === 'stop')).toBe(false)
    expect(server.streams[1]?.messages.at(-1)).toMatchObject({ event: 'stop' })
  })

  test('is streamTimeout, which leaves the call up', async () => {
    await using server = await startStreamServer({
      attributes: 'streamTimeout="1"',
      after: '<Hangup/>',
    })
    const simulated = call(server)
    const { hangup } = await simulated.ended
    expect(find(simulated.timeline, 'stream-closed')).toMatchObject([{ by: 'plivo', code: 1000 }])
    expect(hangup).toMatchObject({ code: 4000, source: 'Answer XML' })
  })

  test('is a lost socket, told as DroppedStream', async () => {
    await using server = await startStreamServer({
      attributes: 'statusCallbackUrl="http://HOST/status" extraHeaders="a=b"',
      onMessage: ({ event }, { socket }) => (event === 'media' ? socket.terminate() : undefined),
    })
    const simulated = call(server)
    await simulated.ended
    expect(find(simulated.timeline, 'stream-closed')).toMatchObject([{ by: 'lost', code: 1006 }])
    const events = server.requestsTo('/status').map(({ params }) => params['Event'])
    expect(events.toSorted((a = '', b = '') => a.localeCompare(b))).toEqual(['DroppedStream', 'StartStream'])
    const dropped = server.requestsTo('/status').find(({ params }) => params['Event'] === 'DroppedStream')
    expect(dropped?.params).toMatchObject({
      Error: 'connection disconnected with the remote service',
      StreamID: server.streams[0]?.messages[0]?.start?.streamId,
      CallUUID: simulated.callUuid,
      extraHeaders: 'a=b',
    })
  })
})

const warnings = (timeline: readonly TimelineEvent[]): string[] => find(timeline, 'warning').map(({ text }) => text)

/** Of the bytes 0x10, which are loud; silence is 0. */
const loudSamples = (samples: Int16Array): number => samples.filter((sample) => Math.abs(sample) > 1000).length

const onset = (samples: Int16Array): number => samples.findIndex((sample) => Math.abs(sample) > 1000)

describe('connecting a stream', () => {
  test('offers a subprotocol and signs without the query where that is assumed', async () => {
    await using server = await startStreamServer({ path: '/stream?a=1', onStream: ({ socket }) => socket.close() })
    const assumptions = { offerSubprotocol: true, signUpgradeWithQuery: false }
    await call(server, { authTokens: ['token'], assumptions }).ended
    const headers = server.upgrades[0]?.headers ?? {}
    expect(headers['sec-websocket-protocol']).toBe('audio.plivo.com')
    expect(isSigned('GET', `http://${server.host}/stream`, headers, {})).toBe(true)
    expect(isSigned('GET', `http://${server.host}/stream?a=1`, headers, {})).toBe(false)
  })

  test('happens again after a drop, with a new start, where that is assumed', async () => {
    await using server = await startStreamServer({
      onMessage: ({ event }, { socket }) => (event === 'media' ? socket.terminate() : undefined),
    })
    await call(server, { assumptions: { reconnectAfterDrop: true } }).ended
    expect(server.streams.map(({ messages }) => messages[0]?.event)).toEqual(['start', 'start', 'start'])
  })

  test('a second time beside an open stream is left out, or takes its place where that is assumed', async () => {
    const stream = '<Stream bidirectional="true">ws://HOST/stream</Stream>'
    const behaviour = { routes: { '/answer': () => xml(`${stream}${stream}<Wait length="1"/>`) } }
    await using server = await TestServer.start(behaviour)
    const simulated = call(server)
    await simulated.ended
    expect(server.streams).toHaveLength(1)
    expect(warnings(simulated.timeline)).toContain('a Stream came while another was open')
    await call(server, { assumptions: { secondStream: 'replace' } }).ended
    expect(server.streams.length).toBeGreaterThan(1)
    expect(server.streams.at(-1)?.messages.at(-1)?.event).toBe('media')
  })

  test('is tried three times, then told as DroppedStream, and the next element runs', async () => {
    await using server = await startStreamServer({
      refusals: [403, 403, 403],
      attributes: 'statusCallbackUrl="http://HOST/status"',
      after: '<Hangup/>',
    })
    const simulated = call(server, { hangupUrl: `${server.url}/hangup` })
    const { hangup, frames } = await simulated.ended
    expect(find(simulated.timeline, 'stream-refused')).toMatchObject([
      { attempt: 1, status: 403 },
      { attempt: 2, status: 403 },
      { attempt: 3, status: 403 },
    ])
    expect(server.requestsTo('/status').map(({ params }) => params['Event'])).toEqual(['DroppedStream'])
    expect(hangup).toMatchObject({ code: 4000, source: 'Answer XML' })
    expect(frames.sent).toBe(0)
  })

  test('goes on with the try that succeeds, and the caller speaks only then', async () => {
    await using server = await startStreamServer({ refusals: [503, undefined], onMessage: echo })
    const audio = { samples: tone({ frequencyHz: 440, durationMs: 200, sampleRateHz: 8000 }), sampleRateHz: 8000 }
    const caller: CallerAction[] = [{ do: 'speak', audio }, { do: 'wait', ms: 100 }, { do: 'hang-up' }]
    const simulated = call(server, { caller })
    const { heard } = await simulated.ended
    expect(find(simulated.timeline, 'stream-started')).toHaveLength(1)
    expect(onset(heard.samples)).toBeGreaterThan(0)
    const started = types(simulated.timeline).indexOf('stream-started')
    expect(types(simulated.timeline).indexOf('caller-speech-started')).toBeGreaterThan(started)
  })

  test('carries the signature that the official SDK accepts, over http and with the query', async () => {
    await using server = await startStreamServer({
      path: '/stream/5a3f?t=9&amp;a=1',
      onStream: ({ socket }) => socket.close(),
    })
    await call(server, { authTokens: ['token'] }).ended
    const headers = server.upgrades[0]?.headers ?? {}
    expect(isSigned('GET', `http://${server.host}/stream/5a3f?t=9&a=1`, headers, {})).toBe(true)
    expect(server.upgrades[0]?.url).toBe('/stream/5a3f?t=9&a=1')
  })
})

describe('status callbacks', () => {
  const attributes = 'statusCallbackUrl="http://HOST/status" statusCallbackMethod="GET" streamTimeout="1"'

  test('tell of the start and of the end that Plivo itself makes', async () => {
    await using server = await startStreamServer({ attributes })
    const simulated = call(server, { authTokens: ['token'] })
    await simulated.ended
    const [started, stopped] = server.requestsTo('/status')
    if (!started || !stopped) throw new Error('callbacks are missing')
    expect([started.params['Event'], stopped.params['Event']]).toEqual(['StartStream', 'StopStream'])
    expect(started.params).toMatchObject({ ServiceURL: `ws://${server.host}/stream`, Error: '', streamTimeout: '1' })
    expect(isSigned('GET', server.url + started.url, started.headers, {})).toBe(true)
    expect(find(simulated.timeline, 'status-callback')).toHaveLength(2)
  })

  test('have other names where that is assumed', async () => {
    await using server = await startStreamServer({ attributes })
    await call(server, { assumptions: { statusVocabulary: 'started' } }).ended
    expect(server.requestsTo('/status').map(({ params }) => [params['Event'], params['StatusReason']])).toEqual([
      ['started', ''],
      ['stopped', 'completed'],
    ])
  })

  test('at the end of the call come only where that is assumed', async () => {
    await using server = await startStreamServer({ attributes: attributes.replace('streamTimeout="1"', '') })
    const caller: CallerAction[] = [{ do: 'press', digits: '1' }, { do: 'wait', ms: 60 }, { do: 'hang-up' }]
    await call(server, { caller }).ended
    expect(server.requestsTo('/status').map(({ params }) => params['Event'])).toEqual(['StartStream'])
    await call(server, { caller, assumptions: { stopStreamAtCallEnd: true } }).ended
    expect(server.requestsTo('/status').at(-1)?.params['Event']).toBe('StopStream')
  })
})

describe('webhooks', () => {
  test('are signed so that the official SDK accepts them, each with a nonce of its own', async () => {
    await using server = await TestServer.start({
      routes: {
        '/answer': () => xml(`<Redirect method="GET">http://HOST/next?z=1&amp;B=two+words</Redirect>`),
      },
    })
    await call(server, {
      answerUrl: `${server.url}/answer?tenant=acme`,
      authTokens: ['first', 'token'],
      from: '+1 (4)',
    }).ended
    const [answer, next, hangup] = server.requests
    if (!answer || !next || !hangup) throw new Error('requests are missing')
    expect(isSigned('POST', `${server.url}/answer?tenant=acme`, answer.headers, answer.params)).toBe(true)
    expect(isSigned('POST', `${server.url}/answer?tenant=acme`, answer.headers, { ...answer.params, To: '1' })).toBe(
      false,
    )
    expect(isSigned('GET', server.url + next.url, next.headers, {})).toBe(true)
    expect(isSigned('POST', `${server.url}/answer?tenant=acme`, hangup.headers, hangup.params)).toBe(true)
    const nonces = server.requests.map(({ headers }) => headers['x-plivo-signature-v3-nonce'])
    expect(new Set(nonces).size).toBe(3)

    expect(answer.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(answer.body).toContain('STIRVerification=Not+Applicable')
    expect(keysOf(answer.body)).toEqual(keysOf(answer.body).toSorted())
    expect(keysOf(next.url.split('?')[1] ?? '')).toEqual(keysOf(next.url.split('?')[1] ?? '').toSorted())
    expect(next.params).toMatchObject({ B: 'two words', z: '1', Event: 'Redirect', CallStatus: 'in-progress' })
  })

  test('ask for the answer and tell of the hangup with the parameters of an inbound call', async () => {
    await using server = await TestServer.start({ routes: { '/answer': () => xml('<Wait length="1"/>') } })
    const simulated = call(server, { hangupUrl: `${server.url}/hangup`, from: '14155550111', to: '14155550122' })
    const { durationMs } = await simulated.ended
    const [answer] = server.requestsTo('/answer')
    expect(answer?.params).toEqual({
      CallUUID: simulated.callUuid,
      CallerName: '+14155550111',
      CallStatus: 'ringing',
      Direction: 'inbound',
      Event: 'StartApp',
      From: '14155550111',
      To: '14155550122',
      ParentAuthID: 'MAEXAMPLE00000000000',
      STIRAttestation: 'Not Applicable',
      STIRVerification: 'Not Applicable',
      SessionStart: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
    })
    const [hangup, ...more] = server.requestsTo('/hangup')
    expect(more).toEqual([])
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    expect(hangup?.params).toMatchObject({
      CallUUID: simulated.callUuid,
      Event: 'Hangup',
      CallStatus: 'completed',
      HangupCause: 'NORMAL_CLEARING',
      HangupCauseCode: '4010',
      HangupCauseName: 'End Of XML Instructions',
      HangupSource: 'Plivo',
      Duration: expect.stringMatching(/^\d+$/),
      BillDuration: '60',
      TotalCost: '0.00500',
      StartTime: time,
      AnswerTime: time,
      EndTime: time,
    })
    expect(Math.abs(Number(hangup?.params['Duration']) * 1000 - durationMs)).toBeLessThanOrEqual(1000)
    expect(find(simulated.timeline, 'hangup-webhook')).toMatchObject([{ status: 200 }])
  })

  test('tell the answer URL of the hangup when there is no hangup URL', async () => {
    await using server = await TestServer.start({ routes: { '/answer': () => xml('') } })
    await call(server, { answerMethod: 'GET' }).ended
    expect(server.requests.map(({ method, params }) => [method, params['Event']])).toEqual([
      ['GET', 'StartApp'],
      ['GET', 'Hangup'],
    ])
  })

  test('are not signed without a token', async () => {
    await using server = await TestServer.start({})
    await call(server).ended
    expect(Object.keys(server.requests[0]?.headers ?? {}).filter((name) => name.startsWith('x-plivo'))).toEqual([])
  })
})

describe('an answer that is no good', () => {
  test.each([
    ['nothing', ''],
    ['JSON', '{"xml":"<Response/>"}'],
    ['HTML', '<!doctype html><html><body></body></html>'],
    ['a bare &', '<Response><Redirect>http://example.com/?a=1&b=2</Redirect></Response>'],
    ['two roots', '<Response/><Response/>'],
    ['another root', '<response/>'],
    ['an unclosed element', '<Response><Hangup></Response>'],
    ['space before the declaration', ' <?xml version="1.0"?><Response/>'],
    ['more than 100 KB', `<Response>${' '.repeat(100_000)}</Response>`],
    ['an element that Plivo refuses', '<Response><Reject/></Response>'],
    [
      'a stream with an unknown format',
      '<Response><Stream contentType="audio/wav">wss://example.com</Stream></Response>',
    ],
    [
      'a bidirectional stream of both tracks',
      '<Response><Stream bidirectional="true" audioTrack="both">wss://example.com</Stream></Response>',
    ],
    ['a stream without a URL', '<Response><Stream/></Response>'],
    ['a stream with a long URL', `<Response><Stream>wss://example.com/${'a'.repeat(2048)}</Stream></Response>`],
    [
      'a stream with long extraHeaders',
      `<Response><Stream extraHeaders="a=${'b'.repeat(511)}">wss://example.com</Stream></Response>`,
    ],
  ])('because it is %s ends the call with 8011', async (_what, body) => {
    await using server = await TestServer.start({ routes: { '/answer': () => ({ body }) } })
    const { hangup, answered } = await call(server).ended
    expect(hangup).toEqual({ cause: 'NORMAL_CLEARING', code: 8011, name: 'Invalid Answer XML', source: 'Error' })
    expect(answered).toBe(false)
    expect(server.requests.at(-1)?.params).toMatchObject({ Event: 'Hangup', HangupCauseCode: '8011' })
  })

  test.each([
    ['<Response><Say>hello</Say></Response>', { unknownElement: 'reject' }, 4010, 8011],
    ['<Response><Stream>http://example.com</Stream></Response>', { invalidStreamElement: 'skip' }, 8011, 4010],
    ['<Response/>', { wrongContentType: 'reject' }, 4010, 8011],
  ] as const)('is %s, which %j decides', async (body, assumptions, usual, assumed) => {
    await using server = await TestServer.start({ routes: { '/answer': () => ({ body, type: 'text/plain' }) } })
    expect((await call(server).ended).hangup.code).toBe(usual)
    expect((await call(server, { assumptions }).ended).hangup.code).toBe(assumed)
  })

  test('because of its status ends the call with 7011, and is not asked for again', async () => {
    await using server = await TestServer.start({ routes: { '/answer': () => ({ status: 500 }) } })
    const { hangup } = await call(server, { hangupUrl: `${server.url}/hangup` }).ended
    expect(hangup).toMatchObject({ code: 7011, source: 'Error' })
    expect(server.requestsTo('/answer')).toHaveLength(1)
  })

  test('is asked for again as the fragment says', async () => {
    const statuses = [500, 404, 200]
    await using server = await TestServer.start({
      routes: { '/answer': () => ({ status: statuses.shift() ?? 200, body: '<Response/>' }) },
    })
    const options = { answerUrl: `${server.url}/answer#rc=2&rp=4xx,5xx`, hangupUrl: `${server.url}/hangup` }
    const { hangup } = await call(server, options).ended
    expect(hangup.code).toBe(4010)
    expect(server.requestsTo('/answer')).toHaveLength(3)
    expect(server.requests.every(({ url }) => !url.includes('#'))).toBe(true)
  })

  test('that does not come in time is tried again, and one that breaks off is not', async () => {
    await using server = await TestServer.start({
      routes: { '/answer': () => 'hang', '/half': () => 'break off' },
    })
    const hangupUrl = `${server.url}/hangup`
    const { hangup } = await call(server, { answerUrl: `${server.url}/answer#rt=100`, hangupUrl }).ended
    expect(hangup.code).toBe(7011)
    expect(server.requestsTo('/answer')).toHaveLength(2)
    const half = await call(server, { answerUrl: `${server.url}/half`, hangupUrl }).ended
    expect(half.hangup.code).toBe(7011)
    expect(server.requestsTo('/half')).toHaveLength(1)
  })

  test.each([{ reply: { status: 503 } }, { reply: { body: 'oops' } }])(
    'is made good by the fallback',
    async ({ reply }) => {
      await using server = await TestServer.start({
        routes: { '/answer': () => reply, '/fallback': () => xml('<Hangup/>') },
      })
      const simulated = call(server, { fallbackUrl: `${server.url}/fallback` })
      const { hangup } = await simulated.ended
      expect(hangup).toMatchObject({ code: 4000, source: 'Answer XML' })
      expect(server.requestsTo('/fallback')[0]?.params['Event']).toBe('StartApp')
      expect(find(simulated.timeline, 'answer-received').map(({ purpose }) => purpose)).toEqual(['answer', 'fallback'])
    },
  )
})

describe('elements', () => {
  test('run in order, the unknown ones skipped, until a redirect replaces the rest', async () => {
    await using server = await TestServer.start({
      routes: {
        '/answer': () =>
          xml(`<Say>hello</Say><Conference>room</Conference><Speak voice="WOMAN" colour="red">Hi</Speak>
               <Redirect> http://HOST/next </Redirect><Hangup reason="busy"/>`),
        '/next': () => xml('<Wait length="1"/>'),
      },
    })
    const simulated = call(server)
    const { hangup, heard } = await simulated.ended
    expect(find(simulated.timeline, 'element').map(({ name }) => name)).toEqual([
      'Conference',
      'Speak',
      'Redirect',
      'Wait',
    ])
    expect(hangup.code).toBe(4010)
    expect(onset(heard.samples)).toBeGreaterThanOrEqual(0)
    const text = warnings(simulated.timeline).join('\n')
    for (const part of ['no element Say', 'Conference is not simulated', 'no attribute colour'])
      expect(text).toContain(part)
  })

  test.each([
    { element: '<Hangup reason="rejected"/>', answered: false, code: 3020, cause: 'CALL_REJECTED' },
    { element: '<Hangup reason="busy"/>', answered: false, code: 3010, cause: 'USER_BUSY' },
    { element: '<Hangup/>', answered: true, code: 4000, cause: 'NORMAL_CLEARING' },
    { element: '<Speak>.</Speak><Hangup reason="busy"/>', answered: true, code: 4000, cause: 'NORMAL_CLEARING' },
    { element: '<Hangup schedule="1"/><Wait length="60"/>', answered: true, code: 6000, cause: 'NORMAL_CLEARING' },
  ])('$element ends the call with $code', async ({ element, answered, ...hangup }) => {
    await using server = await TestServer.start({ routes: { '/answer': () => xml(element) } })
    const result = await call(server).ended
    expect(result.answered).toBe(answered)
    expect(result.hangup).toMatchObject(hangup)
  })

  test.each([
    { element: '<Redirect method="PUT">http://HOST/next</Redirect>', code: 7034 },
    { element: '<Redirect>http://HOST/missing</Redirect>', code: 7014 },
    { element: '<Redirect>http://HOST/empty</Redirect>', code: 8014 },
    { element: '<Record maxLength="1" playBeep="false" action="http://HOST/missing"/>', code: 7012 },
    { element: '<Record maxLength="1" playBeep="false" action="http://HOST/empty"/>', code: 8012 },
    { element: '<Record maxLength="1" playBeep="false" redirect="false" action="http://HOST/missing"/>', code: 4010 },
  ])('$element ends in $code', async ({ element, code }) => {
    await using server = await TestServer.start({
      routes: { '/answer': () => xml(element), '/missing': () => ({ status: 404 }) },
    })
    const { hangup } = await call(server, { fallbackUrl: `${server.url}/answer` }).ended
    expect(hangup.code).toBe(code)
    expect(server.requestsTo('/answer')).toHaveLength(2)
  })

  test('Play plays a WAV file to the caller, sample for sample', async () => {
    const samples = tone({ frequencyHz: 700, durationMs: 300, sampleRateHz: 8000 })
    await using server = await TestServer.start({
      routes: {
        '/answer': () => xml(`<Play loop="2">http://HOST/a.wav</Play>`),
        '/a.wav': () => ({ type: 'audio/wav', body: encodeWav(samples, 8000) }),
      },
    })
    const { heard } = await call(server).ended
    const start = heard.samples.findIndex((sample) => sample !== 0) - samples.findIndex((sample) => sample !== 0)
    expect(heard.samples.subarray(start, start + samples.length)).toEqual(samples)
    expect(loudSamples(heard.samples)).toBe(2 * loudSamples(samples))
    expect(server.requestsTo('/a.wav')).toHaveLength(1)
  })

  test('Record takes a message, ends at the key and goes on with its action', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'recordings-'))
    await using server = await TestServer.start({
      routes: {
        '/answer': () => xml(`<Record action="http://HOST/recorded" callbackUrl="http://HOST/file"/>`),
        '/recorded': () => xml('<Hangup/>'),
      },
    })
    const audio = { samples: tone({ frequencyHz: 440, durationMs: 200, sampleRateHz: 8000 }), sampleRateHz: 8000 }
    const caller: CallerAction[] = [
      { do: 'wait-for-audio' },
      { do: 'wait-for-quiet', ms: 100 },
      { do: 'speak', audio },
      { do: 'press', digits: '#' },
    ]
    const { hangup } = await call(server, { caller, recordingsFolder: folder.path }).ended
    expect(hangup).toMatchObject({ code: 4000, source: 'Answer XML' })
    const [action] = server.requestsTo('/recorded')
    expect(action?.params).toMatchObject({ Event: 'Redirect', Digits: '#', RecordUrl: expect.stringMatching(/^file:/) })
    const [callback] = server.requestsTo('/file')
    expect(callback?.params['RecordingID']).toBe(action?.params['RecordingID'])
    const [file = ''] = await readdir(folder.path)
    const wav = parseWav(await readFile(join(folder.path, file)))
    if (!wav.ok) throw new Error(wav.problem)
    const durationMs = (wav.value.samples.length / 8000) * 1000
    expect(Number(action?.params['RecordingDurationMs'])).toBe(durationMs)
    expect(goertzel(wav.value.samples, 8000, 440)).toBeGreaterThan(-40)
  })

  test('Record recordSession keeps the whole call', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'recordings-'))
    await using server = await TestServer.start({
      routes: {
        '/answer': () =>
          xml(`<Record recordSession="true" redirect="false" callbackUrl="http://HOST/file"/><Speak>Hello you</Speak>`),
      },
    })
    const { heard } = await call(server, { recordingsFolder: folder.path }).ended
    const wav = parseWav(await readFile(join(folder.path, (await readdir(folder.path))[0] ?? '')))
    expect(wav).toMatchObject({ ok: true, value: { channels: 2 } })
    expect(wav.ok && wav.value.samples.length).toBe(heard.samples.length)
    expect(server.requestsTo('/file')).toHaveLength(1)
  })

  test('Stream without keepCallAlive runs beside the next element', async () => {
    await using server = await TestServer.start({
      routes: {
        '/answer': () =>
          xml(`<Stream audioTrack="both" contentType="audio/x-l16;rate=8000">ws://HOST/s</Stream>
               <Speak>Hello there</Speak>`),
      },
      onStream: ({ socket }) => socket.send(playAudio(loudMs(20))),
    })
    const simulated = call(server)
    const { hangup } = await simulated.ended
    expect(hangup.code).toBe(4010)
    const media = server.streams[0]?.messages.flatMap(({ media }) => media ?? []) ?? []
    const outbound = media.filter(({ track }) => track === 'outbound')
    expect(outbound.map(({ chunk }) => chunk)).toEqual(outbound.map((_, i) => i + 1))
    expect(outbound.length).toBe(media.length / 2)
    expect(outbound.some(({ payload }) => Buffer.from(payload, 'base64').some((byte) => byte !== 0))).toBe(true)
    expect(warnings(simulated.timeline)).toContain('playAudio was ignored: the Stream is not bidirectional')
  })
})

describe('the caller', () => {
  test('may hang up while it rings', async () => {
    await using server = await TestServer.start({ routes: { '/answer': () => 'hang' } })
    const simulated = call(server, { hangupUrl: `${server.url}/hangup` })
    await expect.poll(() => server.requests.length).toBe(1)
    simulated.hangUp()
    const { answered, hangup, durationMs } = await simulated.ended
    expect({ answered, durationMs }).toEqual({ answered: false, durationMs: 0 })
    expect(hangup).toEqual({ cause: 'ORIGINATOR_CANCEL', code: 1000, name: 'Canceled', source: 'Caller' })
    expect(server.requestsTo('/hangup')[0]?.params).not.toHaveProperty('AnswerTime')
  })

  test('may hang up by a signal, in the middle of a stream, and nothing is left', async () => {
    const { clock, timers } = watchedClock()
    await using server = await startStreamServer({ onMessage: echo })
    const controller = new AbortController()
    const simulated = call(server, {
      clock,
      signal: controller.signal,
      onEvent: ({ type }) => (type === 'stream-started' ? controller.abort() : undefined),
    })
    const { hangup } = await simulated.ended
    expect(hangup).toMatchObject({ code: 4000, source: 'Caller' })
    expect(types(simulated.timeline).slice(-3)).toEqual(['ended', 'stream-closed', 'hangup-webhook'])
    expect(timers.size).toBe(0)
    await expect.poll(() => server.connections()).toBe(0)
  })

  test('hangs up when the call is disposed of, and after the longest duration', async () => {
    await using server = await startStreamServer({})
    const simulated = call(server)
    await simulated[Symbol.asyncDispose]()
    expect((await simulated.ended).answered).toBe(false)
    const { hangup } = await call(server, { maxDurationMs: 1000 }).ended
    expect(hangup).toMatchObject({ code: 4000, source: 'Caller' })
  })

  test('may speak live, in bytes of the stream', async () => {
    const bytes = loudMs(60)
    const heardByBot: Buffer[] = []
    await using server = await startStreamServer({
      onMessage: ({ media }, { socket }) => {
        if (media) heardByBot.push(Buffer.from(media.payload, 'base64'))
        if (Buffer.concat(heardByBot).filter((byte) => byte === 0x10).length === bytes.length) socket.close()
      },
    })
    const simulated = call(server)
    expect(simulated.sendAudio(bytes)).toBe(false)
    await expect.poll(() => types(simulated.timeline)).toContain('stream-started')
    expect(simulated.sendAudio(bytes.subarray(0, 100))).toBe(true)
    expect(simulated.sendAudio(bytes.subarray(100))).toBe(true)
    expect((await simulated.ended).hangup.code).toBe(4010)
  })

  test('cannot press a key that no telephone has', async () => {
    await using server = await TestServer.start({})
    expect(() => call(server, { caller: [{ do: 'press', digits: '1x' }] })).toThrow(RangeError)
    expect(() => dial({ answerUrl: 'ftp://example.com' })).toThrow(TypeError)
  })
})

/** Whether Plivo's own package accepts it, for one of the two tokens that the tests use. */
const isSigned = (method: string, url: string, headers: IncomingHttpHeaders, params: Record<string, string>): boolean =>
  ['x-plivo-signature-v3', 'x-plivo-signature-ma-v3'].every((name) =>
    plivo.validateV3Signature(
      method,
      url,
      String(headers['x-plivo-signature-v3-nonce']),
      'token',
      String(headers[name]),
      params,
    ),
  )

const keysOf = (form: string): string[] => [...new URLSearchParams(form).keys()]
