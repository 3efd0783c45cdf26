import type { EndReason, SessionStart, SocketClose } from './protocol.ts'
import { SessionSocket } from './session-socket.ts'

interface SessionOptions {
  readonly start: SessionStart
  readonly write: (flags: Uint8Array, piece: Uint8Array) => void
  readonly grant: (bytes: number) => void
  readonly close: (how: SocketClose) => void
}

/**
 * A session without a call: somebody asked `/start` for it, or a client connected to `/ws/generic`. It lasts as long as
 * `onSession` runs.
 */
export class Session {
  /** A UUID: what `/start` answered, and what stands in the log. */
  readonly id: string
  /** Custom data of whoever started the session; undefined when there was none. */
  readonly body: unknown
  /** W3C's trace context of the session, for what the bot traces itself. Undefined: the node does not trace. */
  readonly traceparent: string | undefined
  /** Fires when the session is over: its client left, it was stopped, or the node stops. Hand it to every fetch. */
  readonly signal: AbortSignal
  /** The client's WebSocket; undefined in a session that began with `/start` alone. */
  readonly socket: SessionSocket | undefined
  readonly #over = new AbortController()

  /** @internal */
  constructor({ start, write, grant, close }: SessionOptions) {
    this.id = start.sessionId
    this.body = start.body
    this.traceparent = start.traceparent
    this.signal = this.#over.signal
    this.socket =
      start.socket &&
      new SessionSocket({
        query: start.socket.query,
        write,
        grant,
        close: (how) => {
          close(how)
          this.end('bot')
        },
      })
  }

  /** @internal */
  get handedOver(): Promise<void> {
    return this.socket?.handedOver ?? Promise.resolve()
  }

  /** @internal The session is over; the bot's function may still run to its end. */
  end(_reason: EndReason): void {
    if (this.signal.aborted) return
    this.socket?.end()
    this.#over.abort(new Error('the session is over'))
  }
}
