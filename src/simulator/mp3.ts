import type { Pcm } from './audio-track.ts'

/** Longer ones are decoded beside the line, which would stand still meanwhile; starting a thread takes long for short ones. */
const maxBytesAtOnce = 64 * 1024

/** An ID3 tag, or the first bits of a frame. */
export const looksLikeMp3 = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0x49 && bytes[1] === 0x44 && bytes[2] === 0x33) ||
  (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe6) === 0xe2)

/** Undefined when `mpg123-decoder`, an optional dependency, is not installed, or can make nothing of it. */
export async function decodeMp3(bytes: Uint8Array): Promise<Pcm | undefined> {
  const decoder = await openDecoder(bytes.length > maxBytesAtOnce)
  if (!decoder) return undefined
  try {
    const { channelData, samplesDecoded, sampleRate } = await decoder.decode(bytes)
    if (samplesDecoded === 0 || channelData.length === 0) return undefined
    return { samples: toMono(channelData, samplesDecoded), sampleRateHz: sampleRate }
  } catch {
    return undefined
  } finally {
    await decoder.free()
  }
}

async function openDecoder(inThread: boolean) {
  try {
    const { MPEGDecoder, MPEGDecoderWebWorker } = await import('mpg123-decoder')
    const decoder = inThread ? new MPEGDecoderWebWorker() : new MPEGDecoder()
    await decoder.ready
    return decoder
  } catch {
    return undefined
  }
}

/** Samples of a decoder are from −1 to 1. */
function toMono(channels: readonly Float32Array[], length: number): Int16Array {
  const samples = new Int16Array(length)
  for (let i = 0; i < length; i++) {
    let sum = 0
    for (const channel of channels) sum += channel[i] ?? 0
    samples[i] = Math.max(-32_768, Math.min(32_767, Math.round((sum / channels.length) * 32_767)))
  }
  return samples
}
