import { createReadStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import type { RecordingStarted } from '../sdk/control.ts'
import type { Carrier } from './carrier/carrier.ts'
import { formatOf, type KeptRecording } from './recording-news.ts'

/** The sound of a kept recording. Read `sound` to its end, or cancel it. */
export interface KeptSound {
  readonly contentType: 'audio/wav' | 'audio/mpeg'
  readonly sizeBytes: number
  readonly sound: ReadableStream<Uint8Array>
}

/** The node's own copies of recordings. */
export class RecordingShelf {
  readonly #folder: string

  /** `home`: the node's folder. The one for recordings is made when the first comes. */
  constructor(home: string) {
    this.#folder = join(home, 'recordings')
  }

  /** Fetches a recording and keeps it. Rejects with a `ControlError`. */
  async save({ url, recordingId }: RecordingStarted, carrier: Carrier, signal?: AbortSignal): Promise<KeptRecording> {
    const folder = this.#folder
    const audio = await carrier.fetchRecording(url, signal)
    const path = join(folder, fileName(url, recordingId))
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // Under its name only once it is whole.
    const unfinished = `${path}.part`
    await writeFile(unfinished, audio, { mode: 0o600 })
    const { size: sizeBytes } = await stat(unfinished)
    await rename(unfinished, path)
    return { path, sizeBytes }
  }

  /** The file of that name. Undefined: it is not here, and may be on another node. */
  async open(name: string): Promise<KeptSound | undefined> {
    const path = join(this.#folder, basename(name))
    const file = await stat(path).catch(unlessAbsent)
    if (!file) return undefined
    const sound = Readable.toWeb(createReadStream(path))
    return { contentType: formatOf(name) === 'wav' ? 'audio/wav' : 'audio/mpeg', sizeBytes: file.size, sound }
  }

  /** Removes files that were last written before `at`, in milliseconds since the epoch. Resolves to how many. */
  async removeOlder(at: number): Promise<number> {
    const names = await readdir(this.#folder).catch(unlessAbsent)
    let removed = 0
    for (const name of names?.filter((each) => ownFile.test(each)) ?? []) {
      const path = join(this.#folder, name)
      if ((await stat(path)).mtimeMs >= at) continue
      await rm(path, { force: true })
      removed++
    }
    return removed
  }
}

/** What is written here, whole or not; other files are somebody else's. */
const ownFile = /^[\w-]+\.(?:mp3|wav)(?:\.part)?$/

function unlessAbsent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
  throw error
}

/** Ids and URLs come from outside: nothing of them may lead out of the folder. */
function fileName(url: string, recordingId: string): string {
  const id = recordingId.replaceAll(/[^A-Za-z0-9-]/g, '_')
  return `${id}.${formatOf(url)}`
}
