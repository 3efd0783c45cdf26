import type { Parsed } from '../lib/parsed.ts'
import {
  parseJsonObject,
  readNumber,
  readObject,
  readOptionalString,
  readString,
  wrongField,
  type JsonObject,
} from './json-fields.ts'
import type { BotCommand, BotMessage, MediaFormat, PlayAudioMessage } from './stream-messages.ts'

/**
 * Reads a text frame that a server sent to Plivo (Plivo reference 4.3). Failures name the field, such as `media.payload`,
 * or the empty field when the text is no JSON object. Whether the audio fits the stream is for the reader to judge.
 */
export const parseBotMessage = (text: string): Parsed<BotMessage> => parseJsonObject(text, readBotMessage)

export const encodeBotMessage = (message: BotCommand): string => JSON.stringify(message)

/**
 * A `playAudio` of raw samples in the stream's own format. The caller keeps `audio` at or below 12,288 bytes, which are
 * the 16 KB of base64 that Plivo asks for. Concatenated, because neither part can hold a character that JSON escapes.
 */
export const encodePlayAudio = ({ encoding, sampleRate }: MediaFormat, audio: Uint8Array): string => {
  const payload = Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString('base64')
  return `{"event":"playAudio","media":{"contentType":"${encoding}","sampleRate":${sampleRate},"payload":"${payload}"}}`
}

const readBotMessage = (message: JsonObject): BotMessage => {
  const event = readString(message['event'], 'event')
  switch (event) {
    case 'playAudio':
      return { event, media: readAudio(message['media']), streamId: readStreamId(message) }
    case 'checkpoint':
      return { event, streamId: readStreamId(message), name: readString(message['name'], 'name') }
    case 'clearAudio':
      return { event, streamId: readStreamId(message) }
    case 'sendDTMF':
      return { event, dtmf: readDigits(message['dtmf']) }
    default:
      return { event: 'unknown', name: event }
  }
}

const readStreamId = (message: JsonObject): string | undefined => readOptionalString(message['streamId'], 'streamId')

const readAudio = (value: unknown): PlayAudioMessage['media'] => {
  const media = readObject(value, 'media')
  return {
    contentType: readString(media['contentType'], 'media.contentType'),
    sampleRate: readNumber(media['sampleRate'], 'media.sampleRate'),
    payload: readString(media['payload'], 'media.payload'),
  }
}

const readDigits = (value: unknown): string => {
  const digits = readString(value, 'dtmf')
  if (!/^[0-9*#A-D]+$/.test(digits)) throw wrongField('dtmf', 'digits of 0-9 * # A-D', digits)
  return digits
}
