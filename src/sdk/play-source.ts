import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AudioFormat } from '../audio/format.ts'
import { decodeL16 } from '../audio/l16.ts'
import { Resampler } from '../audio/resample.ts'
import { fromPcm16 } from '../audio/transcode.ts'
import type { Interruptible } from './barge-in.ts'
import type { Piece } from './feed.ts'
import type { Mark } from './marks.ts'
import { type Pcm, readWav, startsWithRiff, WavStream } from './wav-stream.ts'

type Samples = Int16Array | Uint8Array

/** Words that begin where they stand between the audio: a mark. */
interface Words {
  readonly text: string
}

/**
 * What `call.play` takes: the path or `file:` URL of a WAV file, the bytes of one, or 16-bit mono PCM, at once or as
 * it comes. PCM as `Uint8Array` is little-endian; bytes that begin as a WAV file does are one. What comes piece by piece
 * may have `{ text }` between its audio, which is a mark at that place. An `http:` or `https:` URL of an mp3 or WAV file is
 * fetched and played by Plivo itself, which must be able to reach it.
 */
export type PlaySource = string | URL | Samples | Iterable<Samples | Words> | AsyncIterable<Samples | Words>

export interface PlayOptions {
  /** Sample rate of PCM, in hertz. WAV files say theirs themselves. */
  readonly sampleRateHz?: number
  /** What is said where, for `textHeard`. */
  readonly marks?: readonly Mark[]
  /** Whether the caller may cut it, and how. Default: no. */
  readonly interruptible?: Interruptible
}

/**
 * How much audio goes over at a time: small enough to stop quickly, large enough to cost little. A long file is resampled
 * no faster, so that its first words need not wait for its last.
 */
const pieceMs = 200

/** Reads a source as pieces of about 200 ms in the stream's format. Throws a `TypeError` that says what is wrong. */
export async function* readPlaySource(
  source: PlaySource,
  { sampleRateHz }: PlayOptions,
  format: AudioFormat,
  folder = '',
): AsyncGenerator<Piece, void, undefined> {
  let resampler: Resampler | undefined
  let readMs = 0
  for await (const piece of openSource(source, sampleRateHz, folder)) {
    if ('text' in piece) {
      yield { atMs: readMs, text: piece.text }
      continue
    }
    const { samples, sampleRateHz } = piece
    resampler ??= new Resampler(sampleRateHz, format.sampleRateHz)
    const pieceSamples = Math.ceil((sampleRateHz * pieceMs) / 1000)
    for (let at = 0; at < samples.length; at += pieceSamples) {
      const audio = resampler.push(samples.subarray(at, at + pieceSamples))
      if (audio.length > 0) yield fromPcm16(audio, format)
    }
    readMs += (samples.length / sampleRateHz) * 1000
  }
  const rest = resampler?.flush()
  if (rest && rest.length > 0) yield fromPcm16(rest, format)
}

/** Whether the carrier has to fetch it: nothing of that kind is read here. */
export const isRemote = (source: PlaySource): source is string | URL =>
  (typeof source === 'string' || source instanceof URL) && /^https?:/i.test(String(source))

async function* openSource(
  source: PlaySource,
  sampleRateHz: number | undefined,
  folder: string,
): AsyncGenerator<Pcm | Words, void, undefined> {
  if (typeof source === 'string' || source instanceof URL) {
    yield readWav(await readSource(source, folder), `${String(source)}: `)
  } else if (source instanceof Uint8Array && startsWithRiff(source)) {
    yield readWav(source)
  } else {
    yield* readPieces(source instanceof Uint8Array || source instanceof Int16Array ? [source] : source, sampleRateHz)
  }
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

async function* readPieces(
  source: Iterable<Samples | Words> | AsyncIterable<Samples | Words>,
  sampleRateHz: number | undefined,
): AsyncGenerator<Pcm | Words, void, undefined> {
  const bytes = new ByteReader(sampleRateHz)
  for await (const piece of source) {
    if (piece instanceof Int16Array) {
      yield { samples: piece, sampleRateHz: needRate(sampleRateHz) }
    } else if (piece instanceof Uint8Array) {
      const pcm = bytes.push(piece)
      if (pcm) yield pcm
    } else if (isWords(piece)) {
      yield piece
    } else {
      throw new TypeError('PCM must be an Int16Array or a Uint8Array, or come as those')
    }
  }
  const rest = bytes.end()
  if (rest) yield rest
  else needRate(bytes.isWav ? 0 : sampleRateHz)
}

const isWords = (piece: unknown): piece is Words =>
  typeof piece === 'object' && piece !== null && 'text' in piece && typeof piece.text === 'string'

function needRate(sampleRateHz: number | undefined): number {
  if (sampleRateHz === undefined) throw new TypeError('PCM needs its rate: call.play(pcm, { sampleRateHz: 24000 })')
  return sampleRateHz
}

/** Bytes that come in pieces: PCM, or a WAV file when they begin like one. Pieces may end in the middle of anything. */
class ByteReader {
  readonly #sampleRateHz: number | undefined
  /** Bytes that have not been read: those that may begin a WAV file, later the half of a sample. */
  #rest: Uint8Array = new Uint8Array(0)
  #wav: WavStream | undefined
  #isPcm = false

  constructor(sampleRateHz: number | undefined) {
    this.#sampleRateHz = sampleRateHz
  }

  get isWav(): boolean {
    return this.#wav !== undefined
  }

  push(piece: Uint8Array): Pcm | undefined {
    if (this.#wav) return this.#wav.push(piece)
    const bytes: Uint8Array = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    this.#rest = new Uint8Array(0)
    if (this.#isPcm) return this.#readPcm(bytes)
    if (bytes.length < 4) {
      this.#rest = bytes.slice()
      return undefined
    }
    this.#isPcm = !startsWithRiff(bytes)
    if (this.#isPcm) return this.#readPcm(bytes)
    this.#wav = new WavStream()
    return this.#wav.push(bytes)
  }

  /** What was too short to tell what it is. Throws a `TypeError` for a WAV file without audio. */
  end(): Pcm | undefined {
    this.#wav?.end()
    return this.#wav || this.#isPcm || this.#rest.length === 0 ? undefined : this.#readPcm(this.#rest)
  }

  #readPcm(bytes: Uint8Array): Pcm {
    this.#rest = bytes.length % 2 === 1 ? bytes.slice(-1) : new Uint8Array(0)
    return { samples: decodeL16(bytes), sampleRateHz: needRate(this.#sampleRateHz) }
  }
}
