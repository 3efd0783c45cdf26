import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { encodeWav } from '../audio/wav.ts'
import { messageOf } from '../lib/errors.ts'
import type { CallContext } from './call-context.ts'
import type { Line } from './line.ts'
import type { WebhookParameters } from './webhook-sender.ts'

export interface RecordingOptions {
  readonly channels: 'mono' | 'stereo'
  readonly requestedFormat: 'mp3' | 'wav'
}

/** What is said and heard on the line from now on (section 6.5). Always a WAV file: nothing here writes MP3. */
export class Recording {
  readonly id: string
  readonly #call: CallContext
  readonly #options: RecordingOptions
  readonly #startMs: number
  readonly #startedAt: number
  readonly #file: string | undefined
  #durationMs: number | undefined
  #written = true

  constructor(call: CallContext, options: RecordingOptions) {
    const { folder } = call.recordings
    this.id = call.createUuid()
    this.#call = call
    this.#options = options
    this.#startMs = call.line.positionMs
    this.#startedAt = Math.round(call.clock.now())
    this.#file = folder === undefined ? undefined : join(folder, `${this.id}.wav`)
    if (options.requestedFormat === 'mp3')
      call.timeline.warnOnce('recordings are WAV files here, also where mp3 is due')
  }

  /** Where the file can be fetched when it is finished; Plivo's form, with nothing there, when none is written. */
  get url(): string {
    const { urlOf } = this.#call.recordings
    if (this.#file === undefined || !this.#written) {
      return `https://media.plivo.com/v1/Account/${this.#call.facts.authId}/Recording/${this.id}.wav`
    }
    return urlOf?.(this.id, 'wav') ?? pathToFileURL(this.#file).href
  }

  /** Ends it, writes the file if there is a folder for it, and returns what `callbackUrl` is told. */
  async finish(): Promise<WebhookParameters> {
    const { line, facts, recordings } = this.#call
    const durationMs = line.positionMs - this.#startMs
    this.#durationMs = durationMs
    if (this.#file !== undefined) this.#written = await this.#write(this.#file, line, durationMs)
    recordings.onReady?.({
      recordingId: this.id,
      callUuid: facts.callUuid,
      from: facts.from,
      to: facts.to,
      format: 'wav',
      requestedFormat: this.#options.requestedFormat,
      channels: this.#options.channels,
      startedAt: this.#startedAt,
      endedAt: this.#startedAt + durationMs,
      durationMs,
      url: this.url,
      file: this.#written ? this.#file : undefined,
    })
    return this.parameters
  }

  /** As XML elements are told it; while it goes on it has no length. */
  get parameters(): WebhookParameters {
    const { seconds, ms, endMs } = this.#length
    return {
      RecordUrl: this.url,
      RecordingID: this.id,
      RecordingDuration: seconds,
      RecordingDurationMs: ms,
      RecordingStartMs: String(this.#startedAt),
      RecordingEndMs: endMs,
    }
  }

  /** As `callback_url` of the REST API is told it. */
  get restParameters(): WebhookParameters {
    const { seconds, ms, endMs } = this.#length
    return {
      api_id: randomUUID(),
      call_uuid: this.#call.facts.callUuid,
      record_url: this.url,
      recording_id: this.id,
      recording_duration: seconds,
      recording_duration_ms: ms,
      recording_start_ms: String(this.#startedAt),
      recording_end_ms: endMs,
    }
  }

  get #length() {
    if (this.#durationMs === undefined) return { seconds: '-1', ms: '-1', endMs: '-1' }
    const seconds = String(Math.round(this.#durationMs / 1000))
    return { seconds, ms: String(this.#durationMs), endMs: String(this.#startedAt + this.#durationMs) }
  }

  async #write(file: string, line: Line, durationMs: number): Promise<boolean> {
    const { recordings, timeline } = this.#call
    try {
      await mkdir(recordings.folder ?? '', { recursive: true })
      await writeFile(file, this.#encode(line, durationMs))
    } catch (error) {
      timeline.warn(`a recording could not be written: ${messageOf(error)}`)
      return false
    }
    timeline.add({ type: 'recorded', file, durationMs })
    return true
  }

  #encode(line: Line, durationMs: number): Uint8Array {
    const part = (track: Line['said']) => track.slice(this.#startMs, this.#startMs + durationMs)
    const said = part(line.said)
    const heard = part(line.heard)
    if (this.#options.channels === 'stereo') return encodeWav([said.samples, heard.samples], said.sampleRateHz)
    // Half of each, so that two loud voices do not clip.
    const both = said.samples.map((sample, i) => (sample + (heard.samples[i] ?? 0)) / 2)
    return encodeWav(both, said.sampleRateHz)
  }
}
