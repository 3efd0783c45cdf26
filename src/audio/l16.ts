/** Signed 16-bit little-endian bytes to samples. An odd byte at the end is left out. */
export const decodeL16 = (bytes: Uint8Array): Int16Array => {
  // A view, not an Int16Array on the same buffer: that would need an even byte offset and a little-endian machine.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const samples = new Int16Array(bytes.byteLength >> 1)
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true)
  return samples
}

/** Samples to signed 16-bit little-endian bytes, two for each. */
export const encodeL16 = (samples: Int16Array): Uint8Array => {
  const bytes = new Uint8Array(2 * samples.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < samples.length; i++) view.setInt16(2 * i, samples[i] ?? 0, true)
  return bytes
}
