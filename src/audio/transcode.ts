import type { AudioFormat } from './format.ts'
import { decodeL16, encodeL16 } from './l16.ts'
import { decodeMulaw, encodeMulaw } from './mulaw.ts'

/** Raw stream audio to samples, at the sample rate of `format`. */
export const toPcm16 = (audio: Uint8Array, format: AudioFormat): Int16Array =>
  format.encoding === 'audio/x-mulaw' ? decodeMulaw(audio) : decodeL16(audio)

/** Samples, already at the sample rate of `format`, to raw stream audio. */
export const fromPcm16 = (samples: Int16Array, format: AudioFormat): Uint8Array =>
  format.encoding === 'audio/x-mulaw' ? encodeMulaw(samples) : encodeL16(samples)
