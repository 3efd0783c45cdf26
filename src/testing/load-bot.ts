import { dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Bot } from '../sdk/bot.ts'
import { runBot } from './real-timers.ts'

export interface LoadedBot {
  readonly bot: Bot
  /** Where its relative paths begin. */
  readonly folder: string
}

/** Imports a bot file; a bot that is here already is returned with the working directory. */
export async function loadBot(source: Bot | string | URL): Promise<LoadedBot> {
  if (isBot(source)) return { bot: source, folder: process.cwd() }
  const file = source instanceof URL || source.startsWith('file:') ? fileURLToPath(source) : resolve(source)
  const module = (await runBot(() => import(pathToFileURL(file).href))) as { default?: unknown }
  if (isBot(module.default)) return { bot: module.default, folder: dirname(file) }
  throw new TypeError(`${file} has no bot: write \`export default defineBot(async (call) => { … })\``)
}

const isBot = (value: unknown): value is Bot =>
  typeof value === 'object' && value !== null && 'onCall' in value && typeof value.onCall === 'function'

const warmed = new WeakMap<Bot, Promise<void>>()

/** Runs the bot's `prewarm` once in this process, as a host does. */
export function prewarm(bot: Bot): Promise<void> {
  const warm = warmed.get(bot) ?? Promise.resolve().then(() => runBot(() => bot.prewarm?.()))
  warmed.set(bot, warm)
  return warm
}
