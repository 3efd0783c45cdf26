/** G.711 A-law on the 16-bit scale. Plivo does not stream it; telephone recordings in WAV files use it. */
const decodeTable = Int16Array.from({ length: 256 }, (_, byte) => {
  const code = byte ^ 0x55
  const exponent = (code >> 4) & 7
  const mantissa = ((code & 0x0f) << 4) + 8
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1)
  return code & 0x80 ? magnitude : -magnitude
})

/** The signed 16-bit sample of one A-law byte. */
export const decodeAlawByte = (byte: number): number => decodeTable[byte] ?? 0
