import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMulaw, decodeMulawByte, encodeMulaw, mulawEnergy } from './mulaw.ts'

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte)

/** The ends of the eight segments in G.711 table 2a, on its 14-bit scale. */
const segmentEnds = new Map([
  [0x80, 8031],
  [0x8f, 4191],
  [0x90, 3999],
  [0x9f, 2079],
  [0xa0, 1983],
  [0xaf, 1023],
  [0xb0, 975],
  [0xbf, 495],
  [0xc0, 471],
  [0xcf, 231],
  [0xd0, 219],
  [0xdf, 99],
  [0xe0, 93],
  [0xef, 33],
  [0xf0, 30],
  [0xff, 0],
])

describe('mu-law', () => {
  it('decodes to the values of G.711, negative when the first bit is 0', () => {
    for (const [byte, value] of segmentEnds) {
      expect(decodeMulawByte(byte)).toBe(4 * value)
      expect(decodeMulawByte(byte - 0x80)).toBe(value === 0 ? 0 : -4 * value)
    }
  })

  it('encodes every decoded byte to itself, but for negative zero', () => {
    const expected = everyByte.map((byte) => (byte === 0x7f ? 0xff : byte))
    expect(encodeMulaw(decodeMulaw(everyByte))).toEqual(expected)
  })

  it('clips what is louder than its range', () => {
    expect(encodeMulaw(Int16Array.of(32_767, -32_768))).toEqual(Uint8Array.of(0x80, 0x00))
  })

  it('keeps order, sign and size of samples', () => {
    const sample = fc.integer({ min: -32_768, max: 32_767 })
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const [decodedA = 0, decodedB = 0] = decodeMulaw(encodeMulaw(Int16Array.of(a, b)))
        if (a <= b) expect(decodedA).toBeLessThanOrEqual(decodedB)
        expect(Math.abs(decodedA - a)).toBeLessThanOrEqual(8 + Math.abs(a) / 31)
      }),
    )
  })

  it('has the energy of each byte in a table', () => {
    expect(Array.from(mulawEnergy)).toEqual(Array.from(decodeMulaw(everyByte), (sample) => sample ** 2))
  })
})
