import { randomBytes } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { signatureHeaders } from '../plivo/signature.ts'
import { requestOnce } from './http-request.ts'
import { withRetries, type HttpOutcome } from './retries.ts'
import { fixedSettings, parseUrlSettings, type UrlSettings } from './url-settings.ts'
import { maxDocumentBytes } from './xml-document.ts'

export type HttpMethod = 'GET' | 'POST'

/** Parameters by their names on the wire. */
export type WebhookParameters = Readonly<Record<string, string>>

export interface Webhook {
  readonly method: HttpMethod
  /** The settings in its fragment are obeyed and stripped. */
  readonly url: string
  readonly parameters: WebhookParameters
  /** Gives up when it fires. */
  readonly signal: AbortSignal
  /** In place of those in the fragment, which is stripped all the same. */
  readonly settings?: UrlSettings
  /** Longest wait for the answer, each try, whatever the settings say. */
  readonly maxTryMs?: number
  readonly onTry?: (attempt: number) => void
}

export interface Signer {
  /** None: nothing is signed. */
  readonly authTokens: readonly string[]
  readonly mainAuthToken?: string | undefined
}

export interface WebhookSenderOptions extends Signer {
  readonly clock: Clock
  readonly warn: (text: string) => void
}

/** Media may be larger than a document (section 6.2). */
const maxMediaBytes = 10 * 1024 * 1024

/** The HTTP requests of one call, in Plivo's form and with Plivo's signatures (sections 2.1, 2.5 and 5). */
export class WebhookSender {
  readonly #options: WebhookSenderOptions

  constructor(options: WebhookSenderOptions) {
    this.#options = options
  }

  /** Never rejects. `url` must be an http or https URL. */
  async send(webhook: Webhook): Promise<HttpOutcome> {
    const { url, settings, problems } = parseUrlSettings(webhook.url)
    for (const problem of problems) this.#options.warn(`${url}: ${problem}`)
    const { method, signal, maxTryMs = Number.POSITIVE_INFINITY } = webhook
    return this.#withRetries(`${method} ${url}`, webhook.settings ?? settings, (attempt) => {
      webhook.onTry?.(attempt.attempt)
      return requestOnce({
        ...this.#signed(method, url, webhook.parameters),
        connectTimeoutMs: attempt.connectTimeoutMs,
        readTimeoutMs: Math.min(attempt.readTimeoutMs, maxTryMs),
        maxBytes: maxDocumentBytes,
        clock: this.#options.clock,
        signal,
      })
    })
  }

  /** A media file: not signed, and tried twice. */
  async download(url: string, signal: AbortSignal): Promise<HttpOutcome> {
    const { clock } = this.#options
    return this.#withRetries(`GET ${url}`, fixedSettings, ({ connectTimeoutMs, readTimeoutMs }) =>
      requestOnce({
        method: 'GET',
        url,
        headers: {},
        connectTimeoutMs,
        readTimeoutMs,
        maxBytes: maxMediaBytes,
        clock,
        signal,
      }),
    )
  }

  /** Headers of a stream's upgrade. The URL is signed as if it were `http`, even for `wss` (C-22). */
  upgradeHeaders(url: string, { withQuery }: { withQuery: boolean }): Record<string, string> {
    const asHttp = url.replace(/^wss?:/i, 'http:')
    return signedHeaders(this.#options, { method: 'GET', url: withQuery ? asHttp : asHttp.replace(/\?.*$/s, '') })
  }

  #withRetries(what: string, settings: UrlSettings, once: Parameters<typeof withRetries>[1]): Promise<HttpOutcome> {
    const { clock, warn } = this.#options
    return withRetries({ settings, clock, onRetry: (why) => warn(`${what}: ${why}; trying again`) }, once)
  }

  #signed(method: HttpMethod, url: string, parameters: WebhookParameters) {
    const pairs = inOrder(Object.entries(parameters))
    if (method === 'GET') {
      const whole = withQuery(url, pairs)
      return { method, url: whole, headers: signedHeaders(this.#options, { method, url: whole }) }
    }
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      ...signedHeaders(this.#options, { method, url, params: pairs }),
    }
    return { method, url, headers, body: new URLSearchParams(pairs).toString() }
  }
}

/** With a fresh nonce; nothing when there are no tokens. */
function signedHeaders(
  { authTokens: tokens, mainAuthToken: mainToken }: Signer,
  request: { method: HttpMethod; url: string; params?: Iterable<[string, string]> },
): Record<string, string> {
  if (tokens.length === 0) return {}
  return { ...signatureHeaders({ ...request, tokens, mainToken, nonce: createNonce() }) }
}

/** Twenty digits, as in the captures. */
const createNonce = (): string => Array.from(randomBytes(20), (byte) => byte % 10).join('')

const inOrder = (pairs: [string, string][]): [string, string][] =>
  pairs.sort(([a], [b]) => {
    if (a === b) return 0
    return a < b ? -1 : 1
  })

/** The query's own keys and Plivo's, sorted together as in the captures (section 2.1). */
const withQuery = (url: string, pairs: [string, string][]): string => {
  const [path = '', query = ''] = url.split(/\?(.*)/s)
  return `${path}?${new URLSearchParams(inOrder([...new URLSearchParams(query), ...pairs])).toString()}`
}
