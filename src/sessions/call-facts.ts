import { maskNumber } from '../plivo/mask-number.ts'

/** Who calls whom, as the answer webhook said. All but the id is unknown for a stream that came without one. */
export interface CallFacts {
  readonly callId: string
  readonly from?: string
  readonly to?: string
  readonly direction?: 'inbound' | 'outbound'
  /** Custom data for the bot. */
  readonly body?: unknown
}

/** For the log; what came with the call is the bot's business. */
export function whoCalls(
  { from, to, direction }: CallFacts,
  maskNumbers = false,
): Pick<CallFacts, 'from' | 'to' | 'direction'> {
  const shown = maskNumbers ? maskNumber : (number: string) => number
  return {
    ...(from !== undefined && { from: shown(from) }),
    ...(to !== undefined && { to: shown(to) }),
    ...(direction !== undefined && { direction }),
  }
}
