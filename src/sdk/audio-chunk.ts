import type { AudioFormat } from '../audio/format.ts'
import { toPcm16 } from '../audio/transcode.ts'

/** A piece of the caller's audio, usually 20 ms. */
export class AudioChunk {
  /** Raw samples as on the wire, in `format`. Do not change them in place. */
  readonly bytes: Uint8Array
  readonly format: AudioFormat

  constructor(bytes: Uint8Array, format: AudioFormat) {
    this.bytes = bytes
    this.format = format
  }

  /** The same audio as 16-bit samples, mono, at `format.sampleRateHz`. */
  pcm16(): Int16Array {
    return toPcm16(this.bytes, this.format)
  }
}
