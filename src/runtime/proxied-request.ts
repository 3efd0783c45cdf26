/** An HTTP request of a client's to the bot of a running session. */
export interface ProxiedRequest {
  /** In capitals. */
  readonly method: string
  /** Path and query as the client wrote them: `/status?deep=1`. */
  readonly path: string
  readonly headers: Headers
  /** Null: there is none. */
  readonly body: ReadableStream<Uint8Array> | null
  /** Fires when the client is gone. */
  readonly signal: AbortSignal
}

export interface ProxiedResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array> | null
}

/** Why a bot gives no answer. The message is for the client. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError'
  /** `no-routes`: the bot answers no requests. `unreachable`: it broke off, or is not there. */
  readonly code: 'no-routes' | 'timed-out' | 'unreachable' | 'too-large' | 'busy'

  constructor(code: ProxyError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** A bot may take this long to begin its answer, and then between two pieces of it. */
export const answerTimeoutMs = 60_000

export const longestRequestBytes = 4 * 1024 * 1024

/** Of one connection, never of the message; and what is for the platform alone. */
const ownHeaders = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** What goes to the bot of what the client sent. The credential is for the platform. */
export function forwardedHeaders(headers: Headers, sessionId: string): Headers {
  const forwarded = withoutOwn(headers)
  for (const name of ['host', 'content-length', 'authorization', 'expect']) forwarded.delete(name)
  forwarded.set('x-daily-session-id', sessionId)
  return forwarded
}

/** What goes to the client of what the bot answered. */
export const answeredHeaders = (headers: Headers): Headers => withoutOwn(headers)

/** Answers of these statuses have no body. */
export const isBodiless = (status: number): boolean => status === 204 || status === 205 || status === 304

function withoutOwn(headers: Headers): Headers {
  const kept = new Headers(headers)
  const named = (kept.get('connection') ?? '').split(',').map((name) => name.trim())
  for (const name of [...ownHeaders, ...named]) if (name !== '') kept.delete(name)
  return kept
}
