import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { systemClock, type Clock, type Timer } from '../src/lib/clock.ts'
import { WebSocketServer, type WebSocket } from 'ws'
import { dial, type DialOptions, type TimelineEvent } from '../src/simulator/index.ts'

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly params: Record<string, string>
}

export interface Reply {
  readonly status?: number
  readonly type?: string
  /** `HOST` in a text is the server's. */
  readonly body?: string | Uint8Array
}

type Handler = (request: SeenRequest) => Reply | 'hang' | 'break off'

export interface Stream {
  readonly socket: WebSocket
  readonly request: IncomingMessage
  readonly messages: Message[]
}

export interface Message {
  readonly event: string
  readonly sequenceNumber?: number
  readonly streamId?: string
  readonly name?: string
  readonly extra_headers?: string
  readonly start?: { callId: string; streamId: string; accountId: string; tracks: string[]; mediaFormat: object }
  readonly media?: { track: string; timestamp: string; chunk: number; payload: string }
  readonly dtmf?: { track: string; digit: string; timestamp: string }
}

/** What a test may answer to; everything else is 200 and empty. */
export interface Behaviour {
  readonly routes?: Record<string, Handler>
  /** Status with which upgrades are refused, one after another; undefined lets one through. */
  readonly refusals?: (number | undefined)[]
  readonly onStream?: (stream: Stream) => void
  readonly onMessage?: (message: Message, stream: Stream) => void
}

/** A small server that answers calls, and has nothing of Offhook in it. */
export class TestServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = []
  readonly upgrades: IncomingMessage[] = []
  readonly streams: Stream[] = []
  readonly #http = createServer((request, response) => void this.#answer(request, response))
  readonly #sockets = new WebSocketServer({ noServer: true })
  readonly #behaviour: Behaviour

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour
    this.#http.on('upgrade', (request, socket, head) => {
      this.upgrades.push(request)
      const refusal = behaviour.refusals?.[this.upgrades.length - 1]
      if (refusal !== undefined) {
        socket.end(`HTTP/1.1 ${refusal} Refused\r\nConnection: close\r\n\r\n`)
        return
      }
      this.#sockets.handleUpgrade(request, socket, head, (socket) => this.#accept(socket, request))
    })
  }

  static async start(behaviour: Behaviour): Promise<TestServer> {
    const server = new TestServer(behaviour)
    server.#http.listen(0, '127.0.0.1')
    await once(server.#http, 'listening')
    return server
  }

  get host(): string {
    const address = this.#http.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    return `127.0.0.1:${address.port}`
  }

  get url(): string {
    return `http://${this.host}`
  }

  requestsTo(path: string): SeenRequest[] {
    return this.requests.filter(({ url }) => url.split('?')[0] === path)
  }

  /** Sockets that are still connected. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#http.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.streams) socket.terminate()
    this.#http.closeAllConnections()
    this.#http.close()
    await once(this.#http, 'close')
  }

  #accept(socket: WebSocket, request: IncomingMessage): void {
    const stream: Stream = { socket, request, messages: [] }
    this.streams.push(stream)
    socket.on('message', (data) => {
      const message: Message = JSON.parse(Buffer.isBuffer(data) ? data.toString() : '')
      stream.messages.push(message)
      this.#behaviour.onMessage?.(message, stream)
    })
    this.#behaviour.onStream?.(stream)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { url = '', method = '', headers } = request
    const form = method === 'GET' ? (url.split('?')[1] ?? '') : body
    const seen = { method, url, headers, body, params: Object.fromEntries(new URLSearchParams(form)) }
    this.requests.push(seen)
    const reply = this.#behaviour.routes?.[url.split('?')[0] ?? '']?.(seen) ?? {}
    if (reply === 'hang') return
    if (reply === 'break off') {
      response.writeHead(200, { 'Content-Length': '1000' }).write('<Response>', () => request.socket.destroy())
      return
    }
    const text = typeof reply.body === 'string' ? reply.body.replaceAll('HOST', this.host) : reply.body
    response.writeHead(reply.status ?? 200, { 'Content-Type': reply.type ?? 'application/xml' }).end(text)
  }
}

export const xml = (elements: string): Reply => ({ body: `<Response>${elements}</Response>` })

const streamXml = (attributes = '', path = '/stream'): string => {
  const contentType = attributes.includes('contentType') ? '' : 'contentType="audio/x-mulaw;rate=8000"'
  return `<Stream bidirectional="true" keepCallAlive="true" ${contentType} ${attributes}>
            ws://HOST${path}
          </Stream>`
}

/** Answers with one stream, and what comes `after` it. */
export const startStreamServer = ({
  attributes,
  path,
  after = '',
  ...behaviour
}: Behaviour & { attributes?: string; path?: string; after?: string } = {}): Promise<TestServer> =>
  TestServer.start({
    ...behaviour,
    routes: { '/answer': () => xml(streamXml(attributes, path) + after), ...behaviour.routes },
  })

export const quick = { streamRetryDelayMs: 5 }

export const call = (server: TestServer, options: Partial<DialOptions> = {}) =>
  dial({ answerUrl: `${server.url}/answer`, assumptions: quick, maxDurationMs: 20_000, ...options })

export const types = (timeline: readonly TimelineEvent[]): string[] => timeline.map(({ type }) => type)

export const find = <T extends TimelineEvent['type']>(timeline: readonly TimelineEvent[], type: T) =>
  timeline.filter((event): event is Extract<TimelineEvent, { type: T }> => event.type === type)

/** The system's clock, and the timers of it that wait. */
export function watchedClock(): { readonly clock: Clock; readonly timers: ReadonlySet<Timer> } {
  const timers = new Set<Timer>()
  const clock: Clock = {
    ...systemClock,
    after(delayMs, run) {
      const inner = systemClock.after(delayMs, () => {
        timers.delete(timer)
        run()
      })
      const timer: Timer = {
        cancel() {
          timers.delete(timer)
          inner.cancel()
        },
      }
      timers.add(timer)
      return timer
    },
  }
  return { clock, timers }
}
