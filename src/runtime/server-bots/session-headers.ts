import type { CallStart, SessionStart } from '../../sdk/protocol.ts'

/** What a server bot is told of its session in the head of the request that begins it. */
export const sessionHeaders = ({
  sessionId,
  traceparent,
}: Pick<CallStart | SessionStart, 'sessionId' | 'traceparent'>): Record<string, string> => ({
  'x-daily-session-id': sessionId,
  ...(traceparent !== undefined && { traceparent }),
})
