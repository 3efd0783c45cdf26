import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { encodeWav } from '../audio/wav.ts'
import { messageOf } from '../lib/errors.ts'
import type { CallContext } from './call-context.ts'
import type { Line } from './line.ts'
import type { WebhookParameters } from './webhook-sender.ts'

/** What is said and heard on the line from now on, for `<Record>` (section 6.5). Always a WAV file. */
export class Recording {
  readonly #call: CallContext
  readonly #channels: 'mono' | 'stereo'
  readonly #id = randomUUID()
  readonly #startMs: number
  readonly #startedAt: number

  constructor(call: CallContext, channels: 'mono' | 'stereo') {
    this.#call = call
    this.#channels = channels
    this.#startMs = call.line.positionMs
    this.#startedAt = call.clock.now()
  }

  /** Ends it, writes the file if there is a folder for it, and returns what `callbackUrl` is told. */
  async finish(): Promise<WebhookParameters> {
    const { line } = this.#call
    const durationMs = line.positionMs - this.#startMs
    const url = await this.#write(line, durationMs)
    return this.#parameters(url, durationMs)
  }

  /** What `action` is told while it goes on: it has no length yet. */
  get unfinished(): WebhookParameters {
    return this.#parameters(this.#placeholderUrl, undefined)
  }

  #parameters(url: string, durationMs: number | undefined): WebhookParameters {
    const startMs = Math.round(this.#startedAt)
    const [ms, seconds, endMs] =
      durationMs === undefined ? [-1, -1, -1] : [durationMs, Math.round(durationMs / 1000), startMs + durationMs]
    return {
      RecordUrl: url,
      RecordingID: this.#id,
      RecordingDuration: String(seconds),
      RecordingDurationMs: String(ms),
      RecordingStartMs: String(startMs),
      RecordingEndMs: String(endMs),
    }
  }

  async #write(line: Line, durationMs: number): Promise<string> {
    const { recordingsFolder: folder, timeline } = this.#call
    if (folder === undefined) return this.#placeholderUrl
    const file = join(folder, `${this.#id}.wav`)
    try {
      await mkdir(folder, { recursive: true })
      await writeFile(file, this.#encode(line, durationMs))
    } catch (error) {
      timeline.warn(`a recording could not be written: ${messageOf(error)}`)
      return this.#placeholderUrl
    }
    timeline.add({ type: 'recorded', file, durationMs })
    return pathToFileURL(file).href
  }

  #encode(line: Line, durationMs: number): Uint8Array {
    const part = (track: Line['said']) => track.slice(this.#startMs, this.#startMs + durationMs)
    const said = part(line.said)
    const heard = part(line.heard)
    if (this.#channels === 'stereo') return encodeWav([said.samples, heard.samples], said.sampleRateHz)
    // Half of each, so that two loud voices do not clip.
    const both = said.samples.map((sample, i) => (sample + (heard.samples[i] ?? 0)) / 2)
    return encodeWav(both, said.sampleRateHz)
  }

  /** Where Plivo would keep it; nothing is there. */
  get #placeholderUrl(): string {
    return `https://media.plivo.com/v1/Account/${this.#call.facts.authId}/Recording/${this.#id}.wav`
  }
}
