/** A request that got no answer, or not all of it. */
export interface NetworkFailure {
  /** Behind "Plivo": `could not be reached: connect ECONNREFUSED 127.0.0.1:9`. */
  readonly problem: string
  /** The far side cannot have got the request. */
  readonly unsent: boolean
  /** It may be better the next time. */
  readonly transient: boolean
}

export const timedOut = (limitMs: number): NetworkFailure => ({
  problem: `did not answer within ${limitMs / 1000} s`,
  unsent: false,
  transient: true,
})

/** From what `fetch` was rejected with. */
export function networkFailure(error: unknown): NetworkFailure {
  const roots = rootsOf(error)
  const text = roots.find(({ message }) => message !== '')?.message ?? 'the connection failed'
  if (roots.every(isTlsFailure)) return { problem: `could not be trusted: ${text}`, unsent: true, transient: false }
  if (roots.every(isUnsent)) return { problem: `could not be reached: ${text}`, unsent: true, transient: true }
  return { problem: `broke off: ${text}`, unsent: false, transient: true }
}

interface Root {
  readonly message: string
  readonly code: string
  readonly syscall: string
}

/** `fetch` wraps the reason, and trying several addresses of a host makes several of them. */
function rootsOf(error: unknown): readonly Root[] {
  if (!(error instanceof Error)) return [{ message: String(error), code: '', syscall: '' }]
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap(rootsOf)
  if (error.cause instanceof Error) return rootsOf(error.cause)
  return [{ message: error.message, code: textAt(error, 'code'), syscall: textAt(error, 'syscall') }]
}

const textAt = (error: Error, name: 'code' | 'syscall'): string => {
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' ? value : ''
}

/** No connection was ever made. */
const isUnsent = ({ code, syscall }: Root): boolean =>
  syscall === 'connect' || syscall === 'getaddrinfo' || code === 'UND_ERR_CONNECT_TIMEOUT'

/** The handshake comes before the request. */
const isTlsFailure = ({ code }: Root): boolean =>
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/.test(code)
