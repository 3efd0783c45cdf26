/**
 * G.711 mu-law on the 16-bit scale. A code is sign, exponent and mantissa, inverted; its value is the middle of its
 * interval, so the loudest is 32124, not 32767.
 */
const bias = 0x84
const loudest = 32_635

const decodeTable = Int16Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte
  const exponent = (code >> 4) & 7
  const magnitude = ((((code & 0x0f) << 3) + bias) << exponent) - bias
  return code & 0x80 ? -magnitude : magnitude
})

/** Indexed by the sample as an unsigned 16-bit number. */
const encodeTable = Uint8Array.from({ length: 65_536 }, (_, index) => {
  const sample = (index << 16) >> 16
  const biased = Math.min(Math.abs(sample), loudest) + bias
  const exponent = 24 - Math.clz32(biased)
  const mantissa = (biased >> (exponent + 3)) & 0x0f
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa)
})

/** The square of what each mu-law byte decodes to, to sum energy without decoding. */
export const mulawEnergy: Readonly<Uint32Array> = Uint32Array.from(decodeTable, (sample) => sample * sample)

/** The signed 16-bit sample of one mu-law byte. */
export const decodeMulawByte = (byte: number): number => decodeTable[byte] ?? 0

/** One signed 16-bit sample for each mu-law byte. */
export const decodeMulaw = (bytes: Uint8Array): Int16Array => {
  const samples = new Int16Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) samples[i] = decodeTable[bytes[i] ?? 0] ?? 0
  return samples
}

/** One mu-law byte for each signed 16-bit sample; what is louder than 32635 is clipped. */
export const encodeMulaw = (samples: Int16Array): Uint8Array => {
  // Plain loops here: `from` with a callback takes ten times as long.
  const bytes = new Uint8Array(samples.length)
  for (let i = 0; i < samples.length; i++) bytes[i] = encodeTable[(samples[i] ?? 0) & 0xffff] ?? 0
  return bytes
}
