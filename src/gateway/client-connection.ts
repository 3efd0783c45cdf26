import type { Clock, Timer } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { PacedSocket } from '../lib/paced-socket.ts'
import type { CallRegistry } from '../sessions/call-registry.ts'
import { closeCodes } from '../sessions/close-codes.ts'
import type { ClientSocket, PlainSession } from '../sessions/plain/plain-session.ts'
import type { ClientAdmission } from './client-admission.ts'
import type { WebSocket } from 'ws'

interface ClientConnectionOptions {
  readonly socket: WebSocket
  readonly admission: ClientAdmission
  readonly calls: CallRegistry
  readonly clock: Clock
  readonly log: Log
}

/** How often a client is asked for a sign of life. */
const pingMs = 20_000
/** How long a client may take to answer our close. */
const closeTimeoutMs = 2000

type Message = Parameters<ClientSocket['send']>[0]

/** The WebSocket of a client that was let in at `/ws/generic`, and its session. */
export class ClientConnection implements ClientSocket {
  readonly query: string
  readonly #options: ClientConnectionOptions
  readonly #paced: PacedSocket
  readonly #session: PlainSession | undefined
  #alive = true
  #closedByUs = false
  #timer: Timer

  constructor(options: ClientConnectionOptions) {
    this.#options = options
    const { socket, admission, calls, clock, log } = options
    const { agent, body, sessionId: id, query } = admission
    this.query = query
    this.#timer = clock.after(pingMs, () => this.#ping())
    this.#paced = new PacedSocket(socket, (message, onTaken) => {
      this.#alive = true
      if (this.#session) this.#session.receive(message, onTaken)
      else onTaken()
    })
    socket.on('pong', () => {
      this.#alive = true
    })
    socket.on('error', (error) => log.debug({ err: error }, 'client socket error'))
    socket.on('close', (code, reason) => {
      this.#timer.cancel()
      this.#session?.disconnect({ code, reason: reason.toString('utf8') })
    })
    this.#session = calls.openPlain({ agent, body, id, client: this })
    if (!this.#session) this.close({ code: closeCodes.full, reason: 'too many sessions' })
  }

  send(message: Message, onTaken: () => void): void {
    this.#paced.send(message, onTaken)
  }

  close({ code, reason }: { readonly code: number; readonly reason: string }): void {
    if (this.#closedByUs) return
    this.#closedByUs = true
    const { socket, clock } = this.#options
    // `ws` throws above 123 bytes; half a character at the end may grow by two.
    socket.close(code, Buffer.from(reason).subarray(0, 120).toString('utf8'))
    this.#timer.cancel()
    this.#timer = clock.after(closeTimeoutMs, () => socket.terminate())
  }

  /** A client that the bot has not read from for a while cannot give a sign of life, and is not asked for one. */
  #ping(): void {
    const { socket, clock, log } = this.#options
    if (!this.#alive && !this.#paced.isPaused) {
      log.warn({}, 'a client gives no sign of life; its socket is cut')
      socket.terminate()
      return
    }
    this.#alive = this.#paced.isPaused
    socket.ping()
    this.#timer = clock.after(pingMs, () => this.#ping())
  }
}
