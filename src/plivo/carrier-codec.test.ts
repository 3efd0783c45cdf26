import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeCarrierMessage, parseCarrierMessage } from './stream-codec.ts'
import type { EmittedMessage } from './stream-messages.ts'

const parse = (message: unknown) => parseCarrierMessage(JSON.stringify(message))
const failure = (field: string) => ({ ok: false, field })

const digits = Array.from('0123456789*#ABCD')
const callId = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'
const streamId = '0f6f0a44-3f1d-4a52-9a0b-6f1f5f1f2c33'
const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000 }
const start = (changes: object = {}) => ({
  event: 'start',
  start: { callId, streamId, tracks: ['inbound'], mediaFormat, ...changes },
})
const media = (changes: object = {}, outside: object = {}) => ({
  event: 'media',
  media: { payload: 'AAA=', ...changes },
  ...outside,
})

describe('a start message', () => {
  it('is read as documented', () => {
    const message = {
      ...start({ accountId: 'MAEXAMPLE00000000000' }),
      sequenceNumber: 0,
      extra_headers: 'tenant=acme,session=42',
    }
    expect(parse(message)).toEqual({ ok: true, value: message })
  })

  it('is taken to carry the inbound track and no headers when it does not say', () => {
    const { tracks: _, ...rest } = start().start
    expect(parse({ event: 'start', start: rest })).toEqual({ ok: true, value: { ...start(), extra_headers: '' } })
  })

  it('may name its encoding with a rate and give its numbers as text', () => {
    const message = {
      ...start({ mediaFormat: { encoding: 'audio/x-l16;rate=16000', sampleRate: '16000' } }),
      sequenceNumber: '1',
    }
    expect(parse(message)).toMatchObject({
      ok: true,
      value: { sequenceNumber: 1, start: { mediaFormat: { encoding: 'audio/x-l16', sampleRate: 16000 } } },
    })
  })

  it('may bring its headers as a flat object, which is kept as JSON', () => {
    expect(parse({ ...start(), extra_headers: { tenant: 'acme', n: 1 } })).toMatchObject({
      value: { extra_headers: '{"tenant":"acme","n":1}' },
    })
  })

  it('is refused when its headers are nested, however deeply', () => {
    const nested = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    const text = JSON.stringify(start()).replace(/}$/, `,"extra_headers":{"a":${nested}}}`)
    expect(parseCarrierMessage(text)).toMatchObject(failure('extra_headers'))
  })

  it.each([
    ['start', { event: 'start' }],
    ['start.callId', start({ callId: undefined })],
    ['start.callId', start({ callId: '' })],
    ['start.streamId', start({ streamId: 7 })],
    ['start.accountId', start({ accountId: 7 })],
    ['start.tracks', start({ tracks: 'inbound' })],
    ['start.tracks', start({ tracks: [1] })],
    ['start.mediaFormat', start({ mediaFormat: undefined })],
    ['start.mediaFormat.encoding', start({ mediaFormat: { sampleRate: 8000 } })],
    ['start.mediaFormat.encoding', start({ mediaFormat: { encoding: 'audio/opus', sampleRate: 8000 } })],
    ['start.mediaFormat.sampleRate', start({ mediaFormat: { encoding: 'audio/x-l16' } })],
    ['start.mediaFormat.sampleRate', start({ mediaFormat: { encoding: 'audio/x-l16', sampleRate: 24000 } })],
    ['start.mediaFormat.sampleRate', start({ mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 16000 } })],
    ['extra_headers', { ...start(), extra_headers: 5 }],
  ])('is refused, naming %s, when that is wrong', (field, message) => {
    expect(parse(message)).toMatchObject(failure(field))
  })
})

describe('a media message', () => {
  it('is read as documented, its text timestamp as a number', () => {
    const fields = { track: 'outbound', chunk: 3, payload: 'AAA=' }
    expect(parse(media({ ...fields, timestamp: '1768472998321' }, { sequenceNumber: 4, streamId }))).toEqual({
      ok: true,
      value: { event: 'media', sequenceNumber: 4, streamId, media: { ...fields, timestamp: 1768472998321 } },
    })
  })

  it('needs no more than its event and payload', () => {
    expect(parse(media())).toEqual({
      ok: true,
      value: { event: 'media', media: { track: 'inbound', payload: 'AAA=' } },
    })
  })

  it('may have fields that nobody knows', () => {
    expect(parse(media({ codec: 'new' }, { extra: [1] }))).toEqual(parse(media()))
  })

  it.each([
    ['media', { event: 'media', media: 'AAA=' }],
    ['media.payload', media({ payload: undefined })],
    ['media.payload', media({ payload: 5 })],
    ['media.track', media({ track: 'both' })],
    ['media.chunk', media({ chunk: -1 })],
    ['media.chunk', media({ chunk: 'one' })],
    ['media.timestamp', media({ timestamp: '' })],
    ['sequenceNumber', media({}, { sequenceNumber: {} })],
    ['streamId', media({}, { streamId: 1 })],
  ])('is refused, naming %s, when that is wrong', (field, message) => {
    expect(parse(message)).toMatchObject(failure(field))
  })
})

describe('the other messages', () => {
  it.each(digits)('may be the key %s', (digit) => {
    expect(parse({ event: 'dtmf', dtmf: { digit } })).toEqual({
      ok: true,
      value: { event: 'dtmf', dtmf: { track: 'inbound', digit } },
    })
  })

  it.each(['', 'E', 'a', '12', 5])('may not be the key %j', (digit) => {
    expect(parse({ event: 'dtmf', dtmf: { digit } })).toMatchObject(failure('dtmf.digit'))
  })

  it.each(['playedStream', 'played'])('acknowledge a checkpoint with %s', (event) => {
    expect(parse({ event, streamId, sequenceNumber: '120', name: 'turn-3' })).toEqual({
      ok: true,
      value: { event: 'playedStream', streamId, sequenceNumber: 120, name: 'turn-3' },
    })
    expect(parse({ event, streamId })).toMatchObject(failure('name'))
  })

  it('acknowledge a clearAudio', () => {
    const message = { event: 'clearedAudio', streamId, sequenceNumber: 121 }
    expect(parse(message)).toEqual({ ok: true, value: message })
  })

  it.each([
    [{ event: 'stop' }, {}],
    [
      { event: 'stop', streamId, reason: 'hangup' },
      { streamId, reason: 'hangup' },
    ],
    [{ event: 'stop', stop: { callId, streamId, tracks: ['inbound'] } }, { streamId }],
  ])('end the stream in the shape %j', (message, rest) => {
    expect(parse(message)).toEqual({ ok: true, value: { event: 'stop', ...rest } })
  })

  it.each(['playFailed', 'error'])('report %s, with a reason or without', (event) => {
    expect(parse({ event, reason: 'buffer_overflow' })).toEqual({
      ok: true,
      value: { event, reason: 'buffer_overflow' },
    })
    expect(parse({ event })).toEqual({ ok: true, value: { event, reason: '' } })
  })

  it.each(['muteStream', '', '__proto__', 'unknown'])('are unknown, and no error, when the event is %j', (event) => {
    expect(parse({ event })).toEqual({ ok: true, value: { event: 'unknown', name: event } })
  })
})

describe('parseCarrierMessage', () => {
  it('says what is wrong with the value', () => {
    expect(parse(media({ payload: undefined }))).toMatchObject({ problem: 'is missing' })
    expect(parse(media({ payload: 5 }))).toMatchObject({ problem: 'must be a string, got 5' })
    expect(parse(media({ track: 'x'.repeat(1000) }))).toMatchObject({
      problem: `must be inbound or outbound, got "${'x'.repeat(40)}"`,
    })
  })

  it.each(['', 'hello', '{"event":', '[]', 'null', '7', '"start"'])('refuses %j as no message at all', (text) => {
    expect(parseCarrierMessage(text)).toMatchObject(failure(''))
  })

  it.each([{}, { event: 5 }, { event: null }])('refuses %j, naming the event', (message) => {
    expect(parse(message)).toMatchObject(failure('event'))
  })

  it('never throws on text', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseCarrierMessage(text).ok === 'boolean'))
  })

  it('never throws on JSON that looks like a message', () => {
    const event = fc.constantFrom('start', 'media', 'dtmf', 'playedStream', 'clearedAudio', 'stop', 'error')
    const part = fc.oneof(
      fc.jsonValue(),
      fc.record({
        callId: fc.jsonValue(),
        streamId: fc.jsonValue(),
        tracks: fc.jsonValue(),
        mediaFormat: fc.oneof(fc.jsonValue(), fc.record({ encoding: fc.jsonValue(), sampleRate: fc.jsonValue() })),
        payload: fc.jsonValue(),
        digit: fc.jsonValue(),
      }),
    )
    const message = fc.record({
      event,
      start: part,
      media: part,
      dtmf: part,
      stop: part,
      extra_headers: fc.jsonValue(),
    })
    fc.assert(fc.property(message, (value) => typeof parse(value).ok === 'boolean'))
  })
})

describe('encodeCarrierMessage', () => {
  const count = fc.nat()
  const id = fc.uuid()
  const track = fc.constantFrom('inbound', 'outbound')
  const emitted: fc.Arbitrary<EmittedMessage> = fc.oneof(
    fc.record({
      event: fc.constant('start'),
      sequenceNumber: count,
      start: fc.record({
        callId: id,
        streamId: id,
        accountId: fc.string(),
        tracks: fc.array(track),
        mediaFormat: fc.constantFrom(
          { encoding: 'audio/x-mulaw', sampleRate: 8000 },
          { encoding: 'audio/x-l16', sampleRate: 16000 },
        ),
      }),
      extra_headers: fc.string(),
    }),
    fc.record({
      event: fc.constant('media'),
      sequenceNumber: count,
      streamId: id,
      media: fc.record({ track, timestamp: count, chunk: count, payload: fc.base64String() }),
      extra_headers: fc.string(),
    }),
    fc.record({
      event: fc.constant('dtmf'),
      sequenceNumber: count,
      streamId: id,
      dtmf: fc.record({ track, digit: fc.constantFrom(...digits), timestamp: count }),
      extra_headers: fc.string(),
    }),
    fc.record({ event: fc.constant('playedStream'), sequenceNumber: count, streamId: id, name: fc.string() }),
    fc.record({ event: fc.constant('clearedAudio'), sequenceNumber: count, streamId: id }),
    fc.record({ event: fc.constant('stop'), streamId: id, reason: fc.string() }, { requiredKeys: ['event'] }),
    fc.record({ event: fc.constantFrom('playFailed', 'error'), reason: fc.string() }),
  )

  it('writes what parseCarrierMessage reads back, but for the headers that are repeated', () => {
    fc.assert(
      fc.property(emitted, (message) => {
        const read = parseCarrierMessage(encodeCarrierMessage(message))
        const repeated = message.event === 'media' || message.event === 'dtmf'
        expect(read).toEqual({ ok: true, value: repeated ? { ...message, extra_headers: undefined } : message })
      }),
    )
  })

  it('writes media as Plivo documents it: timestamp text, the other numbers numbers, headers repeated', () => {
    const text = encodeCarrierMessage({
      event: 'media',
      sequenceNumber: 1,
      streamId,
      media: { track: 'inbound', timestamp: 1768472998321, chunk: 1, payload: 'AAA=' },
      extra_headers: '{}',
    })
    expect(JSON.parse(text)).toStrictEqual({
      sequenceNumber: 1,
      streamId,
      event: 'media',
      media: { track: 'inbound', timestamp: '1768472998321', chunk: 1, payload: 'AAA=' },
      extra_headers: '{}',
    })
  })

  it('writes dtmf likewise, and leaves out what is not given', () => {
    const dtmf = { track: 'inbound', digit: '5', timestamp: 1768473001000 } as const
    expect(JSON.parse(encodeCarrierMessage({ event: 'dtmf', dtmf, extra_headers: 'a=b' }))).toStrictEqual({
      event: 'dtmf',
      dtmf: { track: 'inbound', digit: '5', timestamp: '1768473001000' },
      extra_headers: 'a=b',
    })
  })
})
