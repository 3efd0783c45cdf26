import { type AudioFormat, bytesOf, durationMs } from '../audio/format.ts'
import type { Mark } from './marks.ts'

/** Audio in the stream's format, or what is said from here on; the time of a mark counts from the source's beginning. */
export type Piece = Uint8Array | Mark

/** Audio on its way to the node. It keeps what was not heard, so that it can be put aside and taken up again. */
export class Feed {
  readonly #pieces: AsyncGenerator<Piece, void, undefined>
  readonly #format: AudioFormat
  /** A read of the source that nobody has taken the result of. */
  #next: Promise<IteratorResult<Piece, void>> | undefined
  /** Goes over again, before anything else. */
  #again: Uint8Array[] = []
  /** Went over, and may not have been heard. */
  #kept: Uint8Array[] = []
  #keptFromBytes = 0
  /** Where in the source the utterance begins. */
  #startMs = 0

  constructor(pieces: AsyncGenerator<Piece, void, undefined>, format: AudioFormat) {
    this.#pieces = pieces
    this.#format = format
  }

  /** The next piece, which stays the next one until it is taken: whoever gives up waiting for it loses nothing. */
  peek(): Promise<IteratorResult<Piece, void>> {
    const [again] = this.#again
    if (again) return Promise.resolve({ done: false, value: again })
    if (!this.#next) {
      this.#next = this.#pieces.next()
      // Nobody may be waiting any more when the source fails.
      this.#next.catch(() => undefined)
    }
    return this.#next
  }

  take(): void {
    const again = this.#again.shift()
    if (!again) this.#next = undefined
  }

  /** `audio` went to the node. */
  sent(audio: Uint8Array): void {
    this.#kept.push(audio)
  }

  /** The first `ms` of the utterance were heard and need not be kept. */
  heard(ms: number): void {
    const heardBytes = bytesOf(this.#format, Math.max(0, ms))
    for (let first = this.#kept[0]; first && this.#keptFromBytes + first.length <= heardBytes; first = this.#kept[0]) {
      this.#kept.shift()
      this.#keptFromBytes += first.length
    }
  }

  /** Begins again behind the first `heardMs` of the utterance. */
  rewind(heardMs: number): void {
    const heardBytes = bytesOf(this.#format, heardMs)
    this.heard(heardMs)
    const [first, ...others] = this.#kept
    const rest = first ? [first.subarray(Math.max(0, heardBytes - this.#keptFromBytes)), ...others] : []
    this.#again = [...rest, ...this.#again]
    this.#startMs += durationMs(this.#format, heardBytes)
    this.#kept = []
    this.#keptFromBytes = 0
  }

  /** A mark of the source, with its time in the utterance. */
  place({ atMs, text }: Mark): Mark {
    return { atMs: Math.max(0, atMs - this.#startMs), text }
  }

  /** Closes the source, whatever it is doing. */
  close(): void {
    this.#again = []
    this.#kept = []
    this.#pieces.return().catch(() => undefined)
  }
}
