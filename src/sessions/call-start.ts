import { parseExtraHeaders } from '../plivo/index.ts'
import type { StartMessage } from '../plivo/stream-messages.ts'
import type { CallStart, Resumption } from '../sdk/protocol.ts'
import type { CallFacts } from './call-facts.ts'

interface Begun extends Pick<CallStart, 'traceparent'> {
  /** The carrier's first message. */
  readonly start: { readonly message: StartMessage; readonly raw: string }
  readonly resumed: Resumption | undefined
}

/** What a bot is told when it gets a call. */
export function createCallStart(
  session: { readonly id: string; readonly call: CallFacts },
  { start: { message, raw }, resumed, ...trace }: Begun,
): CallStart {
  const { encoding, sampleRate: sampleRateHz } = message.start.mediaFormat
  return {
    ...session.call,
    sessionId: session.id,
    headers: parseExtraHeaders(message.extra_headers),
    format: { encoding, sampleRateHz },
    raw,
    ...(resumed && { resumed }),
    ...trace,
  }
}
