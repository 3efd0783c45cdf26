import type { Bot } from '../bot.ts'

/** Whether a file's default export is a bot; it need not have come from `defineBot`. */
export function isBot(value: unknown): value is Bot {
  if (typeof value !== 'object' || value === null) return false
  const { onCall, onSession } = value as { onCall?: unknown; onSession?: unknown }
  return typeof onCall === 'function' || typeof onSession === 'function'
}
