import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BotFile } from './bot-files.ts'
import { UsageError } from './describe-error.ts'
import { IgnoreRules } from './ignore-rules.ts'
import { sizeText } from './table.ts'

const mostBytes = 40 * 1024 * 1024
/** The node takes no more. */
const mostFiles = 1000
const ignoreFile = '.offhookignore'

/** The files of a folder that a command runs in, but for those that its `.offhookignore` names. Throws a `UsageError`. */
export async function collectFolder(folder: string): Promise<readonly BotFile[]> {
  const rules = new IgnoreRules(await readFile(join(folder, ignoreFile), 'utf8').catch(() => ''))
  const found: { path: string; bytes: number }[] = []
  for await (const path of walk(folder, '', rules)) {
    found.push({ path, bytes: (await stat(join(folder, path))).size })
    if (found.length > mostFiles) throw tooMuch(folder, `more than ${mostFiles} files`, found)
  }
  const bytes = found.reduce((sum, file) => sum + file.bytes, 0)
  // Looked at before it is read.
  if (bytes > mostBytes)
    throw tooMuch(folder, `${sizeText(bytes)}, and at most ${sizeText(mostBytes)} can be deployed`, found)
  const paths = found.map(({ path }) => path).toSorted()
  return Promise.all(paths.map(async (path) => ({ path, content: await readFile(join(folder, path)) })))
}

async function* walk(folder: string, below: string, rules: IgnoreRules): AsyncGenerator<string> {
  for (const item of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? item.name : `${below}/${item.name}`
    if (rules.ignores(path, item.isDirectory()) || path === ignoreFile) continue
    if (item.isDirectory()) yield* walk(folder, path, rules)
    else if (item.isFile()) yield path
  }
}

/** Names what takes most, so that it can be left out. */
function tooMuch(folder: string, what: string, found: readonly { path: string; bytes: number }[]): UsageError {
  const sizes = new Map<string, number>()
  for (const { path, bytes } of found) {
    const [top = ''] = path.split('/')
    sizes.set(top, (sizes.get(top) ?? 0) + bytes)
  }
  const largest = [...sizes].toSorted(([, a], [, b]) => b - a).slice(0, 3)
  const named = largest.map(([top, bytes]) => `${top} (${sizeText(bytes)})`).join(', ')
  return new UsageError(
    `${folder} has ${what}. The largest: ${named}. Name in ${ignoreFile} what the bot does not need`,
  )
}
