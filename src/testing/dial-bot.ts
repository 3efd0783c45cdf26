import { resolve } from 'node:path'
import { l16At16k, l16At8k, mulaw8k } from '../audio/format.ts'
import type { Bot } from '../sdk/bot.ts'
import { type LoadedBot, loadBot, prewarm } from './load-bot.ts'
import { TestCall } from './test-call.ts'
import { VirtualCall } from './virtual-call.ts'
import { VirtualTime } from './virtual-time.ts'

export interface DialBotOptions {
  /** As Plivo writes numbers. Default 14155550100. */
  readonly from?: string
  /** Default 14155550199. */
  readonly to?: string
  /** Custom data for the bot: `call.body`. */
  readonly body?: unknown
  /** Format of the stream. Default `mulaw`. */
  readonly audio?: keyof typeof formats
  /** Where the relative paths of the bot and of the test begin. Default: the bot file's folder, or the working directory. */
  readonly folder?: string
  /** The caller hangs up after so much time in the call. Default 10 minutes. */
  readonly maxDurationMs?: number
}

const formats = { mulaw: mulaw8k, 'l16-8k': l16At8k, 'l16-16k': l16At16k }

/**
 * Calls a bot in this process, in virtual time: time passes only while the test awaits something of the call, and then
 * at once. Resolves when the bot has the call. Rejects when its file cannot be imported or its `prewarm` throws.
 *
 *     await using call = await dialBot('./bot.ts')
 *     await call.hears('./welcome.wav')
 */
export async function dialBot(bot: Bot | string | URL, options: DialBotOptions = {}): Promise<TestCall> {
  // Made first: what the bot opens while it loads is the bot's.
  const time = new VirtualTime()
  try {
    const loaded = await loadBot(bot)
    await prewarm(loaded.bot)
    const call = start(loaded, time, options)
    await time.settle()
    return new TestCall(call)
  } catch (error) {
    time[Symbol.dispose]()
    throw error
  }
}

function start({ bot, folder }: LoadedBot, time: VirtualTime, options: DialBotOptions): VirtualCall {
  const { from = '14155550100', to = '14155550199', body, audio = 'mulaw', maxDurationMs = 600_000 } = options
  return new VirtualCall({
    bot,
    folder: resolve(options.folder ?? folder),
    time,
    facts: { from, to, direction: 'inbound', ...(body !== undefined && { body }) },
    audio: formats[audio],
    maxDurationMs,
  })
}
