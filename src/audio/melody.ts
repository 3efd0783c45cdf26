import { silence, tone } from './tone.ts'

/** A broken chord up and down, in C. */
const notesHz = [261.63, 329.63, 392, 523.25, 392, 329.63]
const noteMs = 500
const restMs = 1500

/** Music for somebody who waits, soft and 4.5 s long, made to be repeated. Note by note. */
export const melody = (sampleRateHz: number): Int16Array[] => [
  ...notesHz.map((frequencyHz) => tone({ frequencyHz, durationMs: noteMs, sampleRateHz, levelDbfs: -30 })),
  silence(restMs, sampleRateHz),
]
