import { describe, expect, test } from 'vitest'
import { l16At16k, mulaw8k, type AudioFormat } from '../audio/format.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { parseCarrierMessage } from '../plivo/stream-codec.ts'
import { resolveAssumptions, type Assumptions } from './assumptions.ts'
import { MediaStream, type MediaStreamEvent, type MediaStreamOptions } from './media-stream.ts'

/** A stream over a socket that only remembers; ticked by hand. */
function openStream(options: Partial<MediaStreamOptions> = {}, assumptions: Partial<Assumptions> = {}) {
  const sent: string[] = []
  const events: MediaStreamEvent[] = []
  const clock = new ManualClock()
  const stream = new MediaStream({
    socket: { send: (text) => sent.push(text) },
    format: mulaw8k,
    callId: '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11',
    streamId: '0f6f0a44-3f1d-4a52-9a0b-6f1f5f1f2c33',
    accountId: 'MAEXAMPLE00000000000',
    clock,
    assumptions: resolveAssumptions(assumptions),
    onEvent: (event) => events.push(event),
    ...options,
  })
  const messages = (): unknown[] => sent.map((text): unknown => JSON.parse(text))
  return { stream, sent, messages, events, clock }
}

const playAudio = (audio: Uint8Array, { encoding, sampleRateHz }: AudioFormat = mulaw8k) =>
  JSON.stringify({
    event: 'playAudio',
    media: { contentType: encoding, sampleRate: sampleRateHz, payload: Buffer.from(audio).toString('base64') },
  })

describe('a media stream', () => {
  test('forgets what it is told to clear, whether or not anybody listens', () => {
    const stream = new MediaStream({
      socket: { send: () => undefined },
      format: mulaw8k,
      callId: '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11',
      streamId: '0f6f0a44-3f1d-4a52-9a0b-6f1f5f1f2c33',
      accountId: 'MAEXAMPLE00000000000',
      clock: new ManualClock(),
      assumptions: resolveAssumptions({}),
    })
    stream.start()
    stream.receive(playAudio(new Uint8Array(800).fill(1)))
    stream.receive('{"event":"clearAudio"}')
    expect(stream.tick({})).toBeUndefined()
  })

  test('sends what its own protocol layer reads back', () => {
    const { stream, sent } = openStream({ extraHeaders: 'tenant=acme' })
    stream.start()
    stream.tick({ inbound: new Uint8Array(160) })
    stream.press('#')
    stream.receive('{"event":"clearAudio"}')
    stream.receive('{"event":"checkpoint","name":"a"}')
    stream.tick({})
    expect(sent.map((text) => parseCarrierMessage(text))).toMatchObject(
      ['start', 'media', 'dtmf', 'clearedAudio', 'media', 'playedStream'].map((event, sequenceNumber) => ({
        ok: true,
        value: { event, sequenceNumber },
      })),
    )
  })

  test('numbers, stamps and fills in as it is told to', () => {
    const { stream, messages, clock } = openStream(
      {},
      { firstSequenceNumber: 1, timestampForm: 'since-start', extraHeadersWhenUnset: '' },
    )
    stream.start()
    stream.tick({})
    clock.advance(20)
    stream.tick({})
    stream.press('5')
    expect(messages()).toMatchObject([
      { event: 'start', sequenceNumber: 1, extra_headers: '' },
      { sequenceNumber: 2, media: { timestamp: '0', chunk: 1 } },
      { sequenceNumber: 3, media: { timestamp: '20', chunk: 2 } },
      { sequenceNumber: 4, dtmf: { timestamp: '20' } },
    ])
  })

  test('sends silence where it gets no frame, and refuses a frame of another size', () => {
    const { stream, messages } = openStream({ format: l16At16k, tracks: ['inbound', 'outbound'] })
    stream.start()
    stream.tick({ outbound: new Uint8Array(640).fill(7) })
    expect(messages().slice(1)).toMatchObject([
      { media: { track: 'inbound', chunk: 1, payload: Buffer.alloc(640).toString('base64') } },
      { media: { track: 'outbound', chunk: 1, payload: Buffer.alloc(640, 7).toString('base64') } },
    ])
    expect(() => stream.tick({ inbound: new Uint8Array(320) })).toThrow(RangeError)
  })

  test('plays a frame in the tick after it came, and tells of the checkpoint one tick later', () => {
    const { stream, events } = openStream()
    stream.start()
    stream.receive(playAudio(new Uint8Array(160).fill(3)))
    stream.receive('{"event":"checkpoint","name":"a"}')
    expect(stream.tick({})).toEqual(new Uint8Array(160).fill(3))
    expect(events).toEqual([])
    expect(stream.tick({})).toBeUndefined()
    expect(events).toEqual([{ type: 'checkpoint-played', name: 'a' }])
  })

  test.each([
    ['another format', playAudio(new Uint8Array(640), l16At16k), 'audio/x-l16 at 16000, and the stream is'],
    ['no format', '{"event":"playAudio","media":{"contentType":"wav","sampleRate":8000,"payload":""}}', 'wav at 8000'],
  ])('drops audio in %s, and says so to the server where that is asked for', (_what, message, problem) => {
    const { stream, messages, events } = openStream({}, { playFailedEvents: true })
    stream.receive(message)
    expect(stream.tick({})).toBeUndefined()
    expect(events).toEqual([{ type: 'warning', text: expect.stringContaining(problem) }])
    expect(messages()[0]).toEqual({ event: 'playFailed', reason: 'invalid_content_type' })
  })

  test.each([
    ['half a sample', playAudio(new Uint8Array(641), l16At16k), '641 bytes'],
    ['a rate in the content type', playAudio(new Uint8Array(640), l16At16k).replace('l16"', 'l16;rate=16000"'), 'rate'],
    ['more base64 than is advised', playAudio(new Uint8Array(12_802), l16At16k), 'at most 16384'],
    ['base64 for URLs', playAudio(new Uint8Array(640).fill(255), l16At16k).replace('////', '____'), 'standard base64'],
  ])('plays %s, with a warning', (_what, message, problem) => {
    const { stream, events } = openStream({ format: l16At16k })
    stream.receive(message)
    expect(stream.tick({})).toHaveLength(640)
    expect(events).toEqual([{ type: 'warning', text: expect.stringContaining(problem) }])
  })

  test('ignores a message that is longer than Plivo takes', () => {
    const { stream, events } = openStream({}, { maxMessageBytes: 1000 })
    stream.receive(playAudio(new Uint8Array(1000)))
    expect(stream.queue.queuedMs).toBe(0)
    expect(events).toMatchObject([{ type: 'warning' }])
  })
})
