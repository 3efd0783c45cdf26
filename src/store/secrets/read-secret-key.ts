import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseKeys } from './key-ring.ts'

/** Whether there is a key, without making one. Throws `invalid` for one that is none. */
export async function readSecretKey(folder: string, secretKey?: string): Promise<boolean> {
  if (secretKey !== undefined) {
    parseKeys(secretKey, 'OFFHOOK_SECRET_KEY')
    return true
  }
  const path = join(folder, 'secret.key')
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return false
  parseKeys(text, path)
  return true
}
