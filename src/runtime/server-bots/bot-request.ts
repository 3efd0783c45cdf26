import { type ClientRequest, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Timer } from '../../lib/clock.ts'
import type { SessionStart } from '../../sdk/protocol.ts'
import { askServer } from './ask-server.ts'
import type { SessionLink, SessionListener, SessionOver } from '../link.ts'
import type { ProxiedRequest, ProxiedResponse } from '../proxied-request.ts'
import { sessionHeaders } from './session-headers.ts'
import type { ServerLinkOptions, ServerLinkPart } from './server-link.ts'

interface BotRequestOptions extends ServerLinkOptions {
  readonly start: SessionStart
  readonly listener: SessionListener
}

/** Of what a bot answers, for the log. */
const longestAnswer = 1000

/** A session of a server bot without a socket: one `POST /bot`, which stays open as long as the session lasts. */
export class BotRequest implements SessionLink, ServerLinkPart {
  readonly #options: BotRequestOptions
  readonly #target: URL
  readonly #request: ClientRequest
  #timer: Timer | undefined
  #started = false
  #closed = false
  #over = false
  readonly heardAt: number

  constructor(options: BotRequestOptions) {
    this.#options = options
    this.#target = botUrl(options.url)
    const { start, connectTimeoutMs, clock } = options
    this.heardAt = clock.monotonic()
    const body = Buffer.from(JSON.stringify(start.body ?? {}), 'utf8')
    const isSecure = this.#target.protocol === 'https:'
    this.#request = (isSecure ? httpsRequest : httpRequest)(this.#target, {
      method: 'POST',
      // A connection of its own: one that was used before may be closed by the bot at this very moment.
      agent: false,
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        ...sessionHeaders(start),
        ...(start.maxSeconds !== undefined && { 'x-pcc-max-session-seconds': String(start.maxSeconds) }),
      },
    })
    this.#timer = clock.after(connectTimeoutMs, () => {
      this.#request.destroy(new Error(`no connection within ${connectTimeoutMs / 1000} s`))
    })
    this.#request.on('socket', (socket) => {
      // Nothing may pass over it for hours, and a bot that is gone without a word must be noticed all the same.
      socket.setKeepAlive(true, 30_000)
      socket.once(isSecure ? 'secureConnect' : 'connect', () => this.#start())
    })
    this.#listen()
    this.#request.end(body)
  }

  ask(request: ProxiedRequest): Promise<ProxiedResponse> {
    return askServer(request, this.#options)
  }

  send(): void {
    throw new Error('a session without a socket has no messages')
  }

  /** A bot need not notice that its request was given up. One of ours is ended with it, so that nobody else gets it. */
  close(): void {
    if (this.#closed || this.#over) return
    this.#closed = true
    this.#request.destroy()
    if (this.#started) this.#options.onTrouble('abandoned')
  }

  cut(): void {
    this.#request.destroy()
  }

  #listen(): void {
    this.#request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        if (text.length < longestAnswer) text += piece
      })
      response.on('end', () => this.#finish(overOf(response.statusCode ?? 0, text)))
      response.on('error', (error) => void this.#break(error.message))
    })
    this.#request.on('error', (error) => void this.#break(error.message))
    this.#request.on('close', () => void this.#break('closed'))
  }

  #start(): void {
    this.#timer?.cancel()
    this.#started = true
    this.#options.listener.onStarted()
  }

  async #break(why: string): Promise<void> {
    const { onBroken, onTrouble } = this.#options
    if (this.#over) return
    if (!this.#started && !this.#closed) onTrouble('no-answer')
    const over = this.#started ? await onBroken() : undefined
    const problem = `${this.#target.href} ${this.#started ? 'broke off' : 'does not answer'}: ${why}`
    this.#finish(over?.type === 'lost' ? over : { type: 'lost', why: problem })
  }

  #finish(over: SessionOver): void {
    if (this.#over) return
    this.#over = true
    this.#timer?.cancel()
    this.#options.listener.onOver(over)
    this.#options.onFree()
  }
}

const overOf = (status: number, text: string): SessionOver =>
  status === 200
    ? { type: 'returned' }
    : {
        type: 'threw',
        message: `POST /bot answered ${status}${text === '' ? '' : `: ${text.slice(0, longestAnswer)}`}`,
      }

/** `POST /bot` is beside `/ws`. */
function botUrl(socketUrl: string): URL {
  const target = new URL(socketUrl.replace(/^ws/, 'http'))
  target.pathname = target.pathname.endsWith('/ws') ? target.pathname.replace(/ws$/, 'bot') : '/bot'
  return target
}
