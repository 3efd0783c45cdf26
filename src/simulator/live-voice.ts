import { bytesOf, frameMs } from '../audio/format.ts'
import { Framer } from '../audio/framer.ts'
import { toPcm16 } from '../audio/transcode.ts'
import type { Line, LineStream } from './line.ts'

/** The caller's voice as raw bytes in the format of the open stream, in pieces of any length. */
export class LiveVoice {
  readonly #line: Line
  #stream: LineStream | undefined
  #framer = new Framer(1)

  constructor(line: Line) {
    this.#line = line
  }

  /** Says what is there in whole frames of 20 ms, and keeps the rest for the next piece. False: no stream is open. */
  send(bytes: Uint8Array): boolean {
    const { stream } = this.#line
    if (!stream?.open) return false
    if (stream !== this.#stream) {
      this.#stream = stream
      this.#framer = new Framer(bytesOf(stream.format, frameMs))
    }
    for (const frame of this.#framer.push(bytes)) {
      const samples = toPcm16(frame, stream.format)
      void this.#line.speak({ samples, sampleRateHz: stream.format.sampleRateHz })
    }
    return true
  }
}
