/** A message on a socket, with what it was: text (UTF-8) or bytes. */
export interface PacedMessage {
  readonly data: Uint8Array
  readonly binary: boolean
}

/** What is used of a WebSocket: that of `ws` is one. */
interface UnpacedSocket {
  send(data: Uint8Array, options: { readonly binary: boolean }, onSent: (error?: Error | null) => void): void
  pause(): void
  resume(): void
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown
}

/** Bytes that may be on their way to whoever takes the messages, before the far side has to wait. */
const windowBytes = 256 * 1024
/** An empty message takes room as well. */
const messageCost = 64

/**
 * A WebSocket whose messages are acknowledged. While too much waits for an acknowledgement nothing more is read, so that the
 * far side slows down instead of filling this process: what one end sends faster than the other reads waits with the sender.
 */
export class PacedSocket {
  readonly #socket: UnpacedSocket
  #untaken = 0
  #paused = false

  /** `onTaken` is to be called once for each message. */
  constructor(socket: UnpacedSocket, onMessage: (message: PacedMessage, onTaken: () => void) => void) {
    this.#socket = socket
    socket.on('message', (data, binary) => {
      const cost = data.length + messageCost
      this.#count(cost)
      onMessage({ data, binary }, () => this.#count(-cost))
    })
  }

  /** Whether nothing is read at the moment: nor is any sign of life. */
  get isPaused(): boolean {
    return this.#paused
  }

  /** `onTaken` is called once the message has left this process, or never will. */
  send({ data, binary }: PacedMessage, onTaken: () => void): void {
    this.#socket.send(data, { binary }, () => onTaken())
  }

  #count(cost: number): void {
    this.#untaken += cost
    const tooMuch = this.#untaken > windowBytes
    if (tooMuch === this.#paused) return
    this.#paused = tooMuch
    if (tooMuch) this.#socket.pause()
    else this.#socket.resume()
  }
}
