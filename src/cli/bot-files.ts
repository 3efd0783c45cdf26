import { statSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, extname, join, relative, resolve, sep } from 'node:path'
import { bundleBot } from '../runtime/bundle.ts'
import { UsageError } from './describe-error.ts'
import { sizeText } from './table.ts'

export interface BotFile {
  /** Beside the bot, with forward slashes. */
  readonly path: string
  readonly content: Buffer
}

export interface BotFiles {
  /** The one that exports the bot. */
  readonly entry: string
  /** The bundle, and what the bot may play or read by relative path. */
  readonly files: readonly BotFile[]
}

const entry = 'bot.mjs'
const played = new Set(['.wav', '.mp3', '.json', '.txt'])
const mostBytes = 40 * 1024 * 1024
/** The node takes no more. */
const mostFiles = 1000

/** Bundles a bot file, with the files of its folder that it may need. Throws a `BundleError` or a `UsageError`. */
export async function collectBotFiles(botFile: string): Promise<BotFiles> {
  const path = resolve(botFile)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`there is no bot file ${botFile}`)
  const files = [...(await bundled(path)), ...(await besides(dirname(path)))]
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0)
  if (bytes > mostBytes)
    throw tooMuch(dirname(path), `${sizeText(bytes)}, and at most ${sizeText(mostBytes)} can be deployed`)
  return { entry, files }
}

async function bundled(path: string): Promise<BotFile[]> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-deploy-'))
  try {
    const outFile = join(folder, entry)
    await bundleBot(path, outFile, { portable: true })
    const map = withOwnSources(await readFile(`${outFile}.map`, 'utf8'), { from: folder, to: dirname(path) })
    return [
      { path: entry, content: await readFile(outFile) },
      { path: `${entry}.map`, content: Buffer.from(map) },
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Where errors were: as the author's folder has it, not the one that was bundled into. */
function withOwnSources(text: string, { from, to }: { from: string; to: string }): string {
  const map: unknown = JSON.parse(text)
  if (typeof map !== 'object' || map === null || !('sources' in map) || !Array.isArray(map.sources)) return text
  const sources = map.sources.map((source) => slashed(relative(to, resolve(from, String(source)))))
  return JSON.stringify({ ...map, sources: sources.map((source) => source.replace(/^(\.\.\/)+/, '')) })
}

const slashed = (path: string) => path.split(sep).join('/')

/** Sound and data of a folder and those under it, without what is hidden or installed. */
async function besides(folder: string): Promise<BotFile[]> {
  const found: string[] = []
  for await (const path of walk(folder)) {
    found.push(path)
    if (found.length > mostFiles - 2) throw tooMuch(folder, `more than ${mostFiles} files`)
  }
  let bytes = 0
  const files: BotFile[] = []
  for (const path of found.toSorted()) {
    bytes += (await stat(path)).size
    // Looked at before it is read: a folder may hold hours of sound.
    if (bytes > mostBytes) throw tooMuch(folder, `more than ${sizeText(mostBytes)} of sound and data`)
    files.push({ path: slashed(relative(folder, path)), content: await readFile(path) })
  }
  return files
}

async function* walk(folder: string): AsyncGenerator<string> {
  for (const item of await readdir(folder, { withFileTypes: true })) {
    if (item.name.startsWith('.') || item.name === 'node_modules') continue
    const path = join(folder, item.name)
    if (item.isDirectory()) yield* walk(path)
    else if (item.isFile() && played.has(extname(item.name).toLowerCase())) yield path
  }
}

const tooMuch = (folder: string, what: string) =>
  new UsageError(
    `${folder} has ${what}. The .wav, .mp3, .json and .txt files beside the bot go along: give the bot a folder of its own`,
  )
