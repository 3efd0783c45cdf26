import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AudioFormat } from '../audio/format.ts'
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

/**
 * How much audio goes over at a time: small enough to stop quickly, large enough to cost little. A long file is resampled
 * no faster, so that its first words need not wait for its last.
 */
const pieceMs = 200

/** Reads a source as pieces of about 200 ms in the stream's format. Throws a `TypeError` that says what is wrong. */
export async function* readPlaySource(
  source: PlaySource,
  options: PlayOptions,
  format: AudioFormat,
  folder = '',
): AsyncGenerator<Uint8Array, void, undefined> {
  const { samples, sampleRateHz } = await openSource(source, options, folder)
  const resampler = new Resampler(sampleRateHz, format.sampleRateHz)
  const pieceSamples = Math.ceil((sampleRateHz * pieceMs) / 1000)
  for await (const piece of samples) {
    for (let at = 0; at < piece.length; at += pieceSamples) {
      const audio = resampler.push(piece.subarray(at, at + pieceSamples))
      if (audio.length > 0) yield fromPcm16(audio, format)
    }
  }
  const rest = resampler.flush()
  if (rest.length > 0) yield fromPcm16(rest, format)
}

interface OpenSource {
  readonly samples: Iterable<Int16Array> | AsyncIterable<Int16Array>
  readonly sampleRateHz: number
}

async function openSource(source: PlaySource, { sampleRateHz }: PlayOptions, folder: string): Promise<OpenSource> {
  if (typeof source === 'string' || source instanceof URL)
    return openWav(await readSource(source, folder), `${String(source)}: `)
  if (source instanceof Uint8Array && startsWithRiff(source)) return openWav(source, '')
  if (sampleRateHz === undefined) throw new TypeError('PCM needs its rate: call.play(pcm, { sampleRateHz: 24000 })')
  return { samples: readPcm(source), sampleRateHz }
}

function openWav(bytes: Uint8Array, name: string): OpenSource {
  const wav = parseWav(bytes)
  if (!wav.ok) throw new TypeError(`${name}${`${wav.field} ${wav.problem}`.trimStart()}`)
  return { samples: [wav.value.samples], sampleRateHz: wav.value.sampleRateHz }
}

async function readSource(source: string | URL, folder: string): Promise<Uint8Array> {
  const path = resolve(folder, toPath(source))
  try {
    return await readFile(path)
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new TypeError(`${String(source)}: ${missing ? `there is no file ${path}` : String(cause)}`, {
      cause,
    })
  }
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
    if (!(piece instanceof Uint8Array))
      throw new TypeError('PCM must be an Int16Array or a Uint8Array, or come as those')
    const bytes: Uint8Array = half === undefined ? piece : Buffer.concat([Uint8Array.of(half), piece])
    half = bytes.length % 2 === 1 ? bytes.at(-1) : undefined
    yield decodeL16(bytes)
  }
}
