import { verifyUpgrade, verifyV3 } from '../plivo/index.ts'
import type { PublicUrl, RequestHead } from './public-url.ts'

/** A request as it comes in, its body unread: an `IncomingMessage` is one. */
export interface IncomingRequest extends RequestHead, AsyncIterable<Uint8Array> {
  readonly method?: string | undefined
  /** Path and query. */
  readonly url?: string | undefined
}

/** A request that says it comes from Plivo. */
export interface PlivoRequest {
  readonly method: 'GET' | 'POST'
  /** Public base URL of this node, as the sender knows it. */
  readonly base: string
  /** Parameters of the URL and, over them, of the body. */
  readonly params: URLSearchParams
  readonly body: string
  readonly contentType: string | undefined
  readonly signature: 'valid' | 'invalid' | 'missing'
}

const maxBodyBytes = 64 * 1024

/** The body of a request that is larger than any webhook. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError'
}

/** Checks what claims to come from Plivo. `tokens` are the auth tokens that Plivo may have signed with. */
export class PlivoVerifier {
  readonly #publicUrl: PublicUrl
  readonly #tokens: readonly string[]

  constructor({ publicUrl, tokens }: { publicUrl: PublicUrl; tokens: readonly string[] }) {
    this.#publicUrl = publicUrl
    this.#tokens = tokens
  }

  get hasTokens(): boolean {
    return this.#tokens.length > 0
  }

  /** Address of whoever asks. */
  clientOf(request: RequestHead): string {
    return this.#publicUrl.clientOf(request)
  }

  /** Reads a webhook. Throws `BodyTooLargeError`. */
  async readWebhook(request: IncomingRequest): Promise<PlivoRequest> {
    const base = this.#publicUrl.base(request)
    const method = request.method === 'POST' ? 'POST' : 'GET'
    const body = method === 'POST' ? await readBody(request) : ''
    const contentType = request.headers['content-type']
    const fields = new URLSearchParams(contentType?.includes('json') ? '' : body)
    const url = `${base}${request.url ?? '/'}`
    const params = new URLSearchParams(url.split('?')[1])
    for (const name of new Set(fields.keys())) params.delete(name)
    for (const [name, value] of fields) params.append(name, value)
    const { signature, signed } = this.#headers(request)
    const valid = verifyV3({ tokens: this.#tokens, method, url, params: fields, ...signed })
    return { method, base, params, body, contentType, signature: valid ? 'valid' : signature ? 'invalid' : 'missing' }
  }

  /** Checks the signature of a WebSocket upgrade. */
  verifyUpgrade(request: Pick<IncomingRequest, 'headers' | 'socket' | 'url'>): 'with-query' | 'without-query' | 'no' {
    const publicUrl = `${this.#publicUrl.base(request)}${request.url ?? '/'}`
    return verifyUpgrade({ tokens: this.#tokens, publicUrl, ...this.#headers(request).signed })
  }

  #headers({ headers }: Pick<RequestHead, 'headers'>) {
    const text = (name: string) => {
      const value = headers[name]
      return Array.isArray(value) ? value.join(',') : value
    }
    const signature = text('x-plivo-signature-v3')
    const mainSignature = text('x-plivo-signature-ma-v3')
    const nonce = text('x-plivo-signature-v3-nonce')
    return {
      signature: signature !== undefined || mainSignature !== undefined,
      signed: { nonce, signature, mainSignature },
    }
  }
}

async function readBody(request: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of request) {
    bytes += piece.length
    if (bytes > maxBodyBytes) throw new BodyTooLargeError(`a body of more than ${maxBodyBytes} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
