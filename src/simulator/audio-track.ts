import { frameMs } from '../audio/format.ts'
import { resample } from '../audio/resample.ts'

/** Mono audio. */
export interface Pcm {
  readonly samples: Int16Array
  readonly sampleRateHz: number
}

/** Telephone lines carry 8 kHz; a track starts so and changes to 16 kHz with the first frame that has it. */
export const telephoneRateHz = 8000

/** One side of a line, frame after frame, silence included, up to a limit of length. */
export class AudioTrack {
  readonly #maxKeptMs: number
  #rateHz = telephoneRateHz
  #samples: Int16Array = new Int16Array(telephoneRateHz)
  #length = 0

  constructor(maxKeptMs: number) {
    this.#maxKeptMs = maxKeptMs
  }

  get sampleRateHz(): number {
    return this.#rateHz
  }

  get keptMs(): number {
    return (this.#length / this.#rateHz) * 1000
  }

  /** Appends 20 ms; undefined is silence. False: the track is full. */
  append(frame: Int16Array | undefined, rateHz: number): boolean {
    if (this.keptMs + frameMs > this.#maxKeptMs) return false
    if (rateHz > this.#rateHz) this.#raiseRate(rateHz)
    const fitting = frame && rateHz < this.#rateHz ? resample(frame, rateHz, this.#rateHz) : frame
    const end = this.#length + (this.#rateHz * frameMs) / 1000
    if (end > this.#samples.length) this.#grow(end)
    if (fitting) this.#samples.set(fitting, this.#length)
    this.#length = end
    return true
  }

  /** A part, in milliseconds from the start of the track; all of it by default. What is appended later does not change it. */
  slice(fromMs = 0, toMs = Number.POSITIVE_INFINITY): Pcm {
    const at = (ms: number) => Math.min(this.#length, Math.round((ms * this.#rateHz) / 1000))
    return { samples: this.#samples.subarray(at(fromMs), at(toMs)), sampleRateHz: this.#rateHz }
  }

  #grow(atLeast: number): void {
    const larger = new Int16Array(Math.max(atLeast, this.#samples.length * 2))
    larger.set(this.#samples)
    this.#samples = larger
  }

  #raiseRate(rateHz: number): void {
    this.#samples = resample(this.#samples.subarray(0, this.#length), this.#rateHz, rateHz)
    this.#length = this.#samples.length
    this.#rateHz = rateHz
  }
}
