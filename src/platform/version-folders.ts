import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the files of versions are unpacked, a folder for each; the database has them, too. */
export class VersionFolders {
  readonly #path: string
  /** Versions that come up, and how often. */
  readonly #held = new Map<string, number>()
  /** Folders that this process has filled, or is filling, by their versions. */
  readonly #filled = new Map<string, Promise<string>>()
  #removing: Promise<void> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  /** Keeps a version's folder until what it gives is disposed. */
  async hold(versionId: string): Promise<Disposable> {
    this.#held.set(versionId, (this.#held.get(versionId) ?? 0) + 1)
    await this.#removing
    return {
      [Symbol.dispose]: () => {
        const left = (this.#held.get(versionId) ?? 1) - 1
        if (left === 0) this.#held.delete(versionId)
        else this.#held.set(versionId, left)
      },
    }
  }

  /**
   * The folder of a version that is held, with its files; `write` puts them into the folder that it is given. That happens
   * once: when a version is brought up again, instances may still run in its folder.
   */
  async fill(versionId: string, write: (folder: string) => Promise<void>): Promise<string> {
    const filling = this.#filled.get(versionId) ?? this.#fill(join(this.#path, versionId), write)
    this.#filled.set(versionId, filling)
    try {
      return await filling
    } catch (error) {
      if (this.#filled.get(versionId) === filling) this.#filled.delete(versionId)
      throw error
    }
  }

  /** Removes those that nobody holds, and that do not run; `isRunning` is asked for each. */
  removeUnused(isRunning: (versionId: string) => boolean): Promise<void> {
    this.#removing = this.#removing.then(async () => {
      const names = await readdir(this.#path).catch(() => [])
      for (const name of names) {
        const [versionId = ''] = name.split('.')
        if (this.#held.has(versionId) || isRunning(versionId)) continue
        this.#filled.delete(versionId)
        // What cannot be removed now can be the next time.
        await rm(join(this.#path, name), { recursive: true, force: true }).catch(() => undefined)
      }
    })
    return this.#removing
  }

  async #fill(folder: string, write: (folder: string) => Promise<void>): Promise<string> {
    // Versions never change, but a node may have died while it filled one.
    const unfinished = `${folder}.part`
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true, mode: 0o700 })
    await write(unfinished)
    await rm(folder, { recursive: true, force: true })
    await rename(unfinished, folder)
    return folder
  }
}
