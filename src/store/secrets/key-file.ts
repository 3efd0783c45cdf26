import { randomBytes } from 'node:crypto'
import { chmod, link, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../lib/log.ts'
import { type KeyRing, parseKeys } from './key-ring.ts'

const fileIn = (folder: string) => join(folder, 'secret.key')

/** Reads the keys in a file of the node's own, for those who give none. Undefined: there is no such file. */
export async function readKeyFile(folder: string, log: Log): Promise<KeyRing | undefined> {
  const path = fileIn(folder)
  try {
    const text = await readFile(path, 'utf8')
    await protect(path, log)
    return parseKeys(text, path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Makes it. Two nodes that start at once get the same key: whole, from whichever was first. */
export async function makeKeyFile(folder: string, log: Log): Promise<KeyRing> {
  const path = fileIn(folder)
  const written = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(written, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    await link(written, path)
    log.info({ file: path }, 'a key for secrets was made: keep a copy of it apart from backups')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await unlink(written)
  }
  return parseKeys(await readFile(path, 'utf8'), path)
}

async function protect(path: string, log: Log): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & 0o077) === 0) return
  await chmod(path, 0o600)
  log.warn({ file: path }, 'the key file could be read by others: its mode is 0600 now')
}
