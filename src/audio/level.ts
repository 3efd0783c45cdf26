import type { AudioFormat } from './format.ts'
import { mulawEnergy } from './mulaw.ts'

/**
 * Levels are RMS, in dBFS as AES17 has it: a sine that just reaches full scale is 0 dBFS (a full-scale square wave +3).
 * Nothing is below −96, the dynamic range of 16 bits; that stands for silence.
 */
const silenceDbfs = -96

/** Amplitude of a sine of `dbfs`, on the 16-bit scale. */
export const amplitudeOf = (dbfs: number): number => 32_767 * 10 ** (dbfs / 20)

/** Level of `samples` samples whose squares sum to `energy`. */
export const dbfsOfEnergy = (energy: number, samples: number): number =>
  energy > 0 ? Math.max(silenceDbfs, 10 * Math.log10((2 * energy) / samples / 32_767 ** 2)) : silenceDbfs

/** Level in dBFS. */
export const rmsDbfs = (samples: Int16Array): number => {
  let energy = 0
  for (const sample of samples) energy += sample * sample
  return dbfsOfEnergy(energy, samples.length)
}

/** Level in dBFS of raw stream audio, without decoding it. */
export const rmsDbfsOf = (audio: Uint8Array, format: AudioFormat): number => {
  let energy = 0
  if (format.encoding === 'audio/x-mulaw') {
    for (const byte of audio) energy += mulawEnergy[byte] ?? 0
    return dbfsOfEnergy(energy, audio.length)
  }
  const view = new DataView(audio.buffer, audio.byteOffset, audio.byteLength)
  const samples = audio.length >> 1
  for (let i = 0; i < samples; i++) energy += view.getInt16(2 * i, true) ** 2
  return dbfsOfEnergy(energy, samples)
}
