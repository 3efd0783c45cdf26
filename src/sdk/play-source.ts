import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type AudioFormat, bytesOf } from '../audio/format.ts'
import { decodeL16 } from '../audio/l16.ts'
import { Resampler } from '../audio/resample.ts'
import { fromPcm16 } from '../audio/transcode.ts'
import { parseWav } from '../audio/wav.ts'

type Samples = Int16Array | Uint8Array

/**
 * What `call.play` takes: the path or `file:` URL of a WAV file, the bytes of one, or 16-bit mono PCM, at once or as
 * it comes. PCM as `Uint8Array` is little-endian.
 */
export type PlaySource = string | URL | Samples | Iterable<Samples> | AsyncIterable<Samples>

export interface PlayOptions {
  /** Sample rate of PCM, in hertz. WAV files say theirs themselves. */
  readonly sampleRateHz?: number
}

/** How much audio goes over at a time: small enough to stop quickly, large enough to cost little. */
const pieceMs = 200

/** Reads a source as pieces of at most 200 ms in the stream's format. Throws a `TypeError` that says what is wrong. */
export async function* readPlaySource(
  source: PlaySource,
  options: PlayOptions,
  format: AudioFormat,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieceBytes = bytesOf(format, pieceMs)
  const { samples, sampleRateHz } = await openSource(source, options)
  const resampler = new Resampler(sampleRateHz, format.sampleRateHz)
  for await (const piece of samples) yield* cut(fromPcm16(resampler.push(piece), format), pieceBytes)
  yield* cut(fromPcm16(resampler.flush(), format), pieceBytes)
}

interface OpenSource {
  readonly samples: Iterable<Int16Array> | AsyncIterable<Int16Array>
  readonly sampleRateHz: number
}

async function openSource(source: PlaySource, { sampleRateHz }: PlayOptions): Promise<OpenSource> {
  if (typeof source === 'string' || source instanceof URL)
    return openWav(await readFile(toPath(source)), `${String(source)}: `)
  if (source instanceof Uint8Array && startsWithRiff(source)) return openWav(source, '')
  if (sampleRateHz === undefined) throw new TypeError('PCM needs its rate: call.play(pcm, { sampleRateHz: 24000 })')
  return { samples: readPcm(source), sampleRateHz }
}

function openWav(bytes: Uint8Array, name: string): OpenSource {
  const wav = parseWav(bytes)
  if (!wav.ok) throw new TypeError(`${name}${wav.field} ${wav.problem}`)
  return { samples: [wav.value.samples], sampleRateHz: wav.value.sampleRateHz }
}

function* cut(audio: Uint8Array, pieceBytes: number): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < audio.length; at += pieceBytes) yield audio.subarray(at, at + pieceBytes)
}

function toPath(source: string | URL): string {
  const text = String(source)
  if (text.startsWith('file:')) return fileURLToPath(text)
  if (/^[a-z][a-z0-9+.-]+:/i.test(text)) throw new TypeError(`${text}: only files can be played; fetch it first`)
  return text
}

const startsWithRiff = (bytes: Uint8Array) =>
  bytes.length >= 4 && String.fromCharCode(...bytes.subarray(0, 4)) === 'RIFF'

async function* readPcm(source: Exclude<PlaySource, string | URL>): AsyncGenerator<Int16Array, void, undefined> {
  if (source instanceof Int16Array) {
    yield source
    return
  }
  // Chunks from a network may end in the middle of a sample.
  let half: number | undefined
  for await (const piece of source instanceof Uint8Array ? [source] : source) {
    if (piece instanceof Int16Array) {
      yield piece
      continue
    }
    const bytes: Uint8Array = half === undefined ? piece : Uint8Array.of(half, ...piece)
    half = bytes.length % 2 === 1 ? bytes.at(-1) : undefined
    yield decodeL16(bytes)
  }
}
