import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { WebSocketServer, type WebSocket } from 'ws'
import type { PlivoUnderTest } from './plivo-under-test.ts'

export interface SeenWebhook {
  readonly path: string
  readonly method: string
  /** As it came, with the query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly params: Record<string, string>
}

interface StreamMessage {
  readonly event: string
  readonly sequenceNumber: number
  readonly streamId?: string
  readonly name?: string
  readonly extra_headers?: string
  readonly start?: { callId: string; streamId: string; accountId: string; tracks: string[]; mediaFormat: object }
  readonly media?: { track: string; timestamp: string; chunk: number; payload: string }
}

export interface CustomerStream {
  readonly socket: WebSocket
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly messages: StreamMessage[]
}

/** The suite's own server: answers by path, `BASE` in a document is its public URL, and keeps all that comes. */
export class Customer implements AsyncDisposable {
  readonly webhooks: SeenWebhook[] = []
  readonly streams: CustomerStream[] = []
  readonly #http = createServer((request, response) => void this.#answer(request, response))
  readonly #sockets = new WebSocketServer({ server: this.#http })
  readonly #documents: Readonly<Record<string, string>>
  readonly publicUrl: string

  private constructor(documents: Readonly<Record<string, string>>, publicUrl: string) {
    this.#documents = documents
    this.publicUrl = publicUrl
    this.#sockets.on('connection', (socket, { url = '', headers }) => {
      const stream: CustomerStream = { socket, url, headers, messages: [] }
      this.streams.push(stream)
      socket.on('message', (data: Buffer) => void stream.messages.push(JSON.parse(data.toString('utf8'))))
    })
  }

  static async start(documents: Readonly<Record<string, string>>, plivo: PlivoUnderTest): Promise<Customer> {
    const customer = new Customer(documents, plivo.publicUrl)
    customer.#http.listen(plivo.listen.port, plivo.listen.host)
    await once(customer.#http, 'listening')
    return customer
  }

  to(path: string): SeenWebhook[] {
    return this.webhooks.filter((webhook) => webhook.path === path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#http.close()
    this.#http.closeAllConnections()
    await once(this.#http, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { method = '', url = '', headers } = request
    const [path = '', query] = url.split('?')
    const params = Object.fromEntries(new URLSearchParams(method === 'GET' ? query : body))
    this.webhooks.push({ path, method, url, headers, body, params })
    const wsUrl = this.publicUrl.replace(/^http/, 'ws')
    const document = this.#documents[path]?.replaceAll('WSBASE', wsUrl).replaceAll('BASE', this.publicUrl)
    response.writeHead(200, { 'content-type': 'application/xml' }).end(document ?? '')
  }
}
