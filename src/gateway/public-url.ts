import type { IncomingHttpHeaders } from 'node:http'
import { TrustedProxies } from '../lib/trusted-proxies.ts'

export interface PublicUrlOptions {
  /** Base URL under which the carrier reaches this node, if it is known; it wins over everything a request says. */
  readonly publicUrl?: string | undefined
  /** Addresses or networks (`10.0.0.0/8`) whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[]
  /** Ports that only this machine reaches: what comes in there is addressed as it says. */
  readonly isLocalPort?: ((port: number | undefined) => boolean) | undefined
}

/** What tells to which host a request goes: an `IncomingMessage` does. */
export interface RequestHead {
  readonly headers: IncomingHttpHeaders
  readonly socket: {
    readonly remoteAddress?: string | undefined
    readonly localPort?: number | undefined
    readonly encrypted?: boolean | undefined
  }
}

/** A request that does not say to which host it goes, or says nonsense. */
export class BadHostError extends Error {
  override readonly name = 'BadHostError'
}

const hostName = /^(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

/** Finds out how the outside world addresses this node. */
export class PublicUrl {
  readonly #fixed: string | undefined
  readonly #proxies: TrustedProxies
  readonly #isLocalPort: NonNullable<PublicUrlOptions['isLocalPort']>

  constructor({ publicUrl, trustedProxies, isLocalPort = () => false }: PublicUrlOptions) {
    this.#isLocalPort = isLocalPort
    this.#fixed = publicUrl?.replace(/\/+$/, '')
    this.#proxies = new TrustedProxies(trustedProxies)
  }

  /** Scheme and host, such as `https://voice.example.com`, without a slash at the end. Throws `BadHostError`. */
  base(request: RequestHead): string {
    if (this.#fixed !== undefined && !this.#isLocalPort(request.socket.localPort)) return this.#fixed
    const proxied = this.#proxies.trusts(request.socket.remoteAddress)
    const scheme =
      (proxied && first(request.headers['x-forwarded-proto'])) || (request.socket.encrypted === true ? 'https' : 'http')
    const host = (proxied && first(request.headers['x-forwarded-host'])) || request.headers.host || 'localhost'
    if (!hostName.test(host)) throw new BadHostError(`the host "${host}" is no host name`)
    return `${scheme === 'https' || scheme === 'wss' ? 'https' : 'http'}://${host}`
  }

  /** Address of whoever asks. */
  clientOf({ headers, socket }: RequestHead): string {
    const forwarded = headers['x-forwarded-for']
    return this.#proxies.clientOf(socket.remoteAddress, Array.isArray(forwarded) ? forwarded.join(',') : forwarded)
  }
}

/** Of what is asked for. A query goes on behind a second `?`. */
export function pathAndQuery({ url = '' }: { readonly url?: string | undefined }): [path: string, query: string] {
  const [path = '', ...query] = url.split('?')
  return [path, query.join('?')]
}

/** `https://…` as `wss://…`, `http://…` as `ws://…`. */
export const toSocketUrl = (url: string): string => url.replace(/^http/, 'ws')

function first(header: string | string[] | undefined): string | undefined {
  const value = Array.isArray(header) ? header[0] : header
  return value?.split(',')[0]?.trim()
}
