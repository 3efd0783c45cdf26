import { rmsDbfs } from '../audio/level.ts'
import { resample } from '../audio/resample.ts'
import type { Pcm } from '../simulator/audio-track.ts'
import type { Line } from '../simulator/line.ts'
import type { TimelineEvent } from '../simulator/timeline.ts'
import type { CallParty } from './call-party.ts'
import { promptRateHz } from './prompt.ts'

/** Quieter than this nobody hears it on a telephone. */
const audibleDbfs = -50
/** A resampled piece is taken out of the middle of a longer one, whose ends are not exact. */
const marginMs = 20

/** What the caller has heard so far. Times are those of the timeline, in milliseconds. */
export class Ear {
  readonly #line: Line
  readonly #timeline: CallParty['timeline']
  #answeredAtMs: number | undefined

  constructor({ line, timeline }: Pick<CallParty, 'line' | 'timeline'>) {
    this.#line = line
    this.#timeline = timeline
  }

  get nowMs(): number {
    return this.#timeline.nowMs
  }

  /** Up to where there is audio: now, or the end of the call. */
  get endMs(): number {
    const { samples, sampleRateHz } = this.#line.heard.slice()
    return Math.min(this.nowMs, this.answeredAtMs + (samples.length / sampleRateHz) * 1000)
  }

  /** When the line was opened; infinite before that. */
  get answeredAtMs(): number {
    const opening = ({ type }: TimelineEvent) => type === 'answered' || type === 'early-media'
    this.#answeredAtMs ??= this.#timeline.events.find(opening)?.atMs
    return this.#answeredAtMs ?? Number.POSITIVE_INFINITY
  }

  /** What was heard from one moment to another, as far as there is any; nothing later than now. */
  heard(fromMs: number, toMs: number): Pcm {
    const start = this.answeredAtMs
    if (start === Number.POSITIVE_INFINITY) return this.#line.heard.slice(0, 0)
    return this.#line.heard.slice(Math.max(0, fromMs - start), Math.max(0, Math.min(toMs, this.endMs) - start))
  }

  /** The same at the rate at which prompts are compared. */
  forPrompts(fromMs: number, toMs: number): Int16Array {
    const { samples, sampleRateHz } = this.heard(fromMs, toMs)
    if (sampleRateHz === promptRateHz) return samples
    const before = Math.min(marginMs, Math.max(0, fromMs - this.answeredAtMs))
    const wider = resample(this.heard(fromMs - before, toMs + marginMs).samples, sampleRateHz, promptRateHz)
    const start = Math.round((before * promptRateHz) / 1000)
    return wider.subarray(start, start + Math.round((samples.length * promptRateHz) / sampleRateHz))
  }

  /** Levels in dBFS of each `stepMs`. */
  levels(fromMs: number, toMs: number, stepMs: number): number[] {
    const { samples, sampleRateHz } = this.heard(fromMs, toMs)
    const step = Math.max(1, Math.round((sampleRateHz * stepMs) / 1000))
    const levels: number[] = []
    for (let at = 0; at < samples.length; at += step) levels.push(rmsDbfs(samples.subarray(at, at + step)))
    return levels
  }

  /** When the first sound of a stretch is heard, to 20 ms. */
  firstSound(fromMs: number, toMs: number): number | undefined {
    const at = this.levels(fromMs, toMs, 20).findIndex(isAudible)
    return at < 0 ? undefined : Math.max(fromMs, this.answeredAtMs) + at * 20
  }
}

export const isAudible = (dbfs: number): boolean => dbfs >= audibleDbfs
