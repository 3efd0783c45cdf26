import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeBotMessage, encodePlayAudio, parseBotMessage } from './stream-codec.ts'
import type { BotCommand } from './stream-messages.ts'

const parse = (message: unknown) => parseBotMessage(JSON.stringify(message))
const audio = { contentType: 'audio/x-mulaw', sampleRate: 8000, payload: '/w==' }
const mulaw = { encoding: 'audio/x-mulaw', sampleRate: 8000 } as const

describe('parseBotMessage', () => {
  it('reads every message with a streamId and without', () => {
    const messages = [
      { event: 'playAudio', media: audio },
      { event: 'checkpoint', name: 'turn-3' },
      { event: 'clearAudio' },
    ]
    for (const message of messages) {
      expect(parse(message)).toEqual({ ok: true, value: message })
      expect(parse({ ...message, streamId: 's' })).toEqual({ ok: true, value: { ...message, streamId: 's' } })
    }
  })

  it('reads a quoted sample rate as the number it means', () => {
    expect(parse({ event: 'playAudio', media: { ...audio, sampleRate: '8000' } })).toEqual({
      ok: true,
      value: { event: 'playAudio', media: audio },
    })
  })

  it('keeps the content type as it was written', () => {
    const media = { ...audio, contentType: 'audio/x-mulaw;rate=8000' }
    expect(parse({ event: 'playAudio', media })).toEqual({ ok: true, value: { event: 'playAudio', media } })
  })

  it('reads digits to send', () => {
    expect(parse({ event: 'sendDTMF', dtmf: '09*#AD' })).toEqual({
      ok: true,
      value: { event: 'sendDTMF', dtmf: '09*#AD' },
    })
  })

  it.each(['stop', 'speak', 'constructor'])('takes %s for an unknown event', (event) => {
    expect(parse({ event })).toEqual({ ok: true, value: { event: 'unknown', name: event } })
  })

  it.each([
    ['event', {}],
    ['media', { event: 'playAudio' }],
    ['media.contentType', { event: 'playAudio', media: { ...audio, contentType: undefined } }],
    ['media.sampleRate', { event: 'playAudio', media: { ...audio, sampleRate: 'fast' } }],
    ['media.payload', { event: 'playAudio', media: { ...audio, payload: null } }],
    ['name', { event: 'checkpoint' }],
    ['streamId', { event: 'clearAudio', streamId: 4 }],
    ['dtmf', { event: 'sendDTMF', dtmf: '' }],
    ['dtmf', { event: 'sendDTMF', dtmf: '12w' }],
  ])('refuses a message, naming %s, when that is wrong', (field, message) => {
    expect(parse(message)).toMatchObject({ ok: false, field })
  })

  it('never throws', () => {
    const event = fc.constantFrom('playAudio', 'checkpoint', 'clearAudio', 'sendDTMF')
    const anything = fc.jsonValue()
    const message = fc.record({ event, media: anything, name: anything, streamId: anything, dtmf: anything })
    fc.assert(fc.property(message, (value) => typeof parse(value).ok === 'boolean'))
    fc.assert(fc.property(fc.string(), (text) => typeof parseBotMessage(text).ok === 'boolean'))
  })
})

describe('encodeBotMessage', () => {
  it('writes what parseBotMessage reads back', () => {
    const streamId = fc.option(fc.uuid(), { nil: undefined })
    const command: fc.Arbitrary<BotCommand> = fc.oneof(
      fc.record({ event: fc.constant('checkpoint'), streamId, name: fc.string() }),
      fc.record({ event: fc.constant('clearAudio'), streamId }),
      fc.record({ event: fc.constant('sendDTMF'), dtmf: fc.stringMatching(/^[0-9*#A-D]+$/) }),
      fc.record({
        event: fc.constant('playAudio'),
        streamId,
        media: fc.record({ contentType: fc.string(), sampleRate: fc.nat(), payload: fc.base64String() }),
      }),
    )
    fc.assert(
      fc.property(command, (message) => {
        expect(parseBotMessage(encodeBotMessage(message))).toEqual({ ok: true, value: message })
      }),
    )
  })
})

describe('encodePlayAudio', () => {
  it('writes a numeric rate and padded standard base64', () => {
    expect(encodePlayAudio(mulaw, Uint8Array.of(0xfb, 0xff, 0xfe, 0xff))).toBe(
      '{"event":"playAudio","media":{"contentType":"audio/x-mulaw","sampleRate":8000,"payload":"+//+/w=="}}',
    )
  })

  it('writes the bytes of a view, not of the buffer under it', () => {
    const view = Uint8Array.of(1, 2, 3, 4, 5).subarray(1, 3)
    expect(encodePlayAudio(mulaw, view)).toContain(`"${Buffer.from([2, 3]).toString('base64')}"`)
  })

  it('carries any audio to the other side', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const read = parseBotMessage(encodePlayAudio({ encoding: 'audio/x-l16', sampleRate: 16000 }, bytes))
        expect(read).toEqual({
          ok: true,
          value: {
            event: 'playAudio',
            media: { contentType: 'audio/x-l16', sampleRate: 16000, payload: Buffer.from(bytes).toString('base64') },
          },
        })
      }),
    )
  })
})
