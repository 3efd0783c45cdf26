import type { AudioFormat } from '../audio/format.ts'
import { VoiceActivity } from '../audio/voice-activity.ts'
import type { Clock, Timer } from '../lib/clock.ts'

interface SilenceWatchOptions {
  readonly format: AudioFormat
  readonly limitMs: number
  /** How long the caller has had nothing to hear. */
  readonly quietMs: () => number
  readonly onSilence: () => void
  readonly clock: Clock
}

/** Notices that neither side has been heard for too long. Sound that is no speech, such as the hiss of a line, is silence. */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions
  readonly #voice: VoiceActivity
  #heardAt: number
  #timer: Timer | undefined

  constructor(options: SilenceWatchOptions) {
    this.#options = options
    this.#voice = new VoiceActivity(options.format)
    this.#heardAt = options.clock.monotonic()
  }

  /** Listens from now on. */
  start(): void {
    this.heard()
    this.#wind()
  }

  /** The caller's audio. */
  hear(audio: Uint8Array): void {
    if (this.#voice.push(audio) !== undefined || this.#voice.speaking) this.heard()
  }

  /** The caller did something. */
  heard(): void {
    this.#heardAt = this.#options.clock.monotonic()
  }

  /** Nobody is there to be heard. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #wind(): void {
    const { clock, limitMs, quietMs, onSilence } = this.#options
    this.#timer?.cancel()
    const silentMs = Math.min(clock.monotonic() - this.#heardAt, quietMs())
    if (silentMs >= limitMs) onSilence()
    else this.#timer = clock.after(limitMs - silentMs, () => this.#wind())
  }
}
