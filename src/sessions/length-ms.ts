import { type AudioFormat, bytesPerSample } from '../audio/format.ts'

/** Milliseconds that `bytes` bytes play for: a multiple of 1/16, so that sums and differences are exact. */
export const lengthMs = (format: AudioFormat, bytes: number): number =>
  ((bytes / bytesPerSample(format)) * 1000) / format.sampleRateHz
