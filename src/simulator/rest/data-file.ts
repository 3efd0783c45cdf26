import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock, Timer } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import { isJsonObject } from '../../plivo/json-fields.ts'
import type { AccountState, StateRows } from './account-state.ts'
import { parseJson, textsOf } from './read-fields.ts'
import { RequestFields } from './request-fields.ts'

/** Changes within this time are written together. */
const quietMs = 200
const version = 1

export interface DataFileOptions {
  readonly path: string
  readonly clock: Clock
  readonly rows: () => StateRows
  /** Gets told when the file could not be written; the next change tries again. */
  readonly onError: (error: unknown) => void
}

/** Keeps an account's state in a JSON file, which is at no time half written. */
export class DataFile implements AsyncDisposable {
  readonly #options: DataFileOptions
  #timer: Timer | undefined
  #dirty = false
  #writing: Promise<void> = Promise.resolve()

  constructor(options: DataFileOptions) {
    this.#options = options
  }

  /** Soon writes what `rows` gives then. */
  changed(): void {
    this.#dirty = true
    this.#timer ??= this.#options.clock.after(quietMs, () => void this.flush())
  }

  /** Resolves when all changes so far are in the file. */
  flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.flush()
  }

  async #write(): Promise<void> {
    if (!this.#dirty) return
    this.#dirty = false
    const { path, rows, onError } = this.#options
    try {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(`${path}.new`, `${JSON.stringify({ version, ...rows() }, undefined, 2)}\n`, { mode: 0o600 })
      await rename(`${path}.new`, path)
    } catch (error) {
      this.#dirty = true
      onError(error)
    }
  }
}

/**
 * Fills `state` from a file that a `DataFile` wrote; nothing happens when there is none.
 * @throws Error that names the file and what is wrong with it.
 */
export async function loadDataFile(path: string, state: AccountState): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return
  try {
    const file = parseJson(text)
    if (file['version'] !== version) throw new Error(`its version must be ${version}`)
    const table = (name: string) => readTable(name, file[name])
    state.load({
      applications: table('applications'),
      numbers: table('numbers'),
      calls: table('calls'),
      recordings: table('recordings'),
    })
  } catch (error) {
    throw new Error(`${path} is no data file of the simulator: ${messageOf(error)}`, { cause: error })
  }
}

function readTable(name: string, rows: unknown): readonly RequestFields[] {
  if (!Array.isArray(rows) || !rows.every(isJsonObject)) throw new Error(`${name} must be a list of objects`)
  return rows.map((row) => new RequestFields(textsOf(row)))
}
