import { rmsDbfs } from '../audio/level.ts'

/** Quieter than this nobody hears it on a telephone; the noise of a good line is about −60. */
const audibleDbfs = -50
/** A pause shorter than this belongs to what is being said. */
const pauseMs = 300

/** Follows one voice and says when it starts and ends. */
export class Audibility {
  #audible = false
  #lastHeardAt = Number.NEGATIVE_INFINITY

  /** Whether it speaks now, short pauses included. */
  get audible(): boolean {
    return this.#audible
  }

  /** When it was last heard, by the time given to `frame`; −Infinity: never. */
  get lastHeardAt(): number {
    return this.#lastHeardAt
  }

  /** Takes the next 20 ms; undefined is silence. */
  frame(samples: Int16Array | undefined, nowMs: number): 'started' | 'ended' | undefined {
    if (samples && rmsDbfs(samples) >= audibleDbfs) {
      this.#lastHeardAt = nowMs
      if (this.#audible) return undefined
      this.#audible = true
      return 'started'
    }
    if (!this.#audible || nowMs - this.#lastHeardAt < pauseMs) return undefined
    this.#audible = false
    return 'ended'
  }
}
