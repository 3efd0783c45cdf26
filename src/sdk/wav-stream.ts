import { parseWav } from '../audio/wav.ts'

/** Samples and how fast they are to be played. */
export interface Pcm {
  readonly samples: Int16Array
  readonly sampleRateHz: number
}

/** What goes before the audio of a WAV file may not be longer. */
const maxHeaderBytes = 1024 * 1024

/** A piece of a WAV file's beginning that tells it from PCM. */
export const startsWithRiff = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && String.fromCharCode(...bytes.subarray(0, 4)) === 'RIFF'

/** Throws a `TypeError` that says what is wrong with the file. */
export function readWav(bytes: Uint8Array, name = ''): Pcm {
  const wav = parseWav(bytes)
  if (!wav.ok) throw new TypeError(`${name}${`${wav.field} ${wav.problem}`.trimStart()}`)
  return wav.value
}

/** Reads a WAV file that comes in pieces, without waiting for its end. */
export class WavStream {
  /** What has come and was not read. */
  #bytes: Uint8Array = new Uint8Array(0)
  #header: Header | undefined

  /** The audio that `bytes` completes. Throws a `TypeError` that says what is wrong with the file. */
  push(bytes: Uint8Array): Pcm | undefined {
    // A copy: the author may use the buffer again.
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    this.#header ??= this.#readHeader()
    return this.#header && this.#readAudio(this.#header)
  }

  /** Throws a `TypeError` when the file ended before its audio. */
  end(): void {
    if (!this.#header) readWav(this.#bytes)
  }

  #readHeader(): Header | undefined {
    const header = findHeader(this.#bytes)
    if (header) this.#bytes = this.#bytes.subarray(header.bytes.length)
    else if (this.#bytes.length > maxHeaderBytes) throw new TypeError('a WAV file without audio in its first megabyte')
    return header
  }

  #readAudio(header: Header): Pcm | undefined {
    const length = Math.min(this.#bytes.length, header.leftBytes)
    const whole = length - (length % header.blockBytes)
    if (whole === 0) return undefined
    // A small file of its own: so everything that a file may be is a stream's as well.
    const file = Buffer.concat([header.bytes, this.#bytes.subarray(0, whole)])
    file.writeUInt32LE(whole, header.bytes.length - 4)
    this.#bytes = this.#bytes.subarray(whole)
    header.leftBytes -= whole
    return readWav(file)
  }
}

interface Header {
  /** All up to the audio. */
  readonly bytes: Uint8Array
  /** One sample of each channel. */
  readonly blockBytes: number
  /** Audio still to come; what follows is no audio. */
  leftBytes: number
}

/** Undefined until all of it is there. */
function findHeader(bytes: Uint8Array): Header | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let blockBytes = 1
  for (let at = 12; at + 8 <= file.length;) {
    const name = file.toString('latin1', at, at + 4)
    const size = file.readUInt32LE(at + 4)
    const start = at + 8
    if (name === 'data') {
      // A writer that could not know the length leaves it at 0.
      return { bytes: bytes.slice(0, start), blockBytes, leftBytes: size === 0 ? Number.POSITIVE_INFINITY : size }
    }
    if (name === 'fmt ' && start + 16 <= file.length) {
      blockBytes = Math.max(1, (file.readUInt16LE(start + 2) * file.readUInt16LE(start + 14)) >> 3)
    }
    at = start + size + (size % 2)
  }
  return undefined
}
