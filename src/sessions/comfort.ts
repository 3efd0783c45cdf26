import type { AudioFormat } from '../audio/format.ts'
import { tone } from '../audio/tone.ts'
import { fromPcm16 } from '../audio/transcode.ts'
import type { Clock, Timer } from '../lib/clock.ts'

interface ComfortOptions {
  readonly format: AudioFormat
  readonly clock: Clock
  /** How long the caller has had nothing to hear. */
  readonly quietMs: () => number
  readonly play: (audio: Uint8Array) => void
}

/** Silence that a caller may hear while the node waits for somebody, before a tone says that the line is alive. */
const silenceMs = 1000

/** A soft tone every second while the node, not the bot, keeps the caller waiting. */
export class Comfort {
  readonly #options: ComfortOptions
  readonly #tone: Uint8Array
  #timer: Timer | undefined
  #waits = 0

  constructor(options: ComfortOptions) {
    this.#options = options
    const { sampleRateHz } = options.format
    this.#tone = fromPcm16(tone({ frequencyHz: 425, durationMs: 240, sampleRateHz, levelDbfs: -27 }), options.format)
  }

  /** Keeps the caller company until `work` is done. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#waits++
    this.#timer ??= this.#next()
    try {
      return await work
    } finally {
      if (--this.#waits === 0) this.stop()
    }
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #next(): Timer {
    const { clock, quietMs, play } = this.#options
    return clock.after(Math.max(50, silenceMs - quietMs()), () => {
      if (quietMs() >= silenceMs) play(this.#tone)
      this.#timer = this.#next()
    })
  }
}
