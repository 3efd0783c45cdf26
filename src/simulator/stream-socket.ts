import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { Clock, Timer } from '../lib/clock.ts'

export interface StreamSocketOptions {
  /** `ws` or `wss`, without a fragment. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The `ws` client gives up when it offers one and the server selects none. */
  readonly subprotocol?: string | undefined
  readonly connectTimeoutMs: number
  readonly clock: Clock
  /** Comes before any message, also when the server's first one arrived together with the 101. */
  readonly onOpen: () => void
  readonly onText: (text: string) => void
  readonly onBinary: () => void
}

/** What the upgrade came to: `undefined` is 101. */
export type UpgradeFailure = { readonly status: number } | { readonly error: string }

export interface SocketClose {
  /** `lost`: no closing frame came. */
  readonly by: 'server' | 'plivo' | 'lost'
  readonly code: number
  readonly reason: string
}

const socketOptions = {
  /** Far beyond what Plivo takes, so that a message too long can be warned of rather than cost the stream. */
  maxPayload: 4 * 1024 * 1024,
  perMessageDeflate: false,
  /** Milliseconds from one side's closing frame to the end of the connection. Missing in the types of `ws`. */
  closeTimeout: 2_000,
}

/** The header of a masked text frame of 1000 bytes, the mask, which is zero, and the first ten bytes. */
const frameStart = '{"event":"'
const halfAFrame = Buffer.from([0x81, 0xfe, 0x03, 0xe8, 0, 0, 0, 0, ...new TextEncoder().encode(frameStart)])

/** One WebSocket connection from Plivo's side. */
export class StreamSocket {
  /** Resolves when the upgrade has succeeded or failed. */
  readonly opened: Promise<UpgradeFailure | undefined>
  /** Resolves when nothing of the connection is left. */
  readonly closed: Promise<SocketClose>
  readonly #options: StreamSocketOptions
  readonly #socket: WebSocket
  readonly #settle: (failure: UpgradeFailure | undefined) => void
  readonly #connectTimeout: Timer
  #connection: Socket | undefined
  #closing = false

  constructor(options: StreamSocketOptions) {
    const { url, headers, subprotocol, clock, connectTimeoutMs } = options
    const { promise, resolve } = Promise.withResolvers<UpgradeFailure | undefined>()
    this.#options = options
    this.opened = promise
    this.#settle = resolve
    this.#socket = new WebSocket(url, subprotocol === undefined ? [] : [subprotocol], {
      headers,
      ...socketOptions,
    })
    this.#connectTimeout = clock.after(connectTimeoutMs, () =>
      this.#fail({ error: `no answer within ${connectTimeoutMs} ms` }),
    )
    this.closed = this.#listen()
  }

  /** What is still to be sent. */
  get unsentBytes(): number {
    return this.#socket.bufferedAmount
  }

  /** Does nothing when the socket is not open. */
  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text)
  }

  /** Sends a closing frame, and breaks the connection when none comes back. */
  close(code: number): void {
    this.#closing ||= this.#socket.readyState === WebSocket.OPEN
    this.#socket.close(code)
  }

  /** Breaks the connection, without a closing frame. */
  terminate(): void {
    this.#socket.terminate()
  }

  /** Reads nothing until `resume`. */
  pause(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.pause()
  }

  resume(): void {
    if (this.#socket.isPaused) this.#socket.resume()
  }

  /** Sends half a frame and breaks the connection. */
  cut(): void {
    const connection = this.#connection
    connection?.write(halfAFrame, () => connection.destroy())
  }

  #listen(): Promise<SocketClose> {
    const socket = this.#socket
    socket.on('upgrade', (response) => (this.#connection = response.socket))
    socket.on('open', () => {
      this.#connectTimeout.cancel()
      this.#options.onOpen()
      this.#settle(undefined)
    })
    socket.on('unexpected-response', (_request, response) => this.#fail({ status: response.statusCode ?? 0 }))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      this.#fail({ error: error.message || (error.code ?? 'failed') }),
    )
    socket.on('message', (data, isBinary) => {
      if (isBinary || !Buffer.isBuffer(data)) this.#options.onBinary()
      else this.#options.onText(data.toString('utf8'))
    })
    return new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.#connectTimeout.cancel()
        this.#settle({ error: 'closed before it was open' })
        const by = code === 1006 ? 'lost' : 'server'
        resolve({ by: this.#closing ? 'plivo' : by, code, reason: reason.toString('utf8') })
      })
    })
  }

  /** Of an open socket only `error` comes here, and `close` follows it. */
  #fail(failure: UpgradeFailure): void {
    this.#settle(failure)
    this.#socket.terminate()
  }
}
