import { randomBytes } from 'node:crypto'
import { chmod, link, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../lib/log.ts'
import { type KeyRing, parseKeys } from './key-ring.ts'

/** Reads the keys in a file of the node's own, for those who give none. It is made when it is not there. */
export async function openKeyFile(folder: string, log: Log): Promise<KeyRing> {
  const path = join(folder, 'secret.key')
  const text = (await read(path)) ?? (await create(path, log))
  await protect(path, log)
  return parseKeys(text, path)
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Two nodes that start at once get the same key: whole, from whichever was first. */
async function create(path: string, log: Log): Promise<string> {
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
  return readFile(path, 'utf8')
}

async function protect(path: string, log: Log): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & 0o077) === 0) return
  await chmod(path, 0o600)
  log.warn({ file: path }, 'the key file could be read by others: its mode is 0600 now')
}
