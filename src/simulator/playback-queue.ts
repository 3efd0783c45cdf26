import { bytesOf, durationMs, frameMs, silenceByte, type AudioFormat } from '../audio/format.ts'

export interface PlaybackTick {
  /** The frame that is heard from this tick to the next, padded with silence. Undefined: silence only. */
  readonly audio: Uint8Array | undefined
  /** Checkpoints all of whose audio has been played by this tick, in order. */
  readonly reached: readonly string[]
}

/** Bytes `fromByte` to `toByte` of all that was offered, played without a break. */
export interface PlayedSpan {
  readonly fromByte: number
  readonly toByte: number
  /** When its first byte was heard: bytes' worth of time since the first tick. */
  readonly atByte: number
}

type Entry =
  | { readonly kind: 'audio'; readonly bytes: Uint8Array; readonly fromByte: number }
  | { readonly kind: 'checkpoint'; readonly name: string }

const nothingReached: readonly string[] = []

/**
 * Plivo's queue of audio for the far end (Plivo reference 4.6). It knows no time: each `tick` plays the next 20 ms.
 *
 * A frame counts as heard at the tick that takes it out; a checkpoint within or behind it is reached at the tick after,
 * when the frame has been played to its end. A `clear` between the two drops the checkpoint.
 */
export class PlaybackQueue {
  readonly #format: AudioFormat
  readonly #frameBytes: number
  readonly #maxBytes: number
  #entries: Entry[] = []
  #queuedBytes = 0
  #offeredBytes = 0
  #ticks = 0
  /** Checkpoints within the frame that plays now. */
  #passed: string[] = []
  readonly #played: PlayedSpan[] = []

  constructor({ format, maxQueuedMs }: { format: AudioFormat; maxQueuedMs: number }) {
    this.#format = format
    this.#frameBytes = bytesOf(format, frameMs)
    this.#maxBytes = bytesOf(format, maxQueuedMs)
  }

  /** Appends raw audio, whole samples of any length. False: it would not fit, and all of it was dropped. */
  enqueue(bytes: Uint8Array): boolean {
    const fromByte = this.#offeredBytes
    this.#offeredBytes += bytes.length
    if (this.#queuedBytes + bytes.length > this.#maxBytes) return false
    if (bytes.length > 0) this.#entries.push({ kind: 'audio', bytes, fromByte })
    this.#queuedBytes += bytes.length
    return true
  }

  /** Appends a checkpoint behind all audio so far. */
  mark(name: string): void {
    this.#entries.push({ kind: 'checkpoint', name })
  }

  /** Drops all audio and all checkpoints that wait. */
  clear(): { readonly droppedMs: number; readonly droppedCheckpoints: readonly string[] } {
    const waiting = this.#entries.flatMap((entry) => (entry.kind === 'checkpoint' ? [entry.name] : []))
    const dropped = { droppedMs: this.queuedMs, droppedCheckpoints: [...this.#passed, ...waiting] }
    this.#entries = []
    this.#passed = []
    this.#queuedBytes = 0
    return dropped
  }

  /** Plays the next 20 ms. */
  tick(): PlaybackTick {
    const reached = this.#takeReached()
    const audio = this.#takeFrame()
    this.#ticks++
    return { audio, reached }
  }

  get queuedMs(): number {
    return durationMs(this.#format, this.#queuedBytes)
  }

  /** All that was ever given to `enqueue`, dropped or not: offsets of `played` count from its start. */
  get offeredBytes(): number {
    return this.#offeredBytes
  }

  /** The truth about what was heard, in the order in which it was. Audio that no span covers was not, or not yet. */
  get played(): readonly PlayedSpan[] {
    return this.#played
  }

  /** How much of the bytes `fromByte` to `toByte` was heard. */
  playedMs(fromByte: number, toByte: number): number {
    let bytes = 0
    for (const span of this.#played) {
      bytes += Math.max(0, Math.min(span.toByte, toByte) - Math.max(span.fromByte, fromByte))
    }
    return durationMs(this.#format, bytes)
  }

  #takeReached(): readonly string[] {
    const reached = this.#passed
    for (let head = this.#entries[0]; head?.kind === 'checkpoint'; head = this.#entries[0]) {
      reached.push(head.name)
      this.#entries.shift()
    }
    if (reached.length === 0) return nothingReached
    this.#passed = []
    return reached
  }

  #takeFrame(): Uint8Array | undefined {
    if (this.#queuedBytes === 0) return undefined
    const frame = new Uint8Array(this.#frameBytes).fill(silenceByte(this.#format))
    let filled = 0
    for (let head = this.#entries[0]; head && filled < frame.length; head = this.#entries[0]) {
      this.#entries.shift()
      if (head.kind === 'checkpoint') {
        this.#passed.push(head.name)
        continue
      }
      const taken = head.bytes.subarray(0, frame.length - filled)
      frame.set(taken, filled)
      this.#account(head.fromByte, taken.length, filled)
      if (taken.length < head.bytes.length)
        this.#putBack(head.bytes.subarray(taken.length), head.fromByte + taken.length)
      filled += taken.length
    }
    this.#queuedBytes -= filled
    return frame
  }

  #putBack(bytes: Uint8Array, fromByte: number): void {
    this.#entries.unshift({ kind: 'audio', bytes, fromByte })
  }

  #account(fromByte: number, length: number, offsetInFrame: number): void {
    const atByte = this.#ticks * this.#frameBytes + offsetInFrame
    const toByte = fromByte + length
    const last = this.#played.at(-1)
    const goesOn = last?.toByte === fromByte && last.atByte + (fromByte - last.fromByte) === atByte
    if (last && goesOn) this.#played[this.#played.length - 1] = { ...last, toByte }
    else this.#played.push({ fromByte, toByte, atByte })
  }
}
