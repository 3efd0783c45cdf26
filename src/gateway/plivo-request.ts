import { verifyUpgrade, verifyV3 } from '../plivo/index.ts'
import { pathAndQuery, type PublicUrl, type RequestHead } from './public-url.ts'

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
  /** As an agent of this organization looks at it; undefined: as the node does. */
  signatureFor(organization: string | undefined): 'valid' | 'invalid' | 'missing'
  /** Somebody on this machine sent it, in Plivo's place. */
  readonly isSimulated: boolean
}

export interface PlivoVerifierOptions {
  readonly publicUrl: PublicUrl
  /** Auth tokens that Plivo may have signed with. */
  readonly tokens: readonly string[]
  /** Those of an organization with an account of its own, which count in place of the node's. Default: none has one. */
  readonly tokensOf?: ((organization: string) => readonly string[] | undefined) | undefined
  /** Signs simulated calls, for whatever organization. */
  readonly simulatorToken?: string | undefined
}

const maxBodyBytes = 64 * 1024

/** The body of a request that is larger than any webhook. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError'
}

/** Whoever sent a request did not wait for its end. */
export class SenderLeftError extends Error {
  override readonly name = 'SenderLeftError'
}

/** Checks what claims to come from Plivo. */
export class PlivoVerifier {
  readonly #options: PlivoVerifierOptions
  readonly #publicUrl: PublicUrl

  constructor(options: PlivoVerifierOptions) {
    this.#options = options
    this.#publicUrl = options.publicUrl
  }

  /** Auth tokens that Plivo may have signed with, for an agent of this organization. */
  tokensFor(organization: string | undefined): readonly string[] {
    const { tokens, tokensOf, simulatorToken } = this.#options
    const own = organization === undefined ? undefined : tokensOf?.(organization)
    return own ? [...own, ...(simulatorToken === undefined ? [] : [simulatorToken])] : tokens
  }

  /** Address of whoever asks. */
  clientOf(request: RequestHead): string {
    return this.#publicUrl.clientOf(request)
  }

  /** Reads a webhook. Throws `BodyTooLargeError` and `SenderLeftError`. */
  async readWebhook(request: IncomingRequest): Promise<PlivoRequest> {
    const base = this.#publicUrl.base(request)
    const method = request.method === 'POST' ? 'POST' : 'GET'
    const body = method === 'POST' ? await readBody(request) : ''
    const contentType = request.headers['content-type']
    const fields = new URLSearchParams(contentType?.includes('json') ? '' : body)
    const url = `${base}${request.url ?? '/'}`
    const params = new URLSearchParams(pathAndQuery(request)[1])
    for (const name of new Set(fields.keys())) params.delete(name)
    for (const [name, value] of fields) params.append(name, value)
    const { signature, signed } = this.#headers(request)
    const isSignedBy = (tokens: readonly string[]) => verifyV3({ tokens, method, url, params: fields, ...signed })
    const { simulatorToken } = this.#options
    return {
      method,
      base,
      params,
      body,
      contentType,
      signatureFor: (organization) =>
        isSignedBy(this.tokensFor(organization)) ? 'valid' : signature ? 'invalid' : 'missing',
      isSimulated: simulatorToken !== undefined && isSignedBy([simulatorToken]),
    }
  }

  /** Checks the signature of a WebSocket upgrade for an agent of this organization. */
  verifyUpgrade(
    request: Pick<IncomingRequest, 'headers' | 'socket' | 'url'>,
    organization: string,
  ): 'with-query' | 'without-query' | 'no' {
    const publicUrl = `${this.#publicUrl.base(request)}${request.url ?? '/'}`
    return verifyUpgrade({ tokens: this.tokensFor(organization), publicUrl, ...this.#headers(request).signed })
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
  try {
    for await (const piece of request) {
      bytes += piece.length
      if (bytes > maxBodyBytes) throw new BodyTooLargeError(`a body of more than ${maxBodyBytes} bytes`)
      pieces.push(piece)
    }
  } catch (error) {
    throw error instanceof BodyTooLargeError ? error : new SenderLeftError('the body ends too early', { cause: error })
  }
  return Buffer.concat(pieces).toString('utf8')
}
