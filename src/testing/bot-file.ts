import { statSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundleBot } from '../runtime/bundle.ts'
import type { Bot } from '../sdk/bot.ts'
import { isBot } from '../sdk/host/is-bot.ts'
import { BundleStack } from './bundle-stack.ts'
import { runBot } from './real-timers.ts'

/** By path: one for as long as nothing of what it was made from changes. */
const files = new Map<string, Promise<BotFile>>()

/** A bot file as it runs everywhere: bundled once, imported once. */
export class BotFile {
  readonly path: string
  readonly #bundled: Bundled
  /** When the files that it was made from were written. */
  readonly #written: ReadonlyMap<string, number>
  #bot: Promise<Bot> | undefined

  private constructor(path: string, bundled: Bundled) {
    this.path = path
    this.#bundled = bundled
    this.#written = new Map(bundled.sources.map((source) => [source, writtenAt(source)]))
  }

  /** Rejects with a `BundleError`, which shows where and why, when it cannot be bundled. */
  static bundle(path: string): Promise<BotFile> {
    const file = BotFile.#renewed(path, files.get(path))
    files.set(path, file)
    return file
  }

  /** Rejects with what the file throws, or because there is no bot in it. */
  import(): Promise<Bot> {
    this.#bot ??= this.#import()
    return this.#bot
  }

  static async #renewed(path: string, last: Promise<BotFile> | undefined): Promise<BotFile> {
    const file = await last?.catch(() => undefined)
    const current = file !== undefined && file.#isCurrent
    return current ? file : new BotFile(path, await makeBundle(path))
  }

  async #import(): Promise<Bot> {
    // As in a bot's host: what the bot prints of an error names its source.
    process.setSourceMapsEnabled(true)
    const { file, stack } = this.#bundled
    try {
      const url = pathToFileURL(file).href
      const module = (await runBot(() => stack.mapping(() => import(url)))) as { default?: unknown }
      if (isBot(module.default)) return this.#inSource(module.default)
      throw new TypeError(`${this.path} has no bot: write \`export default defineBot(async (call) => { … })\``)
    } finally {
      await rm(dirname(file), { recursive: true, force: true })
    }
  }

  /** The bot, whose errors speak of its source. */
  #inSource(bot: Bot): Bot {
    const { onCall, prewarm } = bot
    const { stack } = this.#bundled
    return {
      ...bot,
      ...(onCall && { onCall: (call) => stack.mapping(() => onCall.call(bot, call)) }),
      ...(prewarm && { prewarm: () => stack.mapping(() => prewarm.call(bot)) }),
    }
  }

  get #isCurrent(): boolean {
    return [...this.#written].every(([source, at]) => writtenAt(source) === at)
  }
}

interface Bundled {
  /** Absolute; it has a folder of its own. */
  readonly file: string
  readonly stack: BundleStack
  readonly sources: readonly string[]
}

async function makeBundle(path: string): Promise<Bundled> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-bot-'))
  const file = join(folder, `${basename(path, extname(path))}.mjs`)
  try {
    const { sources } = await bundleBot(path, file)
    const map = await readFile(`${file}.map`)
    // Within the bundle the map outlives its file.
    const url = `data:application/json;base64,${map.toString('base64')}`
    const code = await readFile(file, 'utf8')
    await writeFile(file, code.replace(/(?<=^\/\/# sourceMappingURL=)\S+\s*$/m, url))
    return { file, stack: new BundleStack(file, map.toString()), sources }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

const writtenAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
