export type PlivoApiErrorKind =
  /** Plivo read the request and said no; nothing was done. */
  | 'refused'
  /** Plivo could not be reached, or says that it failed: it was not done. */
  | 'unavailable'
  /** Nobody can say whether it was done. */
  | 'unknown-outcome'
  | 'bad-credentials'
  /** The call is not live, or there is no such thing. */
  | 'not-found'
  | 'rate-limited'
  /** An answer came that is not Plivo's, or lacks what it should have. With a `status` below 300 it may have been done. */
  | 'unreadable'

interface PlivoApiErrorFacts {
  readonly kind: PlivoApiErrorKind
  /** With Plivo's own words, where it had some. */
  readonly message: string
  readonly fix: string
  readonly status?: number | undefined
  readonly apiId?: string | undefined
  readonly retryable?: boolean | undefined
}

/** A request to Plivo's REST API that did not succeed. No part of it has the auth token in it. */
export class PlivoApiError extends Error {
  override readonly name = 'PlivoApiError'
  readonly kind: PlivoApiErrorKind
  /** HTTP status; undefined: no answer came. */
  readonly status: number | undefined
  /** What Plivo's support asks for. */
  readonly apiId: string | undefined
  /** What a person can do about it. */
  readonly fix: string
  /** Whether the same request may be made again later: it does no harm, and may succeed. */
  readonly retryable: boolean

  constructor({ kind, message, fix, status, apiId, retryable = false }: PlivoApiErrorFacts) {
    super(message)
    this.kind = kind
    this.status = status
    this.apiId = apiId
    this.fix = fix
    this.retryable = retryable
  }
}
