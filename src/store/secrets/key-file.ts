import { randomBytes } from 'node:crypto'
import { chmod, link, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../lib/log.ts'
import { type KeyRing, parseKeys } from './key-ring.ts'

const fileName = 'secret.key'

/** The keys in a file of the node's own, for those who give none. It is made when it is not there. */
export class KeyFile {
  readonly #path: string
  readonly #log: Log

  constructor(folder: string, log: Log) {
    this.#path = join(folder, fileName)
    this.#log = log
  }

  async open(): Promise<KeyRing> {
    const text = (await this.#read()) ?? (await this.#create())
    await this.#protect()
    return parseKeys(text, this.#path)
  }

  /** Puts a new key before the ones that are there. */
  async addNew(): Promise<KeyRing> {
    return this.#replace(`${newKey()}${await readFile(this.#path, 'utf8')}`)
  }

  /** Forgets all but the current key. */
  async keepCurrent(): Promise<KeyRing> {
    const [current = ''] = (await readFile(this.#path, 'utf8')).split('\n')
    return this.#replace(`${current}\n`)
  }

  async #read(): Promise<string | undefined> {
    try {
      return await readFile(this.#path, 'utf8')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  }

  /** Two nodes that start at once get the same key: whole, from whichever was first. */
  async #create(): Promise<string> {
    const written = await this.#writeBeside(newKey())
    try {
      await link(written, this.#path)
      this.#log.info({ file: this.#path }, 'a key for secrets was made: keep a copy of it apart from backups')
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    } finally {
      await unlink(written)
    }
    return readFile(this.#path, 'utf8')
  }

  async #replace(text: string): Promise<KeyRing> {
    await rename(await this.#writeBeside(text), this.#path)
    return parseKeys(text, this.#path)
  }

  async #writeBeside(text: string): Promise<string> {
    const path = `${this.#path}.${randomBytes(6).toString('hex')}`
    await writeFile(path, text, { mode: 0o600, flag: 'wx', flush: true })
    return path
  }

  async #protect(): Promise<void> {
    const { mode } = await stat(this.#path)
    if ((mode & 0o077) === 0) return
    await chmod(this.#path, 0o600)
    this.#log.warn({ file: this.#path }, 'the key file could be read by others: its mode is 0600 now')
  }
}

const newKey = (): string => `${randomBytes(32).toString('base64url')}\n`
