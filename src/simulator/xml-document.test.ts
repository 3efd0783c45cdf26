import { describe, expect, test } from 'vitest'
import { parseDocument } from './xml-document.ts'

const parse = (text: string) => parseDocument(Buffer.from(text))

describe('a document', () => {
  test('gives the elements within Response, with text trimmed and entities resolved', () => {
    const text = `\uFEFF<?xml version="1.0" encoding="UTF-8"?>
      <!-- a comment --><Response>
        <Stream bidirectional="true" extraHeaders="a=&quot;b&quot;">
          wss://example.com/?a=1&amp;b=2
        </Stream>
        <Speak>Hello <break time="1s"/>&#228;<![CDATA[ & you]]></Speak>
      </Response>`
    expect(parse(text)).toEqual({
      ok: true,
      value: [
        {
          name: 'Stream',
          attributes: { bidirectional: 'true', extraHeaders: 'a="b"' },
          text: 'wss://example.com/?a=1&b=2',
          children: [],
        },
        {
          name: 'Speak',
          attributes: {},
          text: 'Hello ä & you',
          children: [{ name: 'break', attributes: { time: '1s' }, text: '', children: [] }],
        },
      ],
    })
    expect(parse('<Response/>')).toEqual({ ok: true, value: [] })
  })

  test.each([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['[1]', 'is JSON'],
    ['<!DOCTYPE html><html/>', 'is HTML'],
    ['hello', 'text data outside of root node'],
    ['<response/>', 'has the root <response>'],
    ['<Response>a & b</Response>', 'has a bare &: write &amp;'],
    ['<Response><Redirect>http://h/?a=1&b=2;</Redirect></Response>', 'has a bare &'],
    ['<Response>&nbsp;</Response>', 'has a bare &'],
    ['<Response/><Response/>', 'only one root'],
    ['<Response a="1" a="2"/>', 'duplicate attribute'],
    ['<Response a=1/>', 'attribute'],
    ['<Response><Hangup></Response>', 'unexpected close tag'],
    ['\n<?xml version="1.0"?><Response/>', 'must be at the start'],
    [`<Response>${' '.repeat(100_000)}</Response>`, 'is longer than 100000 bytes'],
  ])('%j is none: %s', (text, problem) => {
    expect(parse(text)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) })
  })

  test('that is not UTF-8 is none, and a fault is given with its place', () => {
    expect(parseDocument(Uint8Array.of(0x3c, 0xff))).toMatchObject({ ok: false, problem: 'is not UTF-8' })
    expect(parse('<Response>\n<a></b></Response>')).toMatchObject({ ok: false, field: '2:7' })
    expect(parse('<Response>\n a&b</Response>')).toMatchObject({ ok: false, field: '2:3' })
  })
})
