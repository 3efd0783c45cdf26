/**
 * The three wire formats of a Plivo audio stream: raw mono samples, no header. L16 is signed 16-bit little-endian.
 */
type Encoding = 'audio/x-mulaw' | 'audio/x-l16'

export interface AudioFormat {
  readonly encoding: Encoding
  readonly sampleRateHz: 8000 | 16000
}

export const mulaw8k: AudioFormat = { encoding: 'audio/x-mulaw', sampleRateHz: 8000 }
export const l16At8k: AudioFormat = { encoding: 'audio/x-l16', sampleRateHz: 8000 }
export const l16At16k: AudioFormat = { encoding: 'audio/x-l16', sampleRateHz: 16000 }

/** Length of one stream frame. */
export const frameMs = 20

export const bytesPerSample = (format: AudioFormat): 1 | 2 => (format.encoding === 'audio/x-mulaw' ? 1 : 2)

/** Bytes of `ms` milliseconds of audio, a whole number of samples. */
export const bytesOf = (format: AudioFormat, ms: number): number =>
  Math.round((format.sampleRateHz * ms) / 1000) * bytesPerSample(format)

/** Milliseconds that `bytes` bytes play for: a multiple of 1/16, so that sums and differences are exact. */
export const durationMs = (format: AudioFormat, bytes: number): number =>
  ((bytes / bytesPerSample(format)) * 1000) / format.sampleRateHz

/** The byte that is silence: 0xFF for mu-law, 0 for L16. */
export const silenceByte = (format: AudioFormat): number => (format.encoding === 'audio/x-mulaw' ? 0xff : 0)
