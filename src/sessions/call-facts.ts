/** Who calls whom, as the answer webhook said. All but the id is unknown for a stream that came without one. */
export interface CallFacts {
  readonly callId: string
  readonly from?: string
  readonly to?: string
  readonly direction?: 'inbound' | 'outbound'
  /** Custom data for the bot. */
  readonly body?: unknown
}
