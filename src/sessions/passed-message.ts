import { type AudioFormat, bytesPerSample, durationMs } from '../audio/format.ts'
import { mediaFormatOf } from '../plivo/content-type.ts'
import { parseBotMessage } from '../plivo/stream-codec.ts'

/** What a message in the carrier's words does to the audio that waits to be heard. */
export type PassedMessage =
  | { readonly type: 'audio'; readonly ms: number; /** The carrier may pass it over. */ readonly doubtful: boolean }
  | { readonly type: 'clear' }
  | { readonly type: 'other' }

const payloadKey = '"payload"'
const other: PassedMessage = { type: 'other' }
/** The carrier may ignore a longer message. */
const longestMessage = 65_536

/**
 * Reads a bot's messages to the carrier without reading their audio, which is nearly all there is of them: what stands
 * around a payload is the same from message to message, and is looked at once.
 */
export class PassedMessageReader {
  readonly #format: AudioFormat
  /** Around the payload of the audio that was read last. */
  #before: string | undefined
  #behind = ''

  constructor(format: AudioFormat) {
    this.#format = format
  }

  read(raw: string): PassedMessage {
    const known = this.#readLikeLast(raw)
    if (known) return known
    // In JSON these nine characters are a whole string wherever they stand: within another their quotes are escaped.
    const key = raw.indexOf(payloadKey)
    if (key < 0) return this.#readWhole(raw)
    const from = raw.indexOf('"', key + payloadKey.length) + 1
    const to = from > 0 ? raw.indexOf('"', from) : -1
    if (to < 0) return other
    const plain = !raw.slice(from, to).includes('\\')
    return plain && this.#isAudio(raw.slice(0, from), raw.slice(to)) ? this.#audio(raw, from, to) : this.#readWhole(raw)
  }

  /** Nothing but the payload differs from the audio that was read last. */
  #readLikeLast(raw: string): PassedMessage | undefined {
    if (this.#before === undefined) return undefined
    const from = this.#before.length
    const to = raw.indexOf('"', from)
    if (raw.slice(0, from) !== this.#before || to < 0 || raw.slice(to) !== this.#behind) return undefined
    const escaped = raw.indexOf('\\', from)
    return escaped >= 0 && escaped < to ? undefined : this.#audio(raw, from, to)
  }

  /** A message without its payload: is it audio in the stream's format? */
  #isAudio(before: string, behind: string): boolean {
    const message = parseBotMessage(before + behind)
    if (!message.ok || message.value.event !== 'playAudio') return false
    // Whether the text belongs to `media.payload`: then nothing is left of it.
    if (message.value.media.payload !== '' || !this.#fits(message.value.media)) return false
    this.#before = before
    this.#behind = behind
    return true
  }

  #fits({ contentType, sampleRate }: { contentType: string; sampleRate: number }): boolean {
    const { encoding, sampleRateHz } = this.#format
    const given = mediaFormatOf(contentType.replace(/;.*$/s, ''), sampleRate)
    return given?.encoding === encoding && given.sampleRate === sampleRateHz
  }

  #audio(raw: string, from: number, to: number): PassedMessage {
    const padding = raw[to - 1] === '=' ? (raw[to - 2] === '=' ? 2 : 1) : 0
    return this.#audioOf(Math.floor(((to - from - padding) * 3) / 4), raw.length > longestMessage)
  }

  #audioOf(bytes: number, doubtful: boolean): PassedMessage {
    return { type: 'audio', ms: durationMs(this.#format, bytes - (bytes % bytesPerSample(this.#format))), doubtful }
  }

  #readWhole(raw: string): PassedMessage {
    const message = parseBotMessage(raw)
    if (!message.ok) return other
    if (message.value.event === 'clearAudio') return { type: 'clear' }
    // Audio in another format is passed over by the carrier.
    if (message.value.event !== 'playAudio' || !this.#fits(message.value.media)) return other
    return this.#audioOf(Buffer.byteLength(message.value.media.payload, 'base64'), raw.length > longestMessage)
  }
}
