import { expect, it } from 'vitest'
import { decodeAlawByte } from './alaw.ts'

it('decodes A-law to the ends of the segments in G.711 table 1a', () => {
  // On the 13-bit scale of the table, eight times smaller than 16 bits.
  const positive = [0xd5, 0xda, 0xc5, 0xca, 0xf5, 0xfa, 0xe5, 0xea, 0x95, 0x9a, 0x85, 0x8a, 0xb5, 0xba, 0xa5, 0xaa]
  const values = [1, 31, 33, 63, 66, 126, 132, 252, 264, 504, 528, 1008, 1056, 2016, 2112, 4032]
  expect(positive.map(decodeAlawByte)).toEqual(values.map((value) => 8 * value))
  expect(positive.map((byte) => decodeAlawByte(byte - 0x80))).toEqual(values.map((value) => -8 * value))
})
