import { encodeL16 } from './l16.ts'
import { describeFormat, sampleReader, type SampleReader } from './wav-samples.ts'

interface Wav {
  readonly sampleRateHz: number
  /** Channels of the file. */
  readonly channels: number
  /** Signed 16-bit mono: the average of the channels. */
  readonly samples: Int16Array
}

export type ParsedWav = { readonly ok: true; readonly value: Wav } | WavFailure

interface WavFailure {
  readonly ok: false
  /** The part of the file that is wrong, such as `fmt chunk`; empty for the whole. */
  readonly field: string
  /** What is wrong with it, read after the field: `is missing`. */
  readonly problem: string
}

const headerBytes = 44
const pcmTag = 1
/** WAVE_FORMAT_EXTENSIBLE: the tag proper opens the sub-format GUID. */
const extensibleTag = 0xfffe
const subFormatOffset = 24

/**
 * Reads a WAV file of 8, 16, 24 or 32-bit integers, 32 or 64-bit floats, mu-law or A-law. A file that was cut short, or
 * streamed by a writer that could not know its length, is taken as far as it goes.
 */
export const parseWav = (bytes: Uint8Array): ParsedWav => {
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (file.byteLength < 12 || fourLetters(file, 0) !== 'RIFF' || fourLetters(file, 8) !== 'WAVE') {
    return failure('', 'not a WAV file: does not begin with RIFF and WAVE')
  }
  const chunks = readChunks(file)
  const format = chunks.get('fmt ')
  const data = chunks.get('data')
  if (format === undefined) return failure('fmt chunk', 'is missing')
  if (format.byteLength < 16) return failure('fmt chunk', `must be 16 bytes or more, got ${format.byteLength}`)
  if (data === undefined) return failure('data chunk', 'is missing')

  const formatTag = readFormatTag(format)
  const channels = format.getUint16(2, true)
  const sampleRateHz = format.getUint32(4, true)
  const bits = format.getUint16(14, true)
  const reader = sampleReader(formatTag, bits)
  if (reader === undefined) {
    return failure('format', `${describeFormat(formatTag, bits)} is not supported: convert it to 16-bit PCM`)
  }
  if (channels === 0) return failure('channels', 'must be 1 or more, got 0')
  if (sampleRateHz < 4000 || sampleRateHz > 192_000) {
    return failure('sample rate', `must be between 4000 and 192000 Hz, got ${sampleRateHz}`)
  }
  return { ok: true, value: { sampleRateHz, channels, samples: readMono(data, reader, channels) } }
}

/** A WAV file of 16-bit PCM, of one channel or of several interleaved; the shorter are filled up with silence. */
export const encodeWav = (audio: Int16Array | readonly Int16Array[], sampleRateHz: number): Uint8Array => {
  const channels = audio instanceof Int16Array ? [audio] : audio
  const data = encodeL16(interleave(channels))
  const file = new Uint8Array(headerBytes + data.length)
  const view = new DataView(file.buffer)
  const frameBytes = 2 * channels.length
  writeLetters(file, 0, 'RIFF')
  view.setUint32(4, file.length - 8, true)
  writeLetters(file, 8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, pcmTag, true)
  view.setUint16(22, channels.length, true)
  view.setUint32(24, sampleRateHz, true)
  view.setUint32(28, sampleRateHz * frameBytes, true)
  view.setUint16(32, frameBytes, true)
  view.setUint16(34, 16, true)
  writeLetters(file, 36, 'data')
  view.setUint32(40, data.length, true)
  file.set(data, headerBytes)
  return file
}

const failure = (field: string, problem: string): WavFailure => ({ ok: false, field, problem })

/** The bodies of the chunks by name, the first of each. */
const readChunks = (file: DataView): Map<string, DataView> => {
  const chunks = new Map<string, DataView>()
  let offset = 12
  while (offset + 8 <= file.byteLength) {
    const name = fourLetters(file, offset)
    const size = file.getUint32(offset + 4, true)
    const start = offset + 8
    const left = file.byteLength - start
    // A streaming writer leaves the size of the data at 0 or at the most it can be: then the data is the rest.
    const length = name === 'data' && size === 0 ? left : Math.min(size, left)
    if (!chunks.has(name)) chunks.set(name, new DataView(file.buffer, file.byteOffset + start, length))
    offset = start + length + (length % 2)
  }
  return chunks
}

const readFormatTag = (format: DataView): number => {
  const tag = format.getUint16(0, true)
  return tag === extensibleTag && format.byteLength >= subFormatOffset + 2
    ? format.getUint16(subFormatOffset, true)
    : tag
}

const readMono = (data: DataView, { bytes, read }: SampleReader, channels: number): Int16Array => {
  const samples = new Int16Array(Math.floor(data.byteLength / bytes / channels))
  let offset = 0
  for (let i = 0; i < samples.length; i++) {
    let sum = 0
    for (let channel = 0; channel < channels; channel++, offset += bytes) sum += read(data, offset)
    samples[i] = Math.round(sum / channels)
  }
  return samples
}

const interleave = (channels: readonly Int16Array[]): Int16Array => {
  const samples = new Int16Array(channels.length * Math.max(0, ...channels.map(({ length }) => length)))
  channels.forEach((channel, first) => {
    for (let i = 0; i < channel.length; i++) samples[first + i * channels.length] = channel[i] ?? 0
  })
  return samples
}

const fourLetters = (view: DataView, offset: number): string =>
  String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(offset + i)))

const writeLetters = (bytes: Uint8Array, offset: number, letters: string): void =>
  bytes.set(
    Uint8Array.from(letters, (letter) => letter.charCodeAt(0)),
    offset,
  )
