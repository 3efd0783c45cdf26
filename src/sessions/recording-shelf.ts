import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../lib/log.ts'
import type { RecordingStarted } from '../sdk/control.ts'
import type { Carrier } from './carrier/carrier.ts'

/** The node's own copies of recordings. */
export class RecordingShelf {
  readonly #folder: string

  /** The folder is made when the first recording comes. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** Fetches a recording and keeps it. Resolves to the file's path. Rejects with a `ControlError`. */
  async save({ url, recordingId }: RecordingStarted, carrier: Carrier, signal?: AbortSignal): Promise<string> {
    const folder = this.#folder
    const audio = await carrier.fetchRecording(url, signal)
    const path = join(folder, fileName(url, recordingId))
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // Under its name only once it is whole.
    const unfinished = `${path}.part`
    await writeFile(unfinished, audio, { mode: 0o600 })
    await rename(unfinished, path)
    return path
  }
}

interface RecordingsToKeepOptions {
  readonly shelf: RecordingShelf
  readonly carrier: Carrier
  readonly log: Log
}

/** The recordings of one call that are to be kept. */
export class RecordingsToKeep {
  readonly #options: RecordingsToKeepOptions
  readonly #wanted = new Map<string, RecordingStarted>()

  constructor(options: RecordingsToKeepOptions) {
    this.#options = options
  }

  add(recording: RecordingStarted): void {
    this.#wanted.set(recording.recordingId, recording)
  }

  async save(recording: RecordingStarted, signal: AbortSignal): Promise<string> {
    const { shelf, carrier, log } = this.#options
    const path = await shelf.save(recording, carrier, signal)
    this.#wanted.delete(recording.recordingId)
    log.info({ recordingId: recording.recordingId, path }, 'a recording was kept')
    return path
  }

  /** The call is over: what is still wanted is fetched when it is ready. */
  async saveRest(): Promise<void> {
    const { shelf, carrier, log } = this.#options
    for (const recording of this.#wanted.values()) {
      try {
        const path = await shelf.save(recording, carrier)
        log.info({ recordingId: recording.recordingId, path }, 'a recording was kept')
      } catch (error) {
        log.error({ err: error, url: recording.url }, 'a recording could not be kept; fetch it yourself')
      }
    }
  }
}

/** Ids and URLs come from outside: nothing of them may lead out of the folder. */
function fileName(url: string, recordingId: string): string {
  const id = recordingId.replaceAll(/[^A-Za-z0-9-]/g, '_')
  return `${id}.${new URL(url).pathname.endsWith('.wav') ? 'wav' : 'mp3'}`
}
