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

  test.each<[Record<string, string>, string, string]>([
    [{}, '', 'URL'],
    [{}, 'https://example.com', 'URL'],
    [{}, 'wss://example.com/#a', 'URL'],
    [{}, `wss://example.com/${'a'.repeat(2029)}`, 'URL'],
    [{ audioTrack: 'left' }, url, 'audioTrack'],
    [{ audioTrack: 'both', bidirectional: 'true' }, url, 'audioTrack'],
    [{ contentType: 'audio/x-l16;rate=24000' }, url, 'contentType'],
    [{ contentType: 'audio/x-mulaw' }, url, 'contentType'],
    [{ extraHeaders: 'ä'.repeat(257) }, url, 'extraHeaders'],
  ])('with %j and the text %j is invalid', (attributes, text, field) => {
    expect(parse(attributes, text).settings).toMatchObject({ ok: false, field })
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
