/** A stream as the REST API describes it (Plivo reference 7). Times are Unix epoch milliseconds. */
export interface StreamFacts {
  readonly streamId: string
  readonly callUuid: string
  readonly serviceUrl: string
  readonly bidirectional: boolean
  readonly audioTrack: 'inbound' | 'outbound' | 'both'
  /** With the rate, as in XML. */
  readonly contentType: string
  readonly statusCallbackUrl: string | undefined
  readonly statusCallbackMethod: 'GET' | 'POST'
  readonly status: 'initiated' | 'active' | 'stopped'
  readonly createdAt: number
  /** When `start` was sent. */
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
}
