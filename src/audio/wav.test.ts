import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeWav, parseWav } from './wav.ts'

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0))
const le = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) & 0xff)
const chunk = (name: string, body: number[], size = body.length): number[] => [
  ...ascii(name),
  ...le(size, 4),
  ...body,
  ...(body.length % 2 === 1 ? [0] : []),
]
const riff = (...chunks: number[][]): Uint8Array =>
  Uint8Array.from([...ascii('RIFF'), ...le(4 + chunks.flat().length, 4), ...ascii('WAVE'), ...chunks.flat()])

const fmt = ({ tag = 1, channels = 1, rateHz = 8000, bits = 16, extension = new Array<number>() } = {}): number[] => {
  const frameBytes = (channels * bits) / 8
  const fields = [
    le(tag, 2),
    le(channels, 2),
    le(rateHz, 4),
    le(rateHz * frameBytes, 4),
    le(frameBytes, 2),
    le(bits, 2),
  ]
  return chunk('fmt ', [...fields.flat(), ...extension])
}

const samplesOf = (bytes: Uint8Array): number[] => {
  const wav = parseWav(bytes)
  if (!wav.ok) throw new Error(`${wav.field} ${wav.problem}`)
  return [...wav.value.samples]
}

const floatBytes = (values: number[]): number[] => [...new Uint8Array(Float32Array.from(values).buffer)]

describe('parseWav', () => {
  it.each([
    { tag: 1, bits: 8, data: [0x00, 0x80, 0xff], samples: [-32_768, 0, 32_512] },
    { tag: 1, bits: 16, data: [0x34, 0x12, 0xff, 0xff], samples: [0x1234, -1] },
    { tag: 1, bits: 24, data: [0x99, 0x34, 0x12, 0x00, 0x00, 0x80], samples: [0x1234, -32_768] },
    { tag: 1, bits: 32, data: [0x99, 0x99, 0x34, 0x12], samples: [0x1234] },
    { tag: 3, bits: 32, data: floatBytes([0.5, -1, 7, Number.NaN]), samples: [16_384, -32_768, 32_767, 0] },
    { tag: 6, bits: 8, data: [0xd5, 0x2a], samples: [8, -32_256] },
    { tag: 7, bits: 8, data: [0xff, 0x80, 0x00], samples: [0, 32_124, -32_124] },
  ])('reads format $tag of $bits bits', ({ tag, bits, data, samples }) => {
    expect(samplesOf(riff(fmt({ tag, bits }), chunk('data', data)))).toEqual(samples)
  })

  it('reads WAVE_FORMAT_EXTENSIBLE', () => {
    const extension = [...le(22, 2), ...le(16, 2), ...le(4, 4), ...le(1, 2), ...new Array<number>(14).fill(0)]
    expect(samplesOf(riff(fmt({ tag: 0xfffe, extension }), chunk('data', [1, 0])))).toEqual([1])
  })

  it('averages channels and tells how many there were', () => {
    const data = [...le(100, 2), ...le(300, 2), ...le(-100, 2), ...le(-200, 2)]
    expect(parseWav(riff(fmt({ channels: 2, rateHz: 44_100 }), chunk('data', data)))).toEqual({
      ok: true,
      value: { sampleRateHz: 44_100, channels: 2, samples: Int16Array.of(200, -150) },
    })
  })

  it('skips chunks it does not know, and the padding after an odd one', () => {
    expect(samplesOf(riff(chunk('LIST', [1, 2, 3]), fmt(), chunk('fact', []), chunk('data', [5, 0])))).toEqual([5])
  })

  it.each([0, 0xffff_ffff, 0x7fff_f000, 1000])('takes what is there when the data says it is %d bytes', (size) => {
    expect(samplesOf(riff(fmt(), chunk('data', [5, 0, 6, 0], size)))).toEqual([5, 6])
  })

  it('leaves out chunks after the data, and part of a sample at its end', () => {
    expect(samplesOf(riff(fmt(), chunk('data', [5, 0, 6]), chunk('LIST', [7, 0])))).toEqual([5])
  })

  it('reads from the middle of a larger buffer', () => {
    const file = riff(fmt(), chunk('data', [5, 0]))
    const padded = Uint8Array.from([9, ...file, 9])
    expect(samplesOf(padded.subarray(1, -1))).toEqual([5])
  })

  it.each([
    ['', 'not a WAV file: does not begin with RIFF and WAVE', Uint8Array.from(ascii('ID3'))],
    ['fmt chunk', 'is missing', riff(chunk('data', []))],
    ['fmt chunk', 'must be 16 bytes or more, got 2', riff(chunk('fmt ', [1, 0]))],
    ['data chunk', 'is missing', riff(fmt())],
    ['format', '85 (MP3) is not supported: convert it to 16-bit PCM', riff(fmt({ tag: 85 }), chunk('data', []))],
    ['format', '999 is not supported: convert it to 16-bit PCM', riff(fmt({ tag: 999 }), chunk('data', []))],
    [
      'format',
      '1 (PCM) of 12 bits is not supported: convert it to 16-bit PCM',
      riff(fmt({ bits: 12 }), chunk('data', [])),
    ],
    ['channels', 'must be 1 or more, got 0', riff(fmt({ channels: 0 }), chunk('data', []))],
    ['sample rate', 'must be between 4000 and 192000 Hz, got 1', riff(fmt({ rateHz: 1 }), chunk('data', []))],
  ])('says what is wrong: %s %s', (field, problem, bytes) => {
    expect(parseWav(bytes)).toEqual({ ok: false, field, problem })
  })

  it('never throws, whatever the bytes', () => {
    const header = [...riff(fmt(), chunk('data', [1, 2, 3, 4]))]
    const damage = fc.array(fc.tuple(fc.nat({ max: header.length - 1 }), fc.nat({ max: 255 })))
    fc.assert(
      fc.property(damage, fc.uint8Array(), fc.nat(100), (changes, tail, cut) => {
        const bytes = Uint8Array.from([...header, ...tail])
        for (const [offset, value] of changes) bytes[offset] = value
        expect(parseWav(bytes.subarray(0, bytes.length - cut))).toHaveProperty('ok')
        expect(parseWav(tail)).toHaveProperty('ok')
      }),
    )
  })
})

describe('encodeWav', () => {
  it('writes what parseWav reads', () => {
    fc.assert(
      fc.property(fc.int16Array(), fc.constantFrom(8000, 16_000, 44_100), (samples, sampleRateHz) => {
        const value = { sampleRateHz, channels: 1, samples }
        expect(parseWav(encodeWav(samples, sampleRateHz))).toEqual({ ok: true, value })
      }),
    )
  })

  it('writes the same bytes as the format describes', () => {
    expect(encodeWav(Int16Array.of(1, -1), 8000)).toEqual(riff(fmt(), chunk('data', [1, 0, 0xff, 0xff])))
  })

  it('interleaves channels and fills the shorter with silence', () => {
    const file = encodeWav([Int16Array.of(1, 2), Int16Array.of(3)], 8000)
    expect(file).toEqual(riff(fmt({ channels: 2 }), chunk('data', [1, 0, 3, 0, 2, 0, 0, 0])))
  })
})
