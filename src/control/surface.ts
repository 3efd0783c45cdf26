/**
 * Four kinds of client, each with its own words for an error:
 * `cli` the `pipecatcloud` command, `rest` holders of a private key, `public` those of a public key, `offhook` our own.
 */
export type Surface = 'cli' | 'rest' | 'public' | 'offhook'

export function surfaceOf(path: string): Surface {
  if (path.startsWith('/v1/public/')) return 'public'
  if (path.startsWith('/v1/offhook/') || path === '/v1/offhook') return 'offhook'
  return /^\/(?:v1\/(?:organizations|users)|auth)(?:\/|$)/.test(path) ? 'cli' : 'rest'
}

const words: Readonly<Record<number, string>> = {
  400: 'GENERIC_BAD_REQUEST',
  401: 'UNAUTHORIZED',
  402: 'PAYMENT_REQUIRED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  500: 'INTERNAL_SERVER_ERROR',
  503: 'SERVICE_UNAVAILABLE',
}

/** The command line compares the strings "401" and "400"; the documented API has words. */
export function errorCode(surface: Surface, status: number): string {
  const numeric = surface === 'cli' || surface === 'public'
  return numeric ? String(status) : (words[status] ?? String(status))
}
