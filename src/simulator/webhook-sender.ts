import { randomBytes } from 'node:crypto'
import { sleep, type Clock } from '../lib/clock.ts'
import { signatureHeaders } from '../plivo/signature.ts'
import type { FaultPlan, TryFault } from './fault-plan.ts'
import type { HttpRequest } from './http-request.ts'
import type { Network } from './network.ts'
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
  /** Of a POST's body. Default `form`. */
  readonly form?: 'form' | 'json'
}

export interface Signer {
  /** None: nothing is signed. */
  readonly authTokens: readonly string[]
  readonly mainAuthToken?: string | undefined
}

export interface WebhookSenderOptions extends Signer {
  readonly network: Pick<Network, 'request'>
  readonly clock: Clock
  readonly warn: (text: string) => void
  readonly faults?: FaultPlan
  /** Between the tries of a URL. Default none. */
  readonly retryPauseMs?: number
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
    const obeyed = { ...webhook, url, settings: webhook.settings ?? settings }
    const faults = this.#options.faults?.takeForSend(url, webhook.parameters['Event']) ?? []
    for (const fault of faults) {
      if (fault.fault === 'late') await sleep(this.#options.clock, fault.ms, webhook.signal)
    }
    const forged = faults.some(({ fault }) => fault === 'wrong-signature')
    const outcome = await this.#send(obeyed, forged)
    if (faults.some(({ fault }) => fault === 'duplicate')) await this.#send(obeyed, forged)
    return outcome
  }

  #send(webhook: Webhook & { readonly settings: UrlSettings }, forged: boolean): Promise<HttpOutcome> {
    const { method, url, parameters, signal, maxTryMs = Number.POSITIVE_INFINITY } = webhook
    const { network, clock, faults } = this.#options
    return this.#withRetries(`${method} ${url}`, webhook.settings, async (attempt) => {
      webhook.onTry?.(attempt.attempt)
      const request: HttpRequest = {
        ...this.#signed(webhook, forged),
        connectTimeoutMs: attempt.connectTimeoutMs,
        readTimeoutMs: Math.min(attempt.readTimeoutMs, maxTryMs),
        maxBytes: maxDocumentBytes,
        clock,
        signal,
      }
      const fault = faults?.takeForTry(url, parameters['Event'])
      return fault ? faultyRequest(fault, request, network) : network.request(request)
    })
  }

  /** A media file: not signed, and tried twice. */
  async download(url: string, signal: AbortSignal): Promise<HttpOutcome> {
    const { network, clock } = this.#options
    return this.#withRetries(`GET ${url}`, fixedSettings, ({ connectTimeoutMs, readTimeoutMs }) =>
      network.request({
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
    const signer = this.#options.faults?.forgesUpgrade(url) ? forgedSigner(this.#options) : this.#options
    return signedHeaders(signer, { method: 'GET', url: withQuery ? asHttp : asHttp.replace(/\?.*$/s, '') })
  }

  #withRetries(what: string, settings: UrlSettings, once: Parameters<typeof withRetries>[1]): Promise<HttpOutcome> {
    const { clock, warn, retryPauseMs: pauseMs = 0 } = this.#options
    return withRetries({ settings, clock, pauseMs, onRetry: (why) => warn(`${what}: ${why}; trying again`) }, once)
  }

  #signed({ method, url, parameters, form }: Webhook, forged: boolean) {
    const signer = forged ? forgedSigner(this.#options) : this.#options
    const pairs = inOrder(Object.entries(parameters))
    if (method === 'GET') {
      const whole = withQuery(url, pairs)
      return { method, url: whole, headers: signedHeaders(signer, { method, url: whole }) }
    }
    const json = form === 'json'
    const headers = {
      'Content-Type': json ? 'application/json' : 'application/x-www-form-urlencoded',
      ...signedHeaders(signer, { method, url, params: pairs }),
    }
    const body = json ? JSON.stringify(Object.fromEntries(pairs)) : new URLSearchParams(pairs).toString()
    return { method, url, headers, body }
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

const forgedSigner = ({ authTokens, mainAuthToken }: Signer): Signer => ({
  authTokens: authTokens.map((token) => `${token}x`),
  ...(mainAuthToken !== undefined && { mainAuthToken: `${mainAuthToken}x` }),
})

/** One try that goes wrong on purpose. */
async function faultyRequest(
  fault: TryFault,
  request: HttpRequest,
  network: Pick<Network, 'request'>,
): Promise<HttpOutcome> {
  const { clock, signal, connectTimeoutMs, readTimeoutMs } = request
  const over: HttpOutcome = { ok: false, at: 'aborted', problem: 'the call is over' }
  switch (fault.fault) {
    case 'unreachable':
      await sleep(clock, connectTimeoutMs, signal)
      return signal.aborted
        ? over
        : { ok: false, at: 'connect', problem: `connect timeout after ${connectTimeoutMs} ms` }
    case 'status':
      return { ok: true, status: fault.status, contentType: 'text/html', body: new Uint8Array() }
    case 'slow': {
      const startedAt = clock.monotonic()
      const outcome = await network.request(request)
      const leftMs = readTimeoutMs - (clock.monotonic() - startedAt)
      await sleep(clock, Math.max(0, Math.min(fault.ms, leftMs)), signal)
      if (signal.aborted) return over
      return fault.ms < leftMs ? outcome : { ok: false, at: 'read', problem: `read timeout after ${readTimeoutMs} ms` }
    }
  }
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
