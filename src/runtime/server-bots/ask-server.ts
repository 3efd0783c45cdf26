import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Clock, Timer } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import { httpBase } from './http-base.ts'
import {
  answeredHeaders,
  answerTimeoutMs,
  forwardedHeaders,
  isBodiless,
  type ProxiedRequest,
  type ProxiedResponse,
  ProxyError,
} from '../proxied-request.ts'

interface AskServerOptions {
  /** Of the bot's socket; its other paths are beside it. */
  readonly url: string
  readonly start: { readonly sessionId: string }
  readonly clock: Clock
}

/** Passes a client's request on to a server bot. Resolves when its answer begins; rejects with a `ProxyError`. */
export function askServer(asked: ProxiedRequest, { url, start, clock }: AskServerOptions): Promise<ProxiedResponse> {
  return new Promise((resolve, reject) => {
    const base = httpBase(url)
    const request = base.startsWith('https:') ? httpsRequest : httpRequest
    const outgoing = request(new URL(base + asked.path), {
      method: asked.method,
      // A connection of its own: one that is kept open would keep a bot that ends from ending.
      agent: false,
      headers: outgoingHeaders(asked, start.sessionId),
    })
    const stop = () => outgoing.destroy(new ProxyError('unreachable', 'The client is gone.'))
    asked.signal.addEventListener('abort', stop, { once: true })
    const patience = new Patience(clock, () =>
      outgoing.destroy(new ProxyError('timed-out', `The bot gave no answer within ${answerTimeoutMs / 1000} s.`)),
    )
    outgoing.once('close', () => {
      patience.end()
      asked.signal.removeEventListener('abort', stop)
      // Some answers, such as a change of the protocol, are neither an error nor a response.
      reject(new ProxyError('unreachable', 'The bot closed the connection without an answer.'))
    })
    outgoing.once('error', (error) => reject(proxyError(error)))
    outgoing.once('response', (response) => {
      // From now on a client that leaves takes the body with it.
      asked.signal.removeEventListener('abort', stop)
      const { statusCode = 0 } = response
      if (statusCode >= 200 && statusCode <= 599) return resolve(answerOf(response, asked.method, patience))
      reject(new ProxyError('unreachable', `The bot answered with ${statusCode}, which is no status of an answer.`))
      outgoing.destroy()
    })
    if (asked.body === null) outgoing.end()
    else void send(asked.body, outgoing, reject)
  })
}

/** The length was checked against the body on its way in, so that the bot may rely on it. */
function outgoingHeaders({ headers, body }: ProxiedRequest, sessionId: string): Record<string, string> {
  const forwarded = forwardedHeaders(headers, sessionId)
  const length = headers.get('content-length')
  if (body !== null && length !== null) forwarded.set('content-length', length)
  return { ...Object.fromEntries(forwarded), connection: 'close' }
}

async function send(
  body: ReadableStream<Uint8Array>,
  outgoing: ClientRequest,
  fail: (error: Error) => void,
): Promise<void> {
  try {
    await pipeline(body, outgoing)
  } catch (error) {
    fail(proxyError(error))
  }
}

function answerOf(response: IncomingMessage, method: string, patience: Patience): ProxiedResponse {
  patience.renew()
  response.on('data', () => patience.renew())
  response.pause()
  const headers = new Headers()
  for (let at = 0; at < response.rawHeaders.length; at += 2) {
    headers.append(response.rawHeaders[at] ?? '', response.rawHeaders[at + 1] ?? '')
  }
  const status = response.statusCode ?? 502
  const bare = method === 'HEAD' || isBodiless(status)
  if (bare) response.resume()
  const body = bare ? null : Readable.toWeb(response)
  return { status, headers: answeredHeaders(headers), body }
}

const proxyError = (error: unknown): ProxyError =>
  error instanceof ProxyError ? error : new ProxyError('unreachable', `The bot does not answer: ${messageOf(error)}`)

/** Runs out when nothing renews it. */
class Patience {
  readonly #clock: Clock
  readonly #onOut: () => void
  #timer: Timer

  constructor(clock: Clock, onOut: () => void) {
    this.#clock = clock
    this.#onOut = onOut
    this.#timer = clock.after(answerTimeoutMs, onOut)
  }

  renew(): void {
    this.#timer.cancel()
    this.#timer = this.#clock.after(answerTimeoutMs, this.#onOut)
  }

  end(): void {
    this.#timer.cancel()
  }
}
