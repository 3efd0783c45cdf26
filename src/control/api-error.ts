/** Statuses with which a request is refused. What a 5xx would say stays in the log. */
export type RefusalStatus = 400 | 401 | 402 | 403 | 404 | 405 | 409 | 413 | 415 | 429

interface ApiErrorOptions {
  /** Default: the surface's own word for the status. */
  readonly code?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Thrown by anything that serves a request; the error funnel gives it the body of the surface that was asked. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: RefusalStatus
  readonly code: string | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(status: RefusalStatus, message: string, { code, headers = {} }: ApiErrorOptions = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

export const badRequest = (message: string): ApiError => new ApiError(400, message)

export const unauthorized = (message: string): ApiError =>
  new ApiError(401, message, { headers: { 'www-authenticate': 'Bearer' } })

export const forbidden = (message: string): ApiError => new ApiError(403, message)

/** Also the answer for what another organization has: whoever asks does not learn that it exists. */
export const notFound = (what: string): ApiError => new ApiError(404, `${what} was not found.`)

export const conflict = (message: string): ApiError => new ApiError(409, message)

/** `waitSeconds`: until the next request may come; 0: this one may. */
export function refuseHaste(waitSeconds: number): void {
  if (waitSeconds === 0) return
  const headers = { 'retry-after': String(Math.ceil(waitSeconds)) }
  throw new ApiError(429, 'Rate limit exceeded. Please try again later', { headers })
}
