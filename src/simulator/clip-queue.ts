import { frameMs } from '../audio/format.ts'
import { resample } from '../audio/resample.ts'
import type { Pcm } from './audio-track.ts'

interface Clip {
  readonly original: Pcm
  rendered: Pcm
  playedFrames: number
  readonly done: () => void
}

/** Audio clips, one after another, cut into frames of 20 ms. */
export class ClipQueue {
  readonly #clips: Clip[] = []

  /** Resolves when the clip has been played to its end, or dropped. `rateHz`: the rate at which it will be wanted. */
  push(audio: Pcm, rateHz: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#clips.push({ original: audio, rendered: atRate(audio, rateHz), playedFrames: 0, done: resolve })
    return promise
  }

  /** The next frame, padded with silence at the end of a clip; undefined when nothing is left. */
  next(rateHz: number): Int16Array | undefined {
    for (let clip = this.#clips[0]; clip; clip = this.#clips[0]) {
      if (clip.rendered.sampleRateHz !== rateHz) clip.rendered = atRate(clip.original, rateHz)
      const frameSamples = (rateHz * frameMs) / 1000
      const start = clip.playedFrames * frameSamples
      if (start < clip.rendered.samples.length) {
        clip.playedFrames++
        return padded(clip.rendered.samples.subarray(start, start + frameSamples), frameSamples)
      }
      // One tick after its last frame, when that has been played.
      this.#clips.shift()
      clip.done()
    }
    return undefined
  }

  clear(): void {
    for (const clip of this.#clips.splice(0)) clip.done()
  }
}

const atRate = ({ samples, sampleRateHz }: Pcm, rateHz: number): Pcm => ({
  samples: resample(samples, sampleRateHz, rateHz),
  sampleRateHz: rateHz,
})

const padded = (samples: Int16Array, length: number): Int16Array => {
  if (samples.length === length) return samples
  const whole = new Int16Array(length)
  whole.set(samples)
  return whole
}
