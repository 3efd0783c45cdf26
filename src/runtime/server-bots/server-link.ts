import { WebSocket } from 'ws'
import type { Clock, Timer } from '../../lib/clock.ts'
import type { BotEvent, CallStart, EndReason } from '../../sdk/protocol.ts'
import { askServer } from './ask-server.ts'
import type { BotLink, LinkListener, LinkOver } from '../link.ts'
import { sessionHeaders } from './session-headers.ts'
import type { ProxiedRequest, ProxiedResponse } from '../proxied-request.ts'

const maxUnreadBytes = 8 * 1024 * 1024
/** Ten minutes of mu-law in one message is no audio for a telephone. */
const maxMessageBytes = 8 * 1024 * 1024

/** What a link to a server bot needs of its instance, whatever kind of session it carries. */
export interface ServerLinkOptions {
  /** WebSocket URL of the bot, such as `ws://127.0.0.1:8765/ws`. */
  readonly url: string
  readonly connectTimeoutMs: number
  /** How long the bot may take to answer our close. */
  readonly lingerMs: number
  readonly clock: Clock
  /** The bot's socket, once open, has closed without a close frame: what that means. */
  readonly onBroken: () => LinkOver | Promise<LinkOver>
  /** The bot did not take the session, answered no close, or was left in the middle of a session that it cannot see end. */
  readonly onTrouble: (what: ServerTrouble) => void
  readonly onFree: () => void
}

export type ServerTrouble = 'no-answer' | 'hung' | 'abandoned'

/** What an instance does with its links, whatever kind of session they carry. */
export interface ServerLinkPart {
  /** When the bot last said anything, on the monotonic scale. */
  readonly heardAt: number
  close(reason: EndReason): void
  /** What the bot ran in is gone. */
  cut(): void
}

interface CallLinkOptions extends ServerLinkOptions {
  readonly start: CallStart
  readonly listener: LinkListener
}

/**
 * A call served by a server bot: a WebSocket that carries the carrier's messages as they came, the first one first.
 * The bot's messages go back as they are.
 */
export class ServerLink implements BotLink, ServerLinkPart {
  readonly #options: CallLinkOptions
  readonly #socket: WebSocket
  /** Messages that came before the bot's socket was open. */
  #early: string[] | undefined
  #closed = false
  #linger: Timer | undefined
  #failure: Error | undefined
  /** When the bot last said anything, on the monotonic scale. */
  heardAt: number

  constructor(options: CallLinkOptions) {
    const { url, start, connectTimeoutMs, clock } = options
    this.#options = options
    this.heardAt = clock.monotonic()
    this.#early = [start.raw]
    this.#socket = new WebSocket(botUrl(url, start), {
      headers: sessionHeaders(start),
      handshakeTimeout: connectTimeoutMs,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
    })
    this.#socket.on('open', () => this.#open())
    this.#socket.on('message', (data: Buffer, isBinary) => {
      this.heardAt = clock.monotonic()
      if (!this.#closed && !isBinary) options.listener.onCommand({ type: 'message', raw: data.toString('utf8') })
    })
    this.#socket.on('ping', () => {
      this.heardAt = clock.monotonic()
    })
    this.#socket.on('error', (error) => {
      this.#failure = error
    })
    this.#socket.on('close', (code) => void this.#finish(code))
  }

  send(raw: string): void {
    if (this.#early) this.#early.push(raw)
    else if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(raw)
    // A bot that does not read must not fill the node's memory.
    if (this.#socket.bufferedAmount > maxUnreadBytes) this.#socket.terminate()
  }

  report(_event: BotEvent): void {
    // A server bot speaks the carrier's language only.
  }

  ask(request: ProxiedRequest): Promise<ProxiedResponse> {
    return askServer(request, this.#options)
  }

  close(reason: EndReason): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#socket.readyState === WebSocket.CONNECTING) {
      this.#socket.terminate()
      return
    }
    this.#socket.close(1000, reason)
    const { clock, lingerMs, onTrouble } = this.#options
    this.#linger = clock.after(lingerMs, () => {
      this.#socket.terminate()
      onTrouble('hung')
    })
  }

  /** What the bot ran in is gone. */
  cut(): void {
    this.#socket.terminate()
  }

  #open(): void {
    for (const raw of this.#early ?? []) this.#socket.send(raw)
    this.#early = undefined
    this.#options.listener.onStarted()
  }

  async #finish(code: number): Promise<void> {
    this.#linger?.cancel()
    const { listener, onBroken, onTrouble, onFree, url } = this.#options
    const opened = this.#early === undefined
    this.#early = []
    if (!opened) {
      if (!this.#closed) onTrouble('no-answer')
      listener.onOver({ type: 'lost', why: `${url} does not answer: ${this.#failure?.message ?? 'closed'}` })
    }
    // A server bot's close is its way to say that it is done.
    else listener.onOver(code === 1006 ? await onBroken() : { type: 'returned' })
    onFree()
  }
}

/**
 * Adds `body`, where a server bot learns who calls: `{from, to, callUuid, direction}` merged with the caller's own data,
 * as standard base64, percent-encoded. Own data that is no object stands under `body`.
 */
function botUrl(url: string, { from, to, callId, direction, body }: CallStart): string {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  const own = isObject ? body : { ...(body !== undefined && { body }) }
  const merged = { from, to, callUuid: callId, direction, ...own }
  const target = new URL(url)
  const encoded = encodeURIComponent(Buffer.from(JSON.stringify(merged), 'utf8').toString('base64'))
  // By hand: URLSearchParams would rewrite what the author's own query says.
  target.search = `${target.search === '' ? '?' : `${target.search}&`}body=${encoded}`
  return target.href
}
