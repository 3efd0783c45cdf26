import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the files of versions are unpacked, a folder for each; the database has them, too. */
export class VersionFolders {
  readonly path: string
  /** Versions that come up, and how often. */
  readonly #held = new Map<string, number>()
  #removing: Promise<void> = Promise.resolve()

  constructor(path: string) {
    this.path = path
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

  /** Removes those that nobody holds, and that do not run; `isRunning` is asked for each. */
  removeUnused(isRunning: (versionId: string) => boolean): Promise<void> {
    this.#removing = this.#removing.then(async () => {
      const names = await readdir(this.path).catch(() => [])
      for (const name of names) {
        const [versionId = ''] = name.split('.')
        if (this.#held.has(versionId) || isRunning(versionId)) continue
        // What cannot be removed now can be the next time.
        await rm(join(this.path, name), { recursive: true, force: true }).catch(() => undefined)
      }
    })
    return this.#removing
  }
}
