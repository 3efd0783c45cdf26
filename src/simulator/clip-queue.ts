import { frameMs } from '../audio/format.ts'
import { Resampler } from '../audio/resample.ts'
import type { Pcm } from './audio-track.ts'

interface QueuedClip {
  readonly reader: ClipReader
  readonly done: () => void
}

/** Audio clips, one after another, cut into frames of 20 ms. */
export class ClipQueue {
  #clips: QueuedClip[] = []

  /** Resolves when the clip has been played to its end, or dropped, which `signal` asks for. */
  push(audio: Pcm, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const drop = () => {
      this.#clips = this.#clips.filter((other) => other !== clip)
      resolve()
    }
    const done = () => {
      signal?.removeEventListener('abort', drop)
      resolve()
    }
    const clip: QueuedClip = { reader: new ClipReader(audio), done }
    this.#clips.push(clip)
    signal?.addEventListener('abort', drop, { once: true })
    return promise
  }

  /** The next frame, padded with silence at the end of a clip; undefined when nothing is left. */
  next(rateHz: number): Int16Array | undefined {
    for (let clip = this.#clips[0]; clip; clip = this.#clips[0]) {
      const frame = clip.reader.next(rateHz)
      if (frame) return frame
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

/** Resamples as it goes: a long clip at once would hold up the line. */
class ClipReader {
  readonly #clip: Pcm
  #position = 0
  #rateHz = 0
  #resampler: Resampler | undefined
  #ready = new Int16Array()

  constructor(clip: Pcm) {
    this.#clip = clip
  }

  next(rateHz: number): Int16Array | undefined {
    if (rateHz !== this.#rateHz) this.#restart(rateHz)
    const frameSamples = (rateHz * frameMs) / 1000
    while (this.#ready.length < frameSamples && this.#resampler) this.#readMore(this.#resampler)
    if (this.#ready.length === 0) return undefined
    const frame = new Int16Array(frameSamples)
    frame.set(this.#ready.subarray(0, frameSamples))
    this.#ready = this.#ready.slice(frameSamples)
    return frame
  }

  /** A rate that changes in the middle of a clip loses the few milliseconds that the old filter still held. */
  #restart(rateHz: number): void {
    this.#rateHz = rateHz
    this.#resampler = new Resampler(this.#clip.sampleRateHz, rateHz)
    this.#ready = new Int16Array()
  }

  #readMore(resampler: Resampler): void {
    const { samples, sampleRateHz } = this.#clip
    const end = this.#position + Math.ceil((sampleRateHz * frameMs) / 1000)
    const atEnd = this.#position >= samples.length
    const more = atEnd ? resampler.flush() : resampler.push(samples.subarray(this.#position, end))
    this.#position = end
    if (atEnd) this.#resampler = undefined
    const ready = new Int16Array(this.#ready.length + more.length)
    ready.set(this.#ready)
    ready.set(more, this.#ready.length)
    this.#ready = ready
  }
}
