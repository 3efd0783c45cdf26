import type { AudioFormat } from '../../audio/format.ts'
import { melody } from '../../audio/melody.ts'
import { fromPcm16 } from '../../audio/transcode.ts'
import type { Clock, Timer } from '../../lib/clock.ts'

interface HoldMusicOptions {
  readonly format: AudioFormat
  readonly clock: Clock
  readonly play: (audio: Uint8Array) => void
}

/** Music for a caller who waits in line: note by note, so that it ends when the bot comes, and costs next to nothing. */
export class HoldMusic {
  readonly #options: HoldMusicOptions
  readonly #notes: readonly { readonly audio: Uint8Array; readonly ms: number }[]
  #next = 0
  #dueAt = 0
  #timer: Timer | undefined

  constructor(options: HoldMusicOptions) {
    this.#options = options
    const { format } = options
    this.#notes = melody(format.sampleRateHz).map((samples) => ({
      audio: fromPcm16(samples, format),
      ms: (samples.length / format.sampleRateHz) * 1000,
    }))
  }

  start(): void {
    this.#dueAt = this.#options.clock.monotonic()
    this.#sound()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #sound(): void {
    const { clock, play } = this.#options
    const note = this.#notes[this.#next++ % this.#notes.length]
    if (!note) return
    play(note.audio)
    this.#dueAt += note.ms
    this.#timer = clock.after(Math.max(0, this.#dueAt - clock.monotonic()), () => this.#sound())
  }
}
