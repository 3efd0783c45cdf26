import http from 'node:http'
import https from 'node:https'
import type { Clock, Timer } from '../lib/clock.ts'
import { isWebUrl } from './url-settings.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly connectTimeoutMs: number
  /** From the connection to the last byte. */
  readonly readTimeoutMs: number
  /** What comes after is not read: the reply's body is then one byte longer than this. */
  readonly maxBytes: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface HttpReply {
  readonly ok: true
  readonly status: number
  readonly contentType: string
  readonly body: Uint8Array
}

export interface HttpFailure {
  readonly ok: false
  /** No connection; no answer on it; an answer that broke off; nothing tried, since the signal fired. */
  readonly at: 'connect' | 'read' | 'body' | 'aborted'
  readonly problem: string
}

/** One request on a connection of its own. Never rejects; afterwards no timer and no socket is left. */
export async function requestOnce(options: HttpRequest): Promise<HttpReply | HttpFailure> {
  if (options.signal.aborted) return { ok: false, at: 'aborted', problem: 'the call is over' }
  if (!isWebUrl(options.url)) return { ok: false, at: 'connect', problem: `"${options.url}" is no http or https URL` }
  return new Exchange(options).outcome
}

/** Speaks in `at` of how far it has come, so that whatever breaks it off is told by its place. */
class Exchange {
  readonly outcome: Promise<HttpReply | HttpFailure>
  readonly #options: HttpRequest
  readonly #request: http.ClientRequest
  readonly #settle: (outcome: HttpReply | HttpFailure) => void
  readonly #onAbort = () => this.#fail('the call is over', 'aborted')
  #at: HttpFailure['at'] = 'connect'
  #timer: Timer

  constructor(options: HttpRequest) {
    const { promise, resolve } = Promise.withResolvers<HttpReply | HttpFailure>()
    this.outcome = promise
    this.#settle = resolve
    this.#options = options
    this.#timer = this.#limit(options.connectTimeoutMs, 'connect')
    options.signal.addEventListener('abort', this.#onAbort)
    this.#request = this.#send()
  }

  #send(): http.ClientRequest {
    const { url, method, headers, body } = this.#options
    const target = new URL(url)
    const secure = target.protocol === 'https:'
    const request = (secure ? https : http).request(target, { method, headers, agent: false })
    request.on('error', (error: NodeJS.ErrnoException) => this.#fail(error.message || (error.code ?? 'failed')))
    request.on('socket', (socket) => socket.once(secure ? 'secureConnect' : 'connect', () => this.#connected()))
    request.on('response', (response) => this.#read(response))
    request.end(body)
    return request
  }

  #connected(): void {
    this.#at = 'read'
    this.#timer.cancel()
    this.#timer = this.#limit(this.#options.readTimeoutMs, 'read')
  }

  #read(response: http.IncomingMessage): void {
    this.#at = 'body'
    const chunks: Buffer[] = []
    const reply = (body: Buffer) =>
      this.#end({
        ok: true,
        status: response.statusCode ?? 0,
        contentType: response.headers['content-type'] ?? '',
        body,
      })
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > this.#options.maxBytes) reply(Buffer.concat(chunks).subarray(0, this.#options.maxBytes + 1))
    })
    response.on('end', () => reply(Buffer.concat(chunks)))
    response.on('error', (error) => this.#fail(error.message))
  }

  #limit(timeoutMs: number, what: string): Timer {
    return this.#options.clock.after(timeoutMs, () => this.#fail(`${what} timeout after ${timeoutMs} ms`))
  }

  #fail(problem: string, at = this.#at): void {
    this.#end({ ok: false, at, problem })
  }

  #end(outcome: HttpReply | HttpFailure): void {
    this.#timer.cancel()
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    this.#request.destroy()
    this.#settle(outcome)
  }
}
