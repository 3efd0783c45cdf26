import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { patience } from './patience.ts'

export interface BotCall {
  readonly socket: WebSocket
  readonly request: IncomingMessage
  readonly received: string[]
  readonly closed: Promise<number>
}

/** A bot that takes one WebSocket for each call and does what the test says. */
export class SmallBot implements AsyncDisposable {
  readonly calls: BotCall[] = []
  readonly #server: WebSocketServer

  private constructor(server: WebSocketServer, onCall: (call: BotCall) => void) {
    this.#server = server
    server.on('connection', (socket, request) => {
      const received: string[] = []
      socket.on('message', (data: Buffer, isBinary) => received.push(isBinary ? 'binary' : data.toString('utf8')))
      const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)))
      const call = { socket, request, received, closed }
      this.calls.push(call)
      onCall(call)
    })
  }

  /** `upgradeAfterMs`: how long it takes to open each stream, default no time. `port`: default one that is free. */
  static async start(
    onCall: (call: BotCall) => void = () => undefined,
    { upgradeAfterMs = 0, port = 0 } = {},
  ): Promise<SmallBot> {
    const slowly = (_: unknown, open: (isTaken: boolean) => void) => void setTimeout(() => open(true), upgradeAfterMs)
    const server = new WebSocketServer({
      port,
      host: '127.0.0.1',
      ...(upgradeAfterMs > 0 && { verifyClient: slowly }),
    })
    await once(server, 'listening')
    return new SmallBot(server, onCall)
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ws`
  }

  /** The call number `n`, from 0, once it is there. */
  async call(n = 0): Promise<BotCall> {
    await expect.poll(() => this.calls.length, patience).toBeGreaterThan(n)
    const call = this.calls[n]
    if (!call) throw new Error('the call went away')
    return call
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
