import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseStreamContentType, streamContentType } from './content-type.ts'

const formats = [
  ['audio/x-mulaw', 8000, 'audio/x-mulaw;rate=8000'],
  ['audio/x-l16', 8000, 'audio/x-l16;rate=8000'],
  ['audio/x-l16', 16000, 'audio/x-l16;rate=16000'],
] as const

it.each(formats)('writes and reads %s at %d', (encoding, sampleRate, text) => {
  expect(streamContentType(encoding, sampleRate)).toBe(text)
  expect(parseStreamContentType(text)).toEqual({ ok: true, value: { encoding, sampleRate } })
})

it('reads spaces and capitals', () => {
  expect(parseStreamContentType(' Audio/X-L16 ; rate=16000 ')).toMatchObject({ ok: true })
})

it.each([
  '',
  'audio/x-mulaw',
  'audio/x-mulaw;rate=16000',
  'audio/x-l16;rate=24000',
  'audio/x-l16;rate=8000;channels=2',
  'audio/x-l16;rate=8e3',
  'audio/wav;rate=8000',
])('refuses %j, saying what there is', (text) => {
  expect(parseStreamContentType(text)).toMatchObject({
    ok: false,
    field: 'contentType',
    problem: expect.stringContaining('audio/x-l16;rate=16000'),
  })
})

it('never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof parseStreamContentType(text).ok === 'boolean'))
})
