import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bot } from '../sdk/bot.ts'
import { isBot } from '../sdk/host/is-bot.ts'
import { BotFile } from './bot-file.ts'
import { runBot } from './real-timers.ts'

export interface LoadedBot {
  readonly bot: Bot
  /** Where its relative paths begin. */
  readonly folder: string
}

/** Bundles a bot file; a bot that is here already is returned. */
export async function bundled(source: Bot | string | URL): Promise<Bot | BotFile> {
  if (isBot(source)) return source
  return BotFile.bundle(source instanceof URL || source.startsWith('file:') ? fileURLToPath(source) : resolve(source))
}

/** Imports a bot file; relative paths of a bot that is here already begin at the working directory. */
export async function loadBot(source: Bot | BotFile): Promise<LoadedBot> {
  if (source instanceof BotFile) return { bot: await source.import(), folder: dirname(source.path) }
  return { bot: source, folder: process.cwd() }
}

const warmed = new WeakMap<Bot, Promise<void>>()

/** Runs the bot's `prewarm` once in this process, as a host does. */
export function prewarm(bot: Bot): Promise<void> {
  const warm = warmed.get(bot) ?? Promise.resolve().then(() => runBot(() => bot.prewarm?.()))
  warmed.set(bot, warm)
  return warm
}
