import type { Ear } from './ear.ts'
import { type Prompt, promptRateHz } from './prompt.ts'

/** A prompt as it was heard, in milliseconds of the call. */
export interface HeardPrompt {
  readonly startMs: number
  readonly endMs: number
}

/** New audio is searched this much at a time. */
const stepMs = 100
/** A beginning is where the correlation is greatest, so some audio beyond it is needed. */
const beyondMs = 40
/** A prompt with gaps in it ends later than it should by at most this. */
const latestMs = 2000
const retryMs = 100

const toMs = (samples: number) => (samples / promptRateHz) * 1000

/** Waits for a prompt to be heard to its end, in audio that comes bit by bit. */
export class PromptWatch {
  readonly #prompt: Prompt
  readonly #ear: Ear
  #searchedToMs: number
  #candidates: { readonly startMs: number; tryAtMs: number }[] = []

  constructor(prompt: Prompt, ear: Ear, fromMs: number) {
    this.#prompt = prompt
    this.#ear = ear
    this.#searchedToMs = fromMs
  }

  /** Looks at what has been heard by now; `last`: nothing more will come. */
  check(last: boolean): HeardPrompt | undefined {
    this.#search(last)
    const { endMs } = this.#ear
    for (const candidate of this.#candidates) {
      if (endMs < candidate.tryAtMs && !last) continue
      candidate.tryAtMs = endMs + retryMs
      const audio = this.#ear.forPrompts(candidate.startMs, endMs)
      const match = this.#prompt.follow(audio, 0)
      if (match?.whole) return { startMs: candidate.startMs, endMs: candidate.startMs + toMs(match.end) }
    }
    const lengthMs = toMs(this.#prompt.samples.length)
    this.#candidates = this.#candidates.filter(({ startMs }) => endMs < startMs + lengthMs + latestMs)
    return undefined
  }

  #search(last: boolean): void {
    const fromMs = Math.max(this.#searchedToMs, this.#ear.answeredAtMs)
    const { endMs } = this.#ear
    const reachMs = toMs(this.#prompt.beginningSamples)
    if (!last && endMs - fromMs < reachMs + stepMs + beyondMs) return
    const audio = this.#ear.forPrompts(fromMs, endMs)
    for (const { at } of this.#prompt.findBeginnings(audio)) this.#add(fromMs + toMs(at))
    this.#searchedToMs = Math.max(fromMs, endMs - reachMs - beyondMs)
  }

  #add(startMs: number): void {
    const known = this.#candidates.some((other) => Math.abs(other.startMs - startMs) < 1)
    if (!known) this.#candidates.push({ startMs, tryAtMs: startMs + toMs(this.#prompt.samples.length) })
  }
}
