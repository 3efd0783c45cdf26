import { WebSocket } from 'ws'
import type { Timer } from '../../lib/clock.ts'
import { PacedSocket } from '../../lib/paced-socket.ts'
import type { EndReason, SessionStart, SocketClose, SocketMessage } from '../../sdk/protocol.ts'
import { askServer } from './ask-server.ts'
import type { SessionLink, SessionListener, SessionOver } from '../link.ts'
import type { ProxiedRequest, ProxiedResponse } from '../proxied-request.ts'
import { sessionHeaders } from './session-headers.ts'
import type { ServerLinkOptions, ServerLinkPart } from './server-link.ts'

interface RelayLinkOptions extends ServerLinkOptions {
  readonly start: SessionStart
  readonly listener: SessionListener
}

/** A client's socket relayed to a server bot: a WebSocket that carries each message as it is, both ways. */
export class RelayLink implements SessionLink, ServerLinkPart {
  readonly #options: RelayLinkOptions
  readonly #socket: WebSocket
  readonly #paced: PacedSocket
  /** Messages that came before the bot's socket was open. */
  #early: (() => void)[] | undefined = []
  #closed = false
  #linger: Timer | undefined
  #failure: Error | undefined
  heardAt: number

  constructor(options: RelayLinkOptions) {
    this.#options = options
    const { url, start, listener, connectTimeoutMs, clock } = options
    this.heardAt = clock.monotonic()
    this.#socket = new WebSocket(withQuery(url, start.socket?.query ?? ''), {
      headers: sessionHeaders(start),
      handshakeTimeout: connectTimeoutMs,
      perMessageDeflate: false,
    })
    this.#paced = new PacedSocket(this.#socket, (message, onTaken) => {
      this.heardAt = clock.monotonic()
      if (this.#closed) onTaken()
      else listener.onMessage(message, onTaken)
    })
    this.#socket.on('open', () => this.#open())
    this.#socket.on('ping', () => {
      this.heardAt = clock.monotonic()
    })
    this.#socket.on('error', (error) => {
      this.#failure = error
    })
    this.#socket.on('close', (code, reason) => void this.#finish({ code, reason: reason.toString('utf8') }))
  }

  send(message: SocketMessage, onTaken: () => void): void {
    const send = () => this.#paced.send(message, onTaken)
    if (this.#early) this.#early.push(send)
    else send()
  }

  ask(request: ProxiedRequest): Promise<ProxiedResponse> {
    return askServer(request, this.#options)
  }

  close(reason: EndReason, how: SocketClose = { code: 1000, reason }): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#socket.readyState === WebSocket.CONNECTING) {
      this.#socket.terminate()
      return
    }
    this.#socket.close(how.code, how.reason)
    const { clock, lingerMs, onTrouble } = this.#options
    this.#linger = clock.after(lingerMs, () => {
      this.#socket.terminate()
      onTrouble('hung')
    })
  }

  cut(): void {
    this.#socket.terminate()
  }

  #open(): void {
    for (const send of this.#early ?? []) send()
    this.#early = undefined
    this.#options.listener.onStarted()
  }

  async #finish(how: SocketClose): Promise<void> {
    this.#linger?.cancel()
    const { listener, onTrouble, onFree, url } = this.#options
    const opened = this.#early === undefined
    this.#early = undefined
    if (opened) listener.onOver(await this.#overOf(how))
    else {
      if (!this.#closed) onTrouble('no-answer')
      listener.onOver({ type: 'lost', why: `${url} does not answer: ${this.#failure?.message ?? 'closed'}` })
    }
    onFree()
  }

  /** A server bot's close is its way to say that it is done; so is leaving without a word, unless it has died. */
  async #overOf(how: SocketClose): Promise<SessionOver> {
    const over = how.code === 1006 ? await this.#options.onBroken() : undefined
    return over?.type === 'lost' ? over : { type: 'closed', how }
  }
}

/** By hand: `URLSearchParams` would rewrite what the author's own query says, and what the client's does. */
function withQuery(url: string, query: string): string {
  const target = new URL(url)
  const own = target.search.slice(1)
  target.search = [own, query].filter((part) => part !== '').join('&')
  return target.href
}
