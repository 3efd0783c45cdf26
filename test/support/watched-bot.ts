import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { patience } from './patience.ts'
import { vi } from 'vitest'

/** One `POST /bot`, open until it is answered. */
export interface BotSession {
  readonly sessionId: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly response: ServerResponse
  /** The platform gave the request up. */
  gone: boolean
}

/** One socket at `/ws`. */
export interface BotSocket {
  readonly request: IncomingMessage
  readonly socket: WebSocket
  readonly received: { readonly data: Buffer; readonly binary: boolean }[]
  closed: { readonly code: number; readonly reason: string } | undefined
}

/** A server bot that obeys the contract of the base image, in the test's own process: it does what the test does with it. */
export class WatchedBot implements AsyncDisposable {
  readonly sessions: BotSession[] = []
  readonly sockets: BotSocket[] = []
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  readonly #webSockets = new WebSocketServer({ server: this.#server, path: '/ws', perMessageDeflate: false })

  static async start(): Promise<WatchedBot> {
    const bot = new WatchedBot()
    bot.#webSockets.on('connection', (socket: WebSocket, request) => bot.#open(socket, request))
    bot.#server.listen(0, '127.0.0.1')
    await once(bot.#server, 'listening')
    return bot
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ws`
  }

  /** The `n`-th request to `/bot`, once it is here. */
  session(n = 0): Promise<BotSession> {
    return nth(this.sessions, n)
  }

  socket(n = 0): Promise<BotSocket> {
    return nth(this.sockets, n)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.sockets) socket.terminate()
    this.#webSockets.close()
    this.#server.close()
    this.#server.closeAllConnections()
    if (this.#server.listening) await once(this.#server, 'close')
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/readyz' || request.url === '/livez') {
      response.end('{"status":"ok"}')
      return
    }
    if (request.method !== 'POST' || request.url !== '/bot') {
      response.writeHead(404).end()
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { headers } = request
    const sessionId = String(headers['x-daily-session-id'])
    const session = { sessionId, headers, body: Buffer.concat(chunks).toString('utf8'), response, gone: false }
    response.on('close', () => {
      session.gone = !response.writableFinished
    })
    this.sessions.push(session)
  }

  #open(socket: WebSocket, request: IncomingMessage): void {
    const entry: BotSocket = { request, socket, received: [], closed: undefined }
    socket.on('message', (data: Buffer, binary) => entry.received.push({ data, binary }))
    socket.on('error', () => undefined)
    socket.on('close', (code, reason) => {
      entry.closed = { code, reason: reason.toString('utf8') }
    })
    this.sockets.push(entry)
  }
}

const nth = <Item>(items: readonly Item[], n: number): Promise<Item> =>
  vi.waitFor(() => {
    const item = items[n]
    if (item === undefined) throw new Error(`there are ${items.length}`)
    return item
  }, patience)
