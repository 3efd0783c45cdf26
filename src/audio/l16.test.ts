import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeL16, encodeL16 } from './l16.ts'

describe('L16', () => {
  it('is little-endian', () => {
    expect(encodeL16(Int16Array.of(1, -2))).toEqual(Uint8Array.of(0x01, 0x00, 0xfe, 0xff))
  })

  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(fc.int16Array(), (samples) => {
        expect(decodeL16(encodeL16(samples))).toEqual(samples)
      }),
    )
  })

  it('decodes from an odd offset of a larger buffer', () => {
    const buffer = Uint8Array.of(9, 0x34, 0x12, 9)
    expect(decodeL16(buffer.subarray(1, 3))).toEqual(Int16Array.of(0x1234))
  })

  it('leaves out an odd last byte', () => {
    expect(decodeL16(Uint8Array.of(0x34, 0x12, 0x56))).toEqual(Int16Array.of(0x1234))
  })
})
