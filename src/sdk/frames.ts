/**
 * The bytes of the node ↔ host protocol: length (u32, of all that follows), type (u8), call (u32), payload.
 * Numbers are big-endian. Call 0 is the connection itself.
 */
import { maxFrameBytes } from './protocol.ts'

export const frameType = {
  // node to host
  start: 1,
  audio: 2,
  message: 3,
  utterance: 4,
  end: 5,
  dtmf: 6,
  checkpointPlayed: 7,
  reply: 8,
  ping: 9,
  startSession: 16,
  fromClient: 17,
  clientTook: 18,
  ask: 24,
  askBody: 25,
  cancelAsk: 26,
  // host to node
  ready: 64,
  write: 65,
  play: 66,
  playEnd: 67,
  stop: 68,
  clear: 69,
  checkpoint: 70,
  request: 71,
  hangUp: 72,
  returned: 73,
  threw: 74,
  printed: 75,
  rawMessage: 76,
  started: 77,
  cancel: 78,
  pong: 79,
  toClient: 96,
  botTook: 97,
  closeClient: 98,
  answer: 104,
  answerBody: 105,
} as const

const headerBytes = 9
const noBytes = new Uint8Array(0)

export interface Frame {
  readonly type: number
  readonly call: number
  /** A view of the received bytes, good as long as the receiver wants it. */
  readonly payload: Buffer
}

/** Thrown when the far side breaks the framing; the connection cannot go on. */
export class FramingError extends Error {
  override readonly name = 'FramingError'
}

/** Cuts a byte stream into frames. */
export class FrameReader {
  #rest: Buffer | undefined

  /** Calls `onFrame` for every frame that `bytes` completes. Throws `FramingError`. */
  push(bytes: Buffer, onFrame: (frame: Frame) => void): void {
    let buffer = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes
    while (buffer.length >= 4) {
      const length = buffer.readUInt32BE(0)
      if (length < headerBytes - 4 || length + 4 > maxFrameBytes) throw new FramingError(`a frame of ${length} bytes`)
      if (buffer.length < length + 4) break
      onFrame({
        type: buffer.readUInt8(4),
        call: buffer.readUInt32BE(5),
        payload: buffer.subarray(headerBytes, length + 4),
      })
      buffer = buffer.subarray(length + 4)
    }
    this.#rest = buffer.length > 0 ? buffer : undefined
  }
}

interface Sink {
  write(bytes: Uint8Array): unknown
  /** Bytes that wait to be taken by the far side. */
  readonly writableLength: number
}

/** Bytes that may wait for a far side that has stopped reading: far more than a busy one leaves of one call. */
export const maxUnreadBytes = 8 * 1024 * 1024

interface StuckRule {
  /** Called when the far side does not read what it is sent. */
  readonly onStuck: () => void
  /** Bytes that may wait. It depends on how many calls share the connection. */
  readonly maxUnreadBytes: () => number
}

/** Collects frames and writes them once per turn of the event loop: wake-ups, not bytes, are what a call costs. */
export class FrameWriter {
  readonly #sink: Sink
  readonly #stuck: StuckRule | undefined
  #waiting: Buffer[] = []
  #scheduled = false

  constructor(sink: Sink, stuck?: StuckRule) {
    this.#sink = sink
    this.#stuck = stuck
  }

  /**
   * `prefix` goes before `payload`, so that audio need not be copied twice to carry a number. Throws a `RangeError` for
   * more than a frame holds: the far side would end the connection, and every call on it.
   */
  write(type: number, call: number, payload: Uint8Array = noBytes, prefix: Uint8Array = noBytes): void {
    const bytes = headerBytes + prefix.length + payload.length
    if (bytes > maxFrameBytes) throw new RangeError(`a message of ${bytes} bytes; the longest is ${maxFrameBytes}`)
    const frame = Buffer.allocUnsafe(bytes)
    frame.writeUInt32BE(frame.length - 4, 0)
    frame.writeUInt8(type, 4)
    frame.writeUInt32BE(call, 5)
    frame.set(prefix, headerBytes)
    frame.set(payload, headerBytes + prefix.length)
    this.#waiting.push(frame)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.flush())
  }

  writeText(type: number, call: number, text: string): void {
    this.write(type, call, Buffer.from(text, 'utf8'))
  }

  writeJson(type: number, call: number, value: unknown): void {
    this.writeText(type, call, JSON.stringify(value))
  }

  flush(): void {
    this.#scheduled = false
    const [first, ...others] = this.#waiting
    if (!first) return
    this.#waiting = []
    this.#sink.write(others.length === 0 ? first : Buffer.concat([first, ...others]))
    if (this.#stuck && this.#sink.writableLength > this.#stuck.maxUnreadBytes()) this.#stuck.onStuck()
  }
}
