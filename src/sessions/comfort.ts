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
  /** Why the caller waits, and how much silence may come first. */
  readonly #waits = new Map<object, number>()
  #timer: Timer | undefined

  constructor(options: ComfortOptions) {
    this.#options = options
    const { sampleRateHz } = options.format
    this.#tone = fromPcm16(tone({ frequencyHz: 425, durationMs: 240, sampleRateHz, levelDbfs: -27 }), options.format)
  }

  /** Keeps the caller company until `work` is done. */
  async during<T>(work: Promise<T>): Promise<T> {
    const wait = {}
    this.begin(wait)
    try {
      return await work
    } finally {
      this.end(wait)
    }
  }

  /** Keeps the caller company until `end` of the same wait. The first tone comes after so much silence; 0: at once. */
  begin(wait: object, firstMs = silenceMs): void {
    this.#waits.set(wait, firstMs)
    if (firstMs === 0) this.#sound()
    this.#wind()
  }

  end(wait: object): void {
    if (!this.#waits.delete(wait)) return
    if (this.#waits.size === 0) this.stop()
    else this.#wind()
  }

  stop(): void {
    this.#waits.clear()
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #wind(): void {
    const { clock, quietMs } = this.#options
    const firstMs = Math.min(...this.#waits.values())
    this.#timer?.cancel()
    this.#timer = clock.after(Math.max(50, firstMs - quietMs()), () => {
      if (quietMs() >= firstMs) this.#sound()
      this.#wind()
    })
  }

  #sound(): void {
    this.#options.play(this.#tone)
    for (const wait of this.#waits.keys()) this.#waits.set(wait, silenceMs)
  }
}
