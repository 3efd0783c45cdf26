import * as fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { describe, expect, it } from 'vitest'
import {
  dtmf,
  hangup,
  play,
  record,
  redirect,
  response,
  speak,
  stream,
  wait,
  type StreamOptions,
} from './answer-xml.ts'
import type { XmlElement } from './xml.ts'

const markup = (element: XmlElement): string | undefined => /<Response>(.*)<\/Response>$/s.exec(response(element))?.[1]

/** The one element in a response, as a strict parser sees it. */
const read = (element: XmlElement) => {
  const seen = { name: '', attributes: {}, text: '' }
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => Object.assign(seen, { name, attributes: { ...attributes } }))
  parser.on('text', (text) => (seen.text += text))
  parser.write(response(element).replace('?>\n', '?>')).close()
  return seen
}

const agent: StreamOptions = {
  url: 'wss://voice.example.com/plivo/stream/t1_abc?t=9&a=1',
  bidirectional: true,
  keepCallAlive: true,
  contentType: 'audio/x-mulaw;rate=8000',
}

describe('response', () => {
  it('runs its elements in order, after the XML declaration', () => {
    expect(response(record({ recordSession: true }), stream(agent), hangup())).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Record recordSession="true"/>' +
        '<Stream bidirectional="true" keepCallAlive="true" contentType="audio/x-mulaw;rate=8000">' +
        'wss://voice.example.com/plivo/stream/t1_abc?t=9&amp;a=1</Stream><Hangup/></Response>',
    )
  })

  it('may be empty, which ends the call', () => {
    expect(response()).toContain('<Response/>')
  })

  it('takes 100,000 bytes and no more, counted in UTF-8', () => {
    const frame = Buffer.byteLength(response(speak({ text: '' }))) + '<Speak></Speak>'.length - '<Speak/>'.length
    expect(() => response(speak({ text: 'a'.repeat(100_000 - frame) }))).not.toThrow()
    expect(() => response(speak({ text: 'a'.repeat(100_001 - frame) }))).toThrow(RangeError)
    expect(() => response(speak({ text: 'ü'.repeat(50_000) }))).toThrow('at most 100000 bytes')
  })
})

describe('stream', () => {
  it('writes every option under its name in Plivo', () => {
    const element = stream({
      ...agent,
      bidirectional: false,
      audioTrack: 'both',
      extraHeaders: 'tenant=acme',
      statusCallbackUrl: 'https://voice.example.com/status?a=1&b=2',
      statusCallbackMethod: 'GET',
      streamTimeoutSeconds: 3600,
    })
    expect(read(element)).toEqual({
      name: 'Stream',
      text: agent.url,
      attributes: {
        bidirectional: 'false',
        keepCallAlive: 'true',
        contentType: 'audio/x-mulaw;rate=8000',
        audioTrack: 'both',
        extraHeaders: 'tenant=acme',
        statusCallbackUrl: 'https://voice.example.com/status?a=1&b=2',
        statusCallbackMethod: 'GET',
        streamTimeout: '3600',
      },
    })
  })

  const base = 'wss://voice.example.com/'
  it('takes a URL of 2048 characters', () => {
    expect(read(stream({ ...agent, url: base.padEnd(2048, 'a') })).text).toHaveLength(2048)
  })

  it.each<[string, Partial<StreamOptions>]>([
    ['at most 2048 characters, got 2049', { url: base.padEnd(2049, 'a') }],
    ['a ws or wss URL', { url: 'https://voice.example.com/' }],
    ['a ws or wss URL', { url: 'voice.example.com' }],
    ['a ws or wss URL', { url: ` ${base}` }],
    ['a ws or wss URL', { url: `${base}\n` }],
    ['a ws or wss URL', { url: '' }],
    ['a ws or wss URL', { url: `${base}\0` }],
    ['must be inbound', { audioTrack: 'both' }],
    ['must be inbound', { audioTrack: 'outbound' }],
    ['contentType must be one of', { contentType: 'audio/x-l16;rate=24000' }],
    ['at most 512 bytes', { extraHeaders: `a=${'ü'.repeat(256)}` }],
    ['statusCallbackUrl must be a http', { statusCallbackUrl: '' }],
    ['streamTimeoutSeconds must be a whole number from 1', { streamTimeoutSeconds: 0 }],
    ['streamTimeoutSeconds must be a whole number from 1', { streamTimeoutSeconds: Number.NaN }],
  ])('refuses what Plivo would: %s', (rule, change) => {
    expect(() => stream({ ...agent, ...change })).toThrow(RangeError)
    expect(() => stream({ ...agent, ...change })).toThrow(rule)
  })
})

describe('the small elements', () => {
  const url = 'https://voice.example.com/next?a=1&b=2#rc=5&rp=all'

  it.each([
    [redirect({ url }), '<Redirect>https://voice.example.com/next?a=1&amp;b=2#rc=5&amp;rp=all</Redirect>'],
    [redirect({ url: 'http://a/', method: 'GET' }), '<Redirect method="GET">http://a/</Redirect>'],
    [hangup(), '<Hangup/>'],
    [hangup({ reason: 'busy', scheduleSeconds: 60 }), '<Hangup reason="busy" schedule="60"/>'],
    [speak({ text: 'Please hold.' }), '<Speak>Please hold.</Speak>'],
    [
      speak({ text: 'Bonjour', voice: 'Polly.Celine', language: 'fr-FR', loop: 0 }),
      '<Speak voice="Polly.Celine" language="fr-FR" loop="0">Bonjour</Speak>',
    ],
    [play({ url: 'https://a/hold.mp3', loop: 2 }), '<Play loop="2">https://a/hold.mp3</Play>'],
    [dtmf({ digits: '12w*#W' }), '<DTMF>12w*#W</DTMF>'],
    [dtmf({ digits: '1', async: false }), '<DTMF async="false">1</DTMF>'],
    [wait({ lengthSeconds: 5 }), '<Wait length="5"/>'],
    [
      wait({ lengthSeconds: 9, silence: true, minSilenceMs: 500, beep: true }),
      '<Wait length="9" silence="true" minSilence="500" beep="true"/>',
    ],
  ])('are written as Plivo documents them (%#)', (element, text) => {
    expect(markup(element)).toBe(text)
  })

  it.each([
    () => redirect({ url: 'wss://voice.example.com/' }),
    () => redirect({ url: '/next' }),
    () => play({ url: 'https://a/b c' }),
    () => play({ url: 'https://a/', loop: -1 }),
    () => speak({ text: 'a', loop: 1.5 }),
    () => hangup({ scheduleSeconds: 0 }),
    () => dtmf({ digits: '' }),
    () => dtmf({ digits: '1A' }),
    () => wait({ lengthSeconds: 0 }),
    () => record({ callbackUrl: 'ftp://a/' }),
    () => record({ maxLengthSeconds: Number.POSITIVE_INFINITY }),
  ])('refuse what Plivo would: %s', (make) => {
    expect(make).toThrow(RangeError)
  })

  it('include a recording with all of its attributes', () => {
    const url = 'https://a/'
    const options = {
      action: url,
      method: 'GET',
      redirect: false,
      fileFormat: 'wav',
      finishOnKey: 'none',
      playBeep: false,
      recordSession: false,
      startOnDialAnswer: true,
      recordChannelType: 'mono',
      transcriptionType: 'auto',
      transcriptionUrl: url,
      transcriptionMethod: 'GET',
      callbackUrl: url,
      callbackMethod: 'GET',
    } as const
    expect(read(record({ ...options, timeoutSeconds: 3, maxLengthSeconds: 90 }))).toEqual({
      name: 'Record',
      text: '',
      attributes: {
        ...Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)])),
        timeout: '3',
        maxLength: '90',
      },
    })
  })

  it('bring any text across', () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('<', '>', '&', '"', '\t', '\n', '\r', ' '), fc.string({ unit: 'grapheme' })),
    })
    fc.assert(
      fc.property(text, text, (said, key) => {
        expect(read(speak({ text: said, language: key }))).toMatchObject({ text: said, attributes: { language: key } })
        expect(read(record({ finishOnKey: key }))).toMatchObject({ attributes: { finishOnKey: key } })
        expect(read(wait({ lengthSeconds: 1, beep: key }))).toMatchObject({ attributes: { beep: key } })
      }),
    )
  })
})
