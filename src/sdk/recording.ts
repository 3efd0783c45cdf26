import type { ControlRequest, RecordingStarted } from './control.ts'
import { CallControlError } from './control-error.ts'
import { milliseconds } from './milliseconds.ts'
import type { Requests } from './requests.ts'

export interface RecordOptions {
  /** Default `mp3`. */
  readonly format?: 'mp3' | 'wav'
  /** `stereo`, the default, has the caller on one side and the bot on the other. */
  readonly channels?: 'mono' | 'stereo'
  /** Longest file, in milliseconds: 1000 to 14400000, which is 4 hours and the default. */
  readonly maxMs?: number
  /** The node keeps copies of all files, also when the call's end ends the recording. Default false. */
  readonly save?: boolean
}

/** One file of a recording. */
export interface RecordingFile {
  /** Where the carrier has it, once the recording has ended. */
  readonly url: string
  readonly recordingId: string
  /** Where the node has its copy. Present when it was saved. */
  readonly path?: string
}

export interface StopRecordingOptions {
  /** The node fetches all files and keeps copies. Default: as `record` was told. */
  readonly save?: boolean
}

type RecordRequest = Extract<ControlRequest, { verb: 'record' }>

/** Throws a `TypeError` or `RangeError` that names what is wrong. */
export function toRecordRequest(options: RecordOptions): RecordRequest {
  const { format = 'mp3', channels = 'stereo', maxMs, save } = options
  if (format !== 'mp3' && format !== 'wav')
    throw new TypeError(`record: format is 'mp3' or 'wav', got ${String(format)}`)
  if (channels !== 'mono' && channels !== 'stereo')
    throw new TypeError(`record: channels is 'mono' or 'stereo', got ${String(channels)}`)
  const longest = { min: 1000, max: 14_400_000, otherwise: 14_400_000 }
  return {
    verb: 'record',
    format,
    channels,
    maxMs: milliseconds('record: maxMs', maxMs, longest),
    ...(save && { save }),
  }
}

interface Recorder {
  readonly requests: Requests
  /** Makes sure that whoever does not await a failure sees it all the same. */
  readonly told: <Result>(verb: string, doing: () => Promise<Result>) => Promise<Result>
}

/**
 * A recording that the carrier makes of the call. A pause ends its file, and going on begins another: a carrier's recording
 * knows no pause. It ends with the call.
 */
export class Recording {
  readonly #recorder: Recorder
  readonly #request: RecordRequest
  readonly #files: RecordingFile[] = []
  #state: 'recording' | 'paused' | 'stopped' = 'recording'
  /** What was asked for is done one after the other. */
  #done: Promise<unknown> = Promise.resolve()

  /** @internal */
  constructor(recorder: Recorder, request: RecordRequest, started: RecordingStarted) {
    this.#recorder = recorder
    this.#request = request
    this.#add(started)
  }

  /** Of the latest file: where the carrier has it, once the recording has ended. */
  get url(): string {
    return this.#files.at(-1)?.url ?? ''
  }

  /** The carrier's id of the latest file. */
  get recordingId(): string {
    return this.#files.at(-1)?.recordingId ?? ''
  }

  /** All files so far, the first one first. */
  get files(): readonly RecordingFile[] {
    return [...this.#files]
  }

  /** Ends the file: what follows is not recorded. Rejects with a `CallControlError`, and then it records on. */
  pause(): Promise<void> {
    return this.#inTurn('recording.pause', async () => {
      if (this.#state !== 'recording') return
      await this.#end()
      this.#state = 'paused'
    })
  }

  /** Records into another file after a pause. Rejects with a `CallControlError`, when it was stopped with an `Error`. */
  resume(): Promise<void> {
    return this.#inTurn('recording.resume', async () => {
      if (this.#state === 'stopped') throw new Error('the recording was stopped; call.record() begins another')
      if (this.#state === 'recording') return
      this.#add(await this.#recorder.requests.ask(this.#request).reply)
      this.#state = 'recording'
    })
  }

  /**
   * Ends the recording and returns all its files; a second time only returns them. With `save` each has its `path`, unless
   * the call ended before. Rejects with a `CallControlError`, and may be tried again.
   */
  stop({ save = this.#request.save ?? false }: StopRecordingOptions = {}): Promise<readonly RecordingFile[]> {
    return this.#inTurn('recording.stop', async () => {
      if (this.#state === 'recording') await this.#end(save)
      this.#state = 'stopped'
      if (save) for (const [i, file] of this.#files.entries()) if (file.path === undefined) await this.#endFile(i, true)
      return this.files
    })
  }

  #add({ url, recordingId }: RecordingStarted): void {
    this.#files.push({ url, recordingId })
  }

  #end(save = false): Promise<void> {
    return this.#endFile(this.#files.length - 1, save)
  }

  async #endFile(index: number, save: boolean): Promise<void> {
    const file = this.#files[index]
    if (!file) return
    const { url, recordingId } = file
    try {
      const stopped = await this.#recorder.requests.ask({ verb: 'stop-recording', url, recordingId, save }).reply
      this.#files[index] = { url: stopped.url, recordingId, ...(stopped.path !== undefined && { path: stopped.path }) }
    } catch (error) {
      // The call's end has ended it.
      if (!(error instanceof CallControlError && error.code === 'call-over')) throw error
    }
  }

  #inTurn<Result>(verb: string, doing: () => Promise<Result>): Promise<Result> {
    const result = this.#done.then(doing)
    this.#done = result.catch(() => undefined)
    return this.#recorder.told(verb, () => result)
  }
}
