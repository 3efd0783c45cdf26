/** What stands between the official SDK, our own client and the simulator, so that both can be compared. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { connect, type Socket } from 'node:net'
import tls from 'node:tls'
import type { createCertificate } from './support/certificate.ts'

export type Fields = Readonly<Record<string, unknown>>

/** What the tests use of the official SDK; its own types lack methods that it has. */
export interface Sdk {
  readonly Client: new (authId: string, authToken: string, options: { readonly proxy: string }) => SdkClient
}

type Call = (...args: readonly unknown[]) => Promise<Fields>
type SdkResource<Method extends string> = Readonly<Record<Method, Call>>

export interface SdkClient {
  readonly calls: SdkResource<
    | 'create'
    | 'get'
    | 'getLiveCall'
    | 'listLiveCalls'
    | 'cancel'
    | 'hangup'
    | 'transfer'
    | 'record'
    | 'stopRecording'
    | 'playMusic'
    | 'stopPlayingMusic'
    | 'speakText'
    | 'stopSpeakingText'
    | 'sendDigits'
    | 'stream'
    | 'stopStream'
    | 'stopAllStream'
  >
  readonly applications: SdkResource<'create' | 'get' | 'list' | 'update'>
  readonly numbers: SdkResource<'get' | 'list' | 'update'>
  readonly recordings: SdkResource<'get' | 'list' | 'delete'>
}

export const officialSdk: Sdk = createRequire(import.meta.url)('plivo')

export const portOf = (server: Server): number => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening')
  return address.port
}

export interface SeenRequest {
  readonly method: string
  /** Without a slash at the end. */
  readonly path: string
  /** Those of the query and of the body, as texts; empty ones are left out. */
  readonly fields: Readonly<Record<string, string>>
  /** Names of those in the query. */
  readonly inQuery: readonly string[]
  readonly inBody: readonly string[]
  readonly authorization: string | undefined
  readonly contentType: string | undefined
}

/** Passes every request on, and remembers it. */
export class Witness implements AsyncDisposable {
  readonly requests: SeenRequest[] = []
  readonly #target: string
  readonly #http = createServer((request, response) => void this.#pass(request, response))

  constructor(target: string) {
    this.#target = target
  }

  static async start(target: string): Promise<Witness> {
    const witness = new Witness(target)
    witness.#http.listen(0, '127.0.0.1')
    await once(witness.#http, 'listening')
    return witness
  }

  get port(): number {
    return portOf(this.#http)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections()
    this.#http.close()
    await once(this.#http, 'close')
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { method = '', url = '' } = request
    const { authorization = '', 'content-type': contentType } = request.headers
    const { pathname, searchParams } = new URL(url, this.#target)
    const json: Fields = body === '' || body === '""' ? {} : JSON.parse(body)
    const given = { ...Object.fromEntries(searchParams), ...json }
    const texts = Object.entries(given).map(([name, value]) => [name, String(value)] as const)
    this.requests.push({
      method,
      path: pathname.replace(/\/$/, ''),
      fields: Object.fromEntries(texts.filter(([, text]) => text !== '')),
      inQuery: [...searchParams.keys()],
      inBody: Object.keys(json),
      authorization,
      contentType,
    })
    const answer = await fetch(new URL(url, this.#target), {
      method,
      headers: { authorization, 'content-type': contentType ?? 'application/json' },
      body: body === '' || method === 'GET' ? null : body,
    })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
    response.end(Buffer.from(await answer.arrayBuffer()))
  }
}

/** An HTTPS proxy that leads whoever asks for api.plivo.com to a port of this machine: what the SDK's `proxy` takes. */
export class PlivoProxy implements AsyncDisposable {
  readonly #sockets = new Set<Socket>()
  readonly #http = createServer()

  constructor(port: number, certificate: ReturnType<typeof createCertificate>) {
    const secure = tls.createServer(certificate, (socket) => {
      const inner = this.#track(connect(port, '127.0.0.1'))
      socket.on('error', () => inner.destroy())
      inner.on('error', () => socket.destroy())
      socket.pipe(inner).pipe(socket)
    })
    this.#http.on('connect', (_request: IncomingMessage, socket: Socket) => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      secure.emit('connection', this.#track(socket))
    })
  }

  async start(): Promise<string> {
    this.#http.listen(0, '127.0.0.1')
    await once(this.#http, 'listening')
    return `http://127.0.0.1:${portOf(this.#http)}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#http.close()
    await once(this.#http, 'close')
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    return socket
  }
}
