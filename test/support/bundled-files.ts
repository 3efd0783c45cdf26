import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleBot } from '../../src/runtime/bundle.ts'

/** A bot's source as `offhook deploy` uploads it. */
export async function bundledFiles(folder: string, name: string, source: string) {
  const file = join(folder, `${name}-source.ts`)
  await writeFile(file, source)
  const { path } = await bundleBot(file, join(folder, `${name}-bundle.mjs`))
  return [{ path: 'bot.mjs', content: (await readFile(path)).toString('base64') }]
}
