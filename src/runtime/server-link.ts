import { WebSocket } from 'ws'
import type { BotEvent, CallStart, EndReason } from '../sdk/protocol.ts'
import type { BotLink, LinkListener } from './link.ts'

const maxUnreadBytes = 8 * 1024 * 1024

interface ServerLinkOptions {
  /** WebSocket URL of the bot, such as `ws://127.0.0.1:8765/ws`. */
  readonly url: string
  readonly start: CallStart
  readonly listener: LinkListener
  readonly connectTimeoutMs: number
  readonly onFree: () => void
}

/**
 * A call served by a server bot: a WebSocket that carries the carrier's messages as they came, the first one first.
 * The bot's messages go back as they are.
 */
export class ServerLink implements BotLink {
  readonly #socket: WebSocket
  /** Messages that came before the bot's socket was open. */
  #early: string[] | undefined
  #closed = false

  constructor(options: ServerLinkOptions) {
    const { url, start, connectTimeoutMs } = options
    this.#early = [start.raw]
    this.#socket = new WebSocket(botUrl(url, start), {
      headers: { 'x-daily-session-id': start.sessionId },
      handshakeTimeout: connectTimeoutMs,
      perMessageDeflate: false,
    })
    this.#socket.on('open', () => {
      for (const raw of this.#early ?? []) this.#socket.send(raw)
      this.#early = undefined
      options.listener.onStarted()
    })
    this.#socket.on('message', (data: Buffer, isBinary) => {
      if (!this.#closed && !isBinary) options.listener.onCommand({ type: 'message', raw: data.toString('utf8') })
    })
    let failure: Error | undefined
    this.#socket.on('error', (error) => {
      failure = error
    })
    this.#socket.on('close', () => {
      const opened = this.#early === undefined
      this.#early = []
      // A server bot's close is its way to say that it is done, with or without a close frame.
      if (opened) options.listener.onOver({ type: 'returned' })
      else options.listener.onOver({ type: 'lost', why: `${url} does not answer: ${failure?.message ?? 'closed'}` })
      options.onFree()
    })
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

  close(reason: EndReason): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate()
    else this.#socket.close(1000, reason)
  }
}

/**
 * Adds `body`, where a server bot learns who calls: `{from, to, callUuid, direction}` merged with the caller's own data,
 * as standard base64, percent-encoded.
 */
function botUrl(url: string, { from, to, callId, direction, body }: CallStart): string {
  const own = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {}
  const merged = { from, to, callUuid: callId, direction, ...own }
  const target = new URL(url)
  const encoded = encodeURIComponent(Buffer.from(JSON.stringify(merged), 'utf8').toString('base64'))
  // By hand: URLSearchParams would rewrite what the author's own query says.
  target.search = `${target.search === '' ? '?' : `${target.search}&`}body=${encoded}`
  return target.href
}
