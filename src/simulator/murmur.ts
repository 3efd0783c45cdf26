import { silence, tone } from '../audio/tone.ts'
import { telephoneRateHz, type Pcm } from './audio-track.ts'

const syllableMs = 200
const pauseMs = 40
/** Up and down a little, as a voice does. */
const pitchesHz = [180, 210, 195, 165]
const levelDbfs = -18

/** Stands for speech that nobody synthesises here: a hum in syllables, so that a recording tells it from silence. */
export function murmur(durationMs: number): Pcm {
  const samples = silence(durationMs, telephoneRateHz)
  for (let startMs = 0, i = 0; startMs < durationMs; startMs += syllableMs, i++) {
    const syllable = tone({
      frequencyHz: pitchesHz[i % pitchesHz.length] ?? 0,
      durationMs: Math.min(syllableMs - pauseMs, durationMs - startMs),
      sampleRateHz: telephoneRateHz,
      levelDbfs,
    })
    const start = Math.round((startMs * telephoneRateHz) / 1000)
    samples.set(syllable.subarray(0, samples.length - start), start)
  }
  return { samples, sampleRateHz: telephoneRateHz }
}
