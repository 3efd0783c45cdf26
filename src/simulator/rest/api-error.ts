/** Statuses with which a request is refused (Plivo reference 7.1); the last is of a server that stops. */
type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 413 | 415 | 429 | 503

/** Thrown by anything that serves a request; it becomes `{"api_id":"…","error":"…"}` with its status (section 7.1). */
export class ApiError extends Error {
  readonly status: ErrorStatus

  constructor(status: ErrorStatus, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
  }
}

/** There is no such resource. */
export const notFound = (): ApiError => new ApiError(404, 'not found')

/** The call is not live, or never was. */
export const callNotFound = (): ApiError => new ApiError(404, 'call not found')

export const missing = (field: string): ApiError => new ApiError(400, `${field} parameter is missing`)

/** `rule` completes "must be …". */
export const invalid = (field: string, rule: string): ApiError =>
  new ApiError(400, `${field} parameter must be ${rule}`)
