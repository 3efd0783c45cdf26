import { inspect } from 'node:util'
import type { Bot } from '../bot.ts'
import type { Call } from '../call.ts'
import { CallControlError } from '../control-error.ts'
import type { BotOutcome } from '../protocol.ts'
import type { Session } from '../session.ts'

/** Longest text in one frame, in characters: escaped as JSON it may grow sixfold, and must still fit. */
export const maxText = 64 * 1024

/** Runs the bot's function for a call and says how it ended; it never rejects. */
export function serveCall(bot: Bot, call: Call): Promise<BotOutcome> {
  return outcomeOf(call.signal, async () => {
    if (!bot.onCall) throw new TypeError('the bot takes no calls: give defineBot an onCall')
    await bot.onCall(call)
    // A prompt that the bot started and did not await is heard as well: the node takes nothing from a bot that is done.
    await call.handedOver()
  })
}

/** The same for a session without a call. */
export function serveSession(bot: Bot, session: Session): Promise<BotOutcome> {
  return outcomeOf(session.signal, async () => {
    if (!bot.onSession) throw new TypeError('the bot takes calls only: give defineBot an onSession')
    await bot.onSession(session)
    await session.handedOver
  })
}

async function outcomeOf(signal: AbortSignal, run: () => Promise<void>): Promise<BotOutcome> {
  try {
    await run()
    return { type: 'returned' }
  } catch (error) {
    if (isAbortBy(signal, error)) return { type: 'returned' }
    if (!(error instanceof Error)) return { type: 'threw', message: String(error).slice(0, maxText) }
    // Unlike the bare stack, `inspect` shows what caused the error: "fetch failed" alone helps nobody.
    return { type: 'threw', message: error.message.slice(0, maxText), stack: inspect(error).slice(0, maxText) }
  }
}

/** Whether `error` only says that the call or session is over: the reason of `signal`, what Node.js wraps around it, or a verb's. */
function isAbortBy(signal: AbortSignal, error: unknown): boolean {
  // The node may say that before it says `end`.
  if (error instanceof CallControlError && error.code === 'call-over') return true
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.cause === signal.reason))
}
