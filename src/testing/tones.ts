import { rmsDbfs } from '../audio/level.ts'
import { detectDtmf, goertzel } from '../audio/tone.ts'
import type { Pcm } from '../simulator/audio-track.ts'
import { isAudible } from './ear.ts'

/** Long enough to tell a tone from one 25 Hz beside it. */
const windowMs = 40
const stepMs = 20
/** Of all that is heard, the part in decibels that may be something else. */
const purityDb = 1.5

/** A stretch in milliseconds from the start of the audio. */
export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
}

/** Where a tone of this frequency is heard, and hardly anything else. */
export function findTone(audio: Pcm, frequencyHz: number): Stretch[] {
  const { sampleRateHz } = audio
  const runs = runsOf(audio, (window) => {
    const level = rmsDbfs(window)
    return isAudible(level) && goertzel(window, sampleRateHz, frequencyHz) >= level - purityDb
  })
  return runs.flatMap(({ value, ...stretch }) => (value ? [stretch] : []))
}

/** The keys whose tones are heard, in order. */
export function findDigits(audio: Pcm): string {
  return runsOf(audio, (window) => detectDtmf(window, audio.sampleRateHz))
    .map(({ value }) => value ?? '')
    .join('')
}

/** Windows in a row of which `classify` says the same, two at least. */
function runsOf<T>(
  { samples, sampleRateHz }: Pcm,
  classify: (window: Int16Array) => T,
): ({ readonly value: T } & Stretch)[] {
  const length = Math.round((windowMs * sampleRateHz) / 1000)
  const step = Math.round((stepMs * sampleRateHz) / 1000)
  const runs: { value: T; fromMs: number; toMs: number }[] = []
  for (let at = 0, fromMs = 0; at + length <= samples.length; at += step, fromMs += stepMs) {
    const value = classify(samples.subarray(at, at + length))
    const run = runs.at(-1)
    if (run && run.value === value) run.toMs = fromMs + windowMs
    else runs.push({ value, fromMs, toMs: fromMs + windowMs })
  }
  return runs.filter(({ fromMs, toMs }) => toMs - fromMs > windowMs)
}

/** The frequency that makes up nearly all of `audio`, 40 ms or more, if one does. */
export function strongestTone({ samples, sampleRateHz }: Pcm): number | undefined {
  const level = rmsDbfs(samples)
  if (!isAudible(level)) return undefined
  const start = samples.subarray(0, Math.round((windowMs * sampleRateHz) / 1000))
  const rough = loudest(start, sampleRateHz, range(100, Math.min(3800, sampleRateHz / 2), 20))
  const fine = loudest(samples, sampleRateHz, range(rough - 20, rough + 20, 2))
  return goertzel(samples, sampleRateHz, fine) >= level - purityDb ? fine : undefined
}

const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step)

function loudest(samples: Int16Array, sampleRateHz: number, frequenciesHz: readonly number[]): number {
  const levels = frequenciesHz.map((frequencyHz) => goertzel(samples, sampleRateHz, frequencyHz))
  return frequenciesHz[levels.indexOf(Math.max(...levels))] ?? 0
}
