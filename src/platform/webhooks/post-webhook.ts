import { lookup } from 'node:dns'
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Clock } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import { isPublicAddress } from '../../lib/public-address.ts'

/** The answer of a receiver. What it says in the body is nobody's business: it may be the page of some inner server. */
export interface Posted {
  /** Undefined: there was no answer. */
  readonly status?: number
  /** Undefined: it has taken the message. */
  readonly error?: string
  /** From `Retry-After`. */
  readonly retryAfterMs?: number
}

interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface PostOptions {
  readonly clock: Clock
  /** Lets messages go to this machine and its network, too. */
  readonly allowPrivate: boolean
  readonly signal: AbortSignal
}

/** From the first look at the name to the end of the answer. */
const timeoutMs = 15_000

const refusal = 'its address is not one of the internet, and this node sends webhooks nowhere else (OFFHOOK_WEBHOOKS)'

/** Sends a message once. Follows no redirect. Never rejects. */
export function postWebhook(
  { url, headers, body }: Post,
  { clock, allowPrivate, signal }: PostOptions,
): Promise<Posted> {
  const target = new URL(url)
  const host = target.hostname.replace(/^\[|\]$/g, '')
  // An address is not looked up: it has to be looked at here.
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) return Promise.resolve({ error: refusal })
  return new Promise((resolve) => {
    const bytes = Buffer.from(body)
    const options: RequestOptions = {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json',
        'content-length': bytes.length,
        'user-agent': 'Offhook-Webhooks/1',
        ...headers,
      },
      ...(!allowPrivate && { lookup: lookUpPublic }),
    }
    const outgoing = (target.protocol === 'https:' ? requestHttps : requestHttp)(target, options)
    const stop = () => outgoing.destroy(new Error('the node stopped'))
    const timer = clock.after(timeoutMs, () => outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)))
    const finish = (posted: Posted) => {
      timer.cancel()
      signal.removeEventListener('abort', stop)
      resolve(posted)
      outgoing.destroy()
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    outgoing.on('error', (error) => finish({ error: messageOf(error) }))
    // Some answers, such as a change of the protocol, are neither an error nor a response.
    outgoing.on('close', () => finish({ error: 'the connection was closed without an answer' }))
    outgoing.on('response', (response) => {
      response.resume()
      finish(answerOf(response))
    })
    outgoing.end(bytes)
  })
}

function answerOf({ statusCode: status = 0, headers }: IncomingMessage): Posted {
  if (status >= 200 && status < 300) return { status }
  const redirect = status >= 300 && status < 400 ? ': redirects are not followed' : ''
  const seconds = /^\d{1,6}$/.exec(headers['retry-after'] ?? '')
  const retryAfterMs = seconds ? { retryAfterMs: Number(seconds[0]) * 1000 } : {}
  return { status, error: `HTTP ${status}${redirect}`, ...retryAfterMs }
}

/** The connection goes to the very address that was looked at: a name cannot point elsewhere a moment later. */
const lookUpPublic: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? []
    if (error || !first) {
      done(error ?? new Error(`${hostname} has no address`), '')
      return
    }
    if (!addresses.every(({ address }) => isPublicAddress(address))) done(new Error(refusal), '')
    else if (options.all) done(null, addresses)
    else done(null, first.address, first.family)
  })
}
