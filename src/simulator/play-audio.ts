import { bytesPerSample, type AudioFormat } from '../audio/format.ts'
import { mediaFormatOf } from '../plivo/content-type.ts'
import type { PlayAudioMessage } from '../plivo/stream-messages.ts'

/** Plivo asks to keep a chunk at or below this (section 4.1). */
const advisedPayloadChars = 16 * 1024

/** The raw audio of a `playAudio`, or undefined when it is not in the stream's format; oddities go to `warn`. */
export function readPlayAudio(
  { contentType, sampleRate, payload }: PlayAudioMessage['media'],
  format: AudioFormat,
  warn: (text: string) => void,
): Uint8Array | undefined {
  const given = mediaFormatOf(contentType.replace(/;.*$/s, ''), sampleRate)
  if (given?.encoding !== format.encoding || given.sampleRate !== format.sampleRateHz) {
    const expected = `${format.encoding} at ${format.sampleRateHz}`
    warn(`playAudio was dropped: it is ${contentType} at ${sampleRate}, and the stream is ${expected}`)
    return undefined
  }
  if (contentType.includes(';')) warn(`playAudio has the contentType "${contentType}": Plivo documents no rate in it`)
  if (payload.length > advisedPayloadChars) {
    warn(`playAudio has ${payload.length} characters of base64: Plivo asks for at most ${advisedPayloadChars}`)
  }
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(payload)) warn('playAudio has a payload that is not standard base64')
  const audio = Buffer.from(payload, 'base64')
  const excess = audio.length % bytesPerSample(format)
  if (excess > 0) warn(`playAudio has ${audio.length} bytes: half a sample was left out`)
  return audio.subarray(0, audio.length - excess)
}
