import { FramingError } from './frames.ts'
import type { SocketMessage } from './protocol.ts'

/** Bytes of frames that may be under way to the far side, or wait there for whoever takes the messages. */
export const socketWindowBytes = 256 * 1024
/** A long message goes in pieces: other sessions share the connection. */
export const socketPieceBytes = 32 * 1024
/** Of the frame around a piece, and the piece's first byte. */
const overheadBytes = 10

const binaryBit = 1
const moreBit = 2

interface SocketChannelOptions {
  /** Writes a frame with a piece of a message. */
  readonly write: (flags: Uint8Array, piece: Uint8Array) => void
  /** Tells the far side that it may send so many bytes of frames more. */
  readonly grant: (bytes: number) => void
  /** A message came; `onTaken` is to be called once, when there is room for as much again. */
  readonly onMessage: (message: SocketMessage, onTaken: () => void) => void
  /** What the far side may have under way; a far side that is taken at its word has no limit. */
  readonly maxHeldBytes: number
}

interface Outgoing {
  readonly message: SocketMessage
  readonly onTaken: () => void
  /** Bytes that have been written. */
  written: number
}

/**
 * One end of a client's messages on the connection between node and host; both ends are the same. A side has no more under way
 * than a window, which grows again as the far side takes messages, so that neither fills the other's memory.
 */
export class SocketChannel {
  readonly #options: SocketChannelOptions
  readonly #outgoing: Outgoing[] = []
  #window = socketWindowBytes
  #pieces: Uint8Array[] = []
  /** Bytes of frames that were received and not granted again. */
  #held = 0
  /** Of them, those of the message that has not come to its end. */
  #heldByPieces = 0
  /** Messages that nobody has taken yet. */
  #untaken = 0
  #onIdle: (() => void)[] = []

  constructor(options: SocketChannelOptions) {
    this.#options = options
  }

  /** `onTaken` is called once all of it is written. */
  send(message: SocketMessage, onTaken: () => void): void {
    this.#outgoing.push({ message, onTaken, written: 0 })
    this.#pump()
  }

  /** Resolves once all that was sent is written. */
  get idle(): Promise<void> {
    if (this.#outgoing.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onIdle.push(resolve))
  }

  /** Writes what waits, whatever the window says: nothing comes after it. Only to a far side without a limit. */
  finish(): void {
    this.#window = Number.POSITIVE_INFINITY
    this.#pump()
  }

  /** Nobody wants any more what waits. */
  drop(): void {
    for (const { onTaken } of this.#outgoing.splice(0)) onTaken()
    this.#pump()
  }

  /** A frame with a piece of a message. Throws a `FramingError` when the far side sends more than it may. */
  receive(payload: Uint8Array): void {
    const flags = payload[0]
    if (flags === undefined) throw new FramingError('a piece of a message without its flags')
    const bytes = costOf(payload.length - 1)
    this.#held += bytes
    this.#heldByPieces += bytes
    if (this.#held > this.#options.maxHeldBytes)
      throw new FramingError('more of a socket’s messages than the window allows')
    this.#pieces.push(payload.subarray(1))
    if ((flags & moreBit) === 0) this.#complete((flags & binaryBit) !== 0)
    else this.#grantPieces()
  }

  /** The far side took messages. */
  granted(bytes: number): void {
    this.#window += bytes
    this.#pump()
  }

  #complete(binary: boolean): void {
    const [first = new Uint8Array(), ...others] = this.#pieces
    const data = others.length === 0 ? first : Buffer.concat(this.#pieces)
    this.#pieces = []
    const bytes = this.#heldByPieces
    this.#heldByPieces = 0
    this.#untaken++
    this.#options.onMessage({ data, binary }, () => {
      this.#untaken--
      this.#grant(bytes)
      this.#grantPieces()
    })
  }

  /** A message that is longer than the window needs more of it, once it is all that waits. */
  #grantPieces(): void {
    if (this.#untaken > 0 || this.#heldByPieces === 0) return
    this.#grant(this.#heldByPieces)
    this.#heldByPieces = 0
  }

  #grant(bytes: number): void {
    this.#held -= bytes
    this.#options.grant(bytes)
  }

  #pump(): void {
    for (let next = this.#outgoing[0]; next && this.#writeSome(next); next = this.#outgoing[0]) {
      this.#outgoing.shift()
      next.onTaken()
    }
    if (this.#outgoing.length === 0) for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  /** False: the window is too small for the rest. */
  #writeSome(outgoing: Outgoing): boolean {
    const { data, binary } = outgoing.message
    for (;;) {
      const piece = data.subarray(outgoing.written, outgoing.written + socketPieceBytes)
      const cost = costOf(piece.length)
      if (cost > this.#window) return false
      this.#window -= cost
      outgoing.written += piece.length
      const isLast = outgoing.written === data.length
      this.#options.write(Uint8Array.of((binary ? binaryBit : 0) | (isLast ? 0 : moreBit)), piece)
      if (isLast) return true
    }
  }
}

const costOf = (pieceLength: number): number => pieceLength + overheadBytes
