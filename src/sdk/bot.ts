import type { Call } from './call.ts'
import type { Session } from './session.ts'

/** A bot: what the author wrote. It has `onCall`, `onSession` or both. */
export interface Bot {
  /** Runs once per call. Its end is the call's end, once what it wanted played has been heard; a throw is a crash. */
  readonly onCall?: (call: Call) => Promise<void> | void
  /**
   * Runs once per session without a call: one that `/start` began, or the WebSocket of a client. Its end is the session's
   * end, once what it sent is out; a throw is a crash.
   */
  readonly onSession?: (session: Session) => Promise<void> | void
  /**
   * Answers HTTP requests to `/v1/public/{agent}/sessions/{sessionId}/…` while its call or session runs. The request's URL begins at the
   * bot's root, `http://bot/…`, and its signal fires when its client is gone. A throw is a 502 for the client and ends nothing else.
   */
  readonly fetch?: (request: Request, session: FetchedSession) => Promise<Response> | Response
  /** Runs once per process, before the process takes its first call: load models, open connections. */
  readonly prewarm?: () => Promise<void> | void
}

/** What a request is for. */
export type FetchedSession =
  | { readonly call: Call; readonly session?: undefined }
  | { readonly session: Session; readonly call?: undefined }

/**
 * Declares a bot. Export the result as the module's default:
 *
 *     export default defineBot(async (call) => {
 *       await call.play('./welcome.wav')
 *     })
 */
export function defineBot(bot: Bot | NonNullable<Bot['onCall']>): Bot {
  if (typeof bot === 'function') return { onCall: bot }
  if (!bot.onCall && !bot.onSession) throw new TypeError('a bot needs onCall, onSession or both')
  return bot
}
