import { once } from 'node:events'
import { vi } from 'vitest'
import { WebSocket } from 'ws'
import { patience } from './patience.ts'

/** A client of `/ws/generic`, with what it was told. */
export class GenericClient {
  readonly socket: WebSocket
  readonly received: (string | Buffer)[] = []
  closed: { readonly code: number; readonly reason: string } | undefined

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer, binary) => this.received.push(binary ? data : data.toString('utf8')))
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString('utf8') }
    })
    socket.on('error', () => undefined)
  }

  /** The open client, or the refusal. */
  static async connect(
    url: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<GenericClient | { readonly status: number; readonly body: string }> {
    const socket = new WebSocket(url, { headers })
    const client = new GenericClient(socket)
    return new Promise((resolve) => {
      socket.once('open', () => resolve(client))
      socket.once('unexpected-response', (request, response) => {
        let body = ''
        response.on('data', (piece: Buffer) => (body += piece.toString('utf8')))
        response.on('end', () => {
          request.destroy()
          resolve({ status: response.statusCode ?? 0, body })
        })
      })
    })
  }

  static async open(url: string, headers?: Readonly<Record<string, string>>): Promise<GenericClient> {
    const client = await GenericClient.connect(url, headers)
    if (client instanceof GenericClient) return client
    throw new Error(`refused with ${client.status}: ${client.body}`)
  }

  /** The status of a refusal; 101 for a client that was let in, and is gone again. */
  static async status(url: string, headers?: Readonly<Record<string, string>>): Promise<number> {
    const client = await GenericClient.connect(url, headers)
    if (!(client instanceof GenericClient)) return client.status
    client.socket.terminate()
    return 101
  }

  /** Resolves with how the node closed the socket. */
  async over(): Promise<{ readonly code: number; readonly reason: string }> {
    return vi.waitFor(() => {
      if (!this.closed) throw new Error('the socket is open')
      return this.closed
    }, patience)
  }

  async close(code = 1000, reason = ''): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return
    this.socket.close(code, reason)
    await once(this.socket, 'close')
  }
}
