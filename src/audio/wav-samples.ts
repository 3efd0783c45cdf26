import { decodeAlawByte } from './alaw.ts'
import { decodeMulawByte } from './mulaw.ts'

/** How one sample of a WAV file is stored, and how to read it as a signed 16-bit number. */
export interface SampleReader {
  readonly bytes: number
  readonly read: (view: DataView, offset: number) => number
}

interface WavFormat {
  readonly name: string
  /** By bits per sample; absent where samples are not stored one by one. */
  readonly readers?: Readonly<Record<number, SampleReader>>
}

const to16Bits = (value: number): number => Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)))

/** By format tag. Of 24 and 32-bit integers, the upper 16 bits are taken. */
const formats: Readonly<Record<number, WavFormat>> = {
  1: {
    name: 'PCM',
    readers: {
      8: { bytes: 1, read: (view, offset) => (view.getUint8(offset) - 128) << 8 },
      16: { bytes: 2, read: (view, offset) => view.getInt16(offset, true) },
      24: { bytes: 3, read: (view, offset) => view.getInt16(offset + 1, true) },
      32: { bytes: 4, read: (view, offset) => view.getInt16(offset + 2, true) },
    },
  },
  2: { name: 'Microsoft ADPCM' },
  3: {
    name: 'float',
    readers: {
      32: { bytes: 4, read: (view, offset) => to16Bits(view.getFloat32(offset, true)) },
      64: { bytes: 8, read: (view, offset) => to16Bits(view.getFloat64(offset, true)) },
    },
  },
  6: { name: 'A-law', readers: { 8: { bytes: 1, read: (view, offset) => decodeAlawByte(view.getUint8(offset)) } } },
  7: { name: 'mu-law', readers: { 8: { bytes: 1, read: (view, offset) => decodeMulawByte(view.getUint8(offset)) } } },
  17: { name: 'IMA ADPCM' },
  49: { name: 'GSM 6.10' },
  80: { name: 'MPEG' },
  85: { name: 'MP3' },
}

export const sampleReader = (formatTag: number, bits: number): SampleReader | undefined =>
  formats[formatTag]?.readers?.[bits]

/** For an error: `85 (MP3)`, or `1 (PCM) of 12 bits` where another number of bits would do. */
export const describeFormat = (formatTag: number, bits: number): string => {
  const format = formats[formatTag]
  if (format === undefined) return String(formatTag)
  return `${formatTag} (${format.name})${format.readers === undefined ? '' : ` of ${bits} bits`}`
}
