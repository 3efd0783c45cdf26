import { rmsDbfs } from '../audio/level.ts'
import { resample } from '../audio/resample.ts'
import type { Pcm } from '../simulator/audio-track.ts'
import { Correlator, energyOf, longestPattern, similarity } from './correlation.ts'

/** Prompts are compared at the rate of a telephone: what is above it no caller need hear. */
export const promptRateHz = 8000

/** A place in heard audio where a prompt is, as samples of `promptRateHz`. */
export interface PromptMatch {
  /** Where the prompt's first sound is. */
  readonly start: number
  /** End of the last piece of it that is there. */
  readonly end: number
  /** It is there to its last sound. */
  readonly whole: boolean
}

/** Pieces of a prompt are looked for one by one, so that a pause in the middle does no harm. */
const pieceSamples = promptRateHz / 5
const frameSamples = promptRateHz / 50
const audibleDbfs = -45
/** A prompt's beginning is taken to be found from here on. Speech by the same voice comes to 0.4. */
const leastBeginning = 0.6
const leastPiece = 0.5
/** A piece that is not where it should be must be sure to be it. */
const leastMovedPiece = 0.8
const longestGapSamples = promptRateHz / 4
/** Of what a prompt holds up to its last piece found, by energy. */
const leastShare = 0.8
/** So many pieces in a row that are not there, and the rest is not looked for. */
const mostLost = 5
/** Shorter than this, a match of a beginning means nothing. */
const leastPart = promptRateHz / 3

/** Something that is expected to be heard, without the silence around it. */
export class Prompt {
  readonly name: string
  readonly samples: Int16Array
  readonly #beginning: Correlator

  /** Throws a `TypeError` for a prompt that nobody could hear. */
  constructor(name: string, { samples, sampleRateHz }: Pcm) {
    this.name = name
    this.samples = audiblePart(resample(samples, sampleRateHz, promptRateHz))
    if (this.samples.length === 0) throw new TypeError(`${name} holds nothing that can be heard`)
    this.#beginning = new Correlator(this.samples.subarray(0, longestPattern))
  }

  get durationMs(): number {
    return (this.samples.length / promptRateHz) * 1000
  }

  /** How much audio it takes to find where the prompt begins. */
  get beginningSamples(): number {
    return this.#beginning.patternLength
  }

  /** Where in `audio` the prompt may begin. */
  findBeginnings(audio: Int16Array): { readonly at: number; readonly similarity: number }[] {
    const found: { at: number; similarity: number }[] = []
    for (const [at, similarity] of this.#beginning.correlate(audio).entries()) {
      if (similarity < leastBeginning) continue
      const last = found.at(-1)
      if (!last || at - last.at > frameSamples) found.push({ at, similarity })
      else if (similarity > last.similarity) Object.assign(last, { at, similarity })
    }
    return found
  }

  /** Follows the prompt from where it may begin. Undefined: it is something else. */
  follow(audio: Int16Array, start: number): PromptMatch | undefined {
    let moved = 0
    let energy = 0
    let matched = 0
    let lost = 0
    let end: { readonly at: number; readonly last: boolean } | undefined
    for (const [from, to] of pieces(this.samples.length)) {
      const piece = this.samples.subarray(from, to)
      const pieceEnergy = energyOf(piece)
      const at = locate(piece, audio, start + from + moved)
      energy += pieceEnergy
      if (at === undefined) {
        if (++lost > mostLost) break
        continue
      }
      lost = 0
      moved = at - start - from
      matched += pieceEnergy
      if (matched >= leastShare * energy) end = { at: at + piece.length, last: to === this.samples.length }
    }
    if (!end || (!end.last && end.at - start < leastPart)) return undefined
    return { start, end: end.at, whole: end.last }
  }

  /** Every place where it is, whole or from its beginning on. */
  findAll(audio: Int16Array): PromptMatch[] {
    const matches: PromptMatch[] = []
    for (const { at } of this.findBeginnings(audio)) {
      const match = at < (matches.at(-1)?.end ?? 0) ? undefined : this.follow(audio, at)
      if (match) matches.push(match)
    }
    return matches
  }
}

/** The last takes what would be too short by itself. */
function* pieces(length: number): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from < length;) {
    const to = length - from < 1.5 * pieceSamples ? length : from + pieceSamples
    yield [from, to]
    from = to
  }
}

/** Where a piece is: at `expected`, or a little later. */
function locate(piece: Int16Array, audio: Int16Array, expected: number): number | undefined {
  if (similarity(piece, audio.subarray(expected, expected + piece.length)) >= leastPiece) return expected
  const around = audio.subarray(expected, expected + piece.length + longestGapSamples)
  let best = { moved: 0, similarity: 0 }
  for (const [moved, similarity] of new Correlator(piece).correlate(around).entries()) {
    if (similarity > best.similarity) best = { moved, similarity }
  }
  return best.similarity >= leastMovedPiece ? expected + best.moved : undefined
}

function audiblePart(samples: Int16Array): Int16Array {
  const audible = (at: number) => rmsDbfs(samples.subarray(at, at + frameSamples)) >= audibleDbfs
  let start = 0
  while (start < samples.length && !audible(start)) start += frameSamples
  let end = samples.length
  while (end > start && !audible(Math.max(start, end - frameSamples))) end -= frameSamples
  return samples.subarray(start, Math.max(start, end))
}
