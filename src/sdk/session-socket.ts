import { SocketChannel } from './socket-channel.ts'
import type { SocketClose, SocketMessage } from './protocol.ts'

interface SessionSocketOptions {
  readonly query: string
  readonly write: (flags: Uint8Array, piece: Uint8Array) => void
  readonly grant: (bytes: number) => void
  readonly close: (how: SocketClose) => void
}

/** The longest reason that fits a WebSocket's close frame, in bytes. */
const maxReasonBytes = 123

/**
 * A client's WebSocket, as its bot sees it. Iterate it for what the client sends, text as `string` and bytes as `Uint8Array`;
 * one loop per socket. The loop ends when the socket is closed, by either side.
 *
 *     for await (const message of session.socket) {
 *       if (typeof message === 'string') session.socket.send(message)
 *     }
 *
 * Nothing is lost when the bot reads slowly: the client is slowed down.
 */
export class SessionSocket implements AsyncIterable<string | Uint8Array> {
  /** Query of the client's URL, without what was for the node. It comes from outside: never take it as proof of anything. */
  readonly query: Readonly<Record<string, string>>
  readonly #channel: SocketChannel
  readonly #close: (how: SocketClose) => void
  readonly #waiting: { readonly message: SocketMessage; readonly onTaken: () => void }[] = []
  #reader: (() => void) | undefined
  #iterating = false
  #closed = false

  /** @internal */
  constructor({ query, write, grant, close }: SessionSocketOptions) {
    const { body: _, ...others } = Object.fromEntries(new URLSearchParams(query))
    this.query = others
    this.#close = close
    this.#channel = new SocketChannel({
      write,
      grant,
      maxHeldBytes: Number.POSITIVE_INFINITY,
      onMessage: (message, onTaken) => {
        this.#waiting.push({ message, onTaken })
        this.#wake()
      },
    })
  }

  /**
   * Sends text or bytes. Resolves when the client takes more, at once as a rule: await it where much is sent, and the bot goes
   * as fast as the client reads. It never rejects; what is sent after the end goes nowhere. Throws a `TypeError`.
   */
  send(message: string | Uint8Array): Promise<void> {
    const binary = typeof message !== 'string'
    if (binary && !(message instanceof Uint8Array)) {
      throw new TypeError(`socket.send takes a string or a Uint8Array, got ${typeof message}`)
    }
    if (this.#closed) return Promise.resolve()
    // The author may use the bytes again at once.
    const data = binary ? Buffer.from(message) : Buffer.from(message, 'utf8')
    return new Promise((resolve) => this.#channel.send({ data, binary }, resolve))
  }

  /**
   * Closes the client's socket once what was sent before is out, and with it ends the session. `code` is 1000, or 3000 to 4999
   * for meanings of your own; `reason` has at most 123 bytes. Throws a `RangeError`.
   */
  close(code = 1000, reason = ''): void {
    if (code !== 1000 && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) {
      throw new RangeError(`socket.close takes 1000 or a code from 3000 to 4999, got ${code}`)
    }
    if (Buffer.byteLength(reason) > maxReasonBytes) {
      throw new RangeError(`the reason of socket.close has at most ${maxReasonBytes} bytes of UTF-8`)
    }
    if (this.#closed) return
    void this.#channel.idle.then(() => this.#close({ code, reason }))
    this.#finish()
  }

  /** Throws when another loop reads already. */
  [Symbol.asyncIterator](): AsyncIterator<string | Uint8Array, undefined> {
    if (this.#iterating) throw new Error('a loop reads this socket already; use one loop per socket')
    this.#iterating = true
    return {
      next: () => this.#next(),
      return: () => {
        this.#iterating = false
        return Promise.resolve({ value: undefined, done: true })
      },
    }
  }

  /** @internal Resolves once the node has all that the bot sent. */
  get handedOver(): Promise<void> {
    return this.#channel.idle
  }

  /** @internal */
  receive(piece: Uint8Array): void {
    this.#channel.receive(piece)
  }

  /** @internal */
  granted(bytes: number): void {
    this.#channel.granted(bytes)
  }

  /** @internal The session is over: what came before is still read. */
  end(): void {
    this.#channel.drop()
    this.#finish()
  }

  async #next(): Promise<IteratorResult<string | Uint8Array, undefined>> {
    if (this.#reader) throw new Error('two loops read one socket; use one')
    while (this.#waiting.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#reader = resolve
      })
    }
    const next = this.#waiting.shift()
    if (!next) return { value: undefined, done: true }
    next.onTaken()
    const { data, binary } = next.message
    return { value: binary ? data : Buffer.from(data).toString('utf8'), done: false }
  }

  #finish(): void {
    this.#closed = true
    this.#wake()
  }

  #wake(): void {
    const reader = this.#reader
    this.#reader = undefined
    reader?.()
  }
}
