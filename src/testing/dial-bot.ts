import { resolve } from 'node:path'
import { l16At16k, l16At8k, mulaw8k } from '../audio/format.ts'
import type { Bot } from '../sdk/bot.ts'
import type { Assumptions } from '../simulator/assumptions.ts'
import type { Faults } from '../simulator/faults.ts'
import type { Phones } from '../simulator/phone-book.ts'
import { bundled, type LoadedBot, loadBot, prewarm } from './load-bot.ts'
import type { TestPolicy } from './memory-node.ts'
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
  /**
   * What telephones do that are called, by number or `sip:` URI. Default: each answers after a second, and is silent
   * until the test takes it with `isAnsweredBy`.
   */
  readonly phones?: Phones
  /**
   * What Plivo is assumed to do; `offhook simulator --explain` lists it. Here `speech` is `tones` unless you say
   * `espeak-ng`, which takes real time.
   */
  readonly assumptions?: Partial<Assumptions>
  /** What goes wrong on purpose. */
  readonly faults?: Faults
  /** What callers may expect beside the bot: longest time, longest silence, what follows a crash. */
  readonly policy?: TestPolicy
  /** The node has credentials for Plivo's REST API, so that the bot can speak beside its stream and record. Default false. */
  readonly api?: boolean
}

const formats = { mulaw: mulaw8k, 'l16-8k': l16At8k, 'l16-16k': l16At16k }

/**
 * Calls a bot in this process, in virtual time: time passes only while the test awaits something of the call, and then
 * at once. A bot file runs as the bundle that it is everywhere, made once while the file stays as it is. Resolves when the
 * bot has the call. Rejects when the file cannot be bundled or imported, or its `prewarm` throws.
 *
 *     await using call = await dialBot('./bot.ts')
 *     await call.hears('./welcome.wav')
 */
export async function dialBot(bot: Bot | string | URL, options: DialBotOptions = {}): Promise<TestCall> {
  // Bundling is no work of the bot's; what the bot opens while it loads is.
  const source = await bundled(bot)
  const time = new VirtualTime()
  try {
    const loaded = await loadBot(source)
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
    from,
    to,
    body,
    audio: formats[audio],
    maxDurationMs,
    phones: options.phones,
    assumptions: options.assumptions,
    faults: options.faults,
    api: options.api ?? false,
    policy: options.policy,
  })
}
