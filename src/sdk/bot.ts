import type { Call } from './call.ts'

/** A bot: what the author wrote. */
export interface Bot {
  /** Runs once per call. Its end is the call's end, once what it wanted played has been heard; a throw is a crash. */
  readonly onCall: (call: Call) => Promise<void> | void
  /** Runs once per process, before the process takes its first call: load models, open connections. */
  readonly prewarm?: () => Promise<void> | void
}

/**
 * Declares a bot. Export the result as the module's default:
 *
 *     export default defineBot(async (call) => {
 *       await call.play('./welcome.wav')
 *     })
 */
export function defineBot(bot: Bot | Bot['onCall']): Bot {
  return typeof bot === 'function' ? { onCall: bot } : bot
}
