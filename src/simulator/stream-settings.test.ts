import { describe, expect, test } from 'vitest'
import { parseStream } from './stream-settings.ts'

const url = 'wss://example.com/stream?a=1'

function parse(attributes: Record<string, string>, text = url) {
  const warnings: string[] = []
  const settings = parseStream({ name: 'Stream', attributes, text, children: [] }, (warning) => warnings.push(warning))
  return { settings, warnings }
}

describe('a Stream element', () => {
  test('has the defaults of the reference, and a warning where pages disagree about one', () => {
    const { settings, warnings } = parse({})
    expect(settings).toEqual({
      ok: true,
      value: {
        url,
        format: { encoding: 'audio/x-l16', sampleRateHz: 8000 },
        bidirectional: false,
        keepCallAlive: false,
        tracks: ['inbound'],
        timeoutMs: 86_400_000,
        extraHeaders: undefined,
        statusCallbackUrl: undefined,
        statusCallbackMethod: 'POST',
      },
    })
    expect(warnings).toEqual([expect.stringContaining('C-2')])
  })

  test.each([
    ['no text', ''],
    ['another scheme', 'https://example.com'],
    ['a fragment', 'wss://example.com/#a'],
    ['more than 2048 characters', `wss://example.com/${'a'.repeat(2048)}`],
  ])('is invalid for its URL with %s', (_what, text) => {
    expect(parse({}, text).settings).toMatchObject({ ok: false, field: 'URL' })
  })

  test.each<[string, Record<string, string>]>([
    ['audioTrack', { audioTrack: 'left' }],
    ['audioTrack', { audioTrack: 'both', bidirectional: 'true' }],
    ['contentType', { contentType: 'audio/x-l16;rate=24000' }],
    ['contentType', { contentType: 'audio/x-mulaw' }],
    ['extraHeaders', { extraHeaders: 'ä'.repeat(257) }],
  ])('is invalid for its %s with %j', (field, attributes) => {
    expect(parse(attributes).settings).toMatchObject({ ok: false, field })
  })

  test.each<[Record<string, string>, object]>([
    [{ keepCallAlive: 'True' }, { keepCallAlive: false }],
    [{ streamTimeout: '-1' }, { timeoutMs: 86_400_000 }],
    [{ statusCallbackUrl: '/status' }, { statusCallbackUrl: undefined }],
    [{ statusCallbackMethod: 'post' }, { statusCallbackMethod: 'POST' }],
    [{ extraHeaders: 'a_b=c' }, { extraHeaders: 'a_b=c' }],
  ])('with %j is valid, with a warning', (attributes, value) => {
    const { settings, warnings } = parse({ contentType: 'audio/x-mulaw;rate=8000', ...attributes })
    expect(settings).toMatchObject({ ok: true, value })
    expect(warnings).toHaveLength(1)
  })
})
