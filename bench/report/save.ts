import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const folder = new URL('../results/', import.meta.url)

/** Returns the path of the file. */
export async function saveResults(results: unknown): Promise<string> {
  await mkdir(folder, { recursive: true })
  const name = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
  const path = fileURLToPath(new URL(`${name}.json`, folder))
  await writeFile(path, `${JSON.stringify(results, null, 2)}\n`)
  return path
}
