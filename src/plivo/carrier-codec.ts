import type { Parsed } from '../lib/parsed.ts'
import { mediaFormatOf } from './content-type.ts'
import {
  isJsonObject,
  parseJsonObject,
  readNumber,
  readObject,
  readOptionalNumber,
  readOptionalString,
  readString,
  wrongField,
  type JsonObject,
} from './json-fields.ts'
import type {
  CarrierMessage,
  DtmfMessage,
  EmittedMessage,
  MediaFormat,
  MediaMessage,
  StartMessage,
  StopMessage,
} from './stream-messages.ts'

/**
 * Reads a text frame from Plivo (Plivo reference 4.2, and 9 for what it must put up with). Failures name the field, such
 * as `start.callId`, or the empty field when the text is no JSON object. That a payload is base64 is not checked.
 */
export const parseCarrierMessage = (text: string): Parsed<CarrierMessage> => parseJsonObject(text, readCarrierMessage)

/** A text frame as Plivo documents it: timestamps are strings, the other numbers are numbers. */
export const encodeCarrierMessage = (message: EmittedMessage): string => {
  if (message.event === 'media') return JSON.stringify({ ...message, media: withTextTimestamp(message.media) })
  if (message.event === 'dtmf') return JSON.stringify({ ...message, dtmf: withTextTimestamp(message.dtmf) })
  return JSON.stringify(message)
}

const withTextTimestamp = <T extends { readonly timestamp?: number | undefined }>(part: T) => ({
  ...part,
  timestamp: part.timestamp?.toString(),
})

const readCarrierMessage = (message: JsonObject): CarrierMessage => {
  const event = readString(message['event'], 'event')
  switch (event) {
    case 'media':
      return readMedia(message)
    case 'start':
      return readStart(message)
    case 'dtmf':
      return readDtmf(message)
    case 'playedStream':
    case 'played':
      return { event: 'playedStream', ...readEnvelope(message), name: readString(message['name'], 'name') }
    case 'clearedAudio':
      return { event, ...readEnvelope(message) }
    case 'stop':
      return readStop(message)
    case 'playFailed':
    case 'error':
      return { event, reason: readOptionalString(message['reason'], 'reason') ?? '' }
    default:
      return { event: 'unknown', name: event }
  }
}

const readEnvelope = (message: JsonObject) => ({
  sequenceNumber: readOptionalNumber(message['sequenceNumber'], 'sequenceNumber'),
  streamId: readOptionalString(message['streamId'], 'streamId'),
})

const readMedia = (message: JsonObject): MediaMessage => {
  const media = readObject(message['media'], 'media')
  return {
    event: 'media',
    sequenceNumber: readOptionalNumber(message['sequenceNumber'], 'sequenceNumber'),
    streamId: readOptionalString(message['streamId'], 'streamId'),
    media: {
      track: readTrack(media['track'], 'media.track'),
      timestamp: readOptionalNumber(media['timestamp'], 'media.timestamp'),
      chunk: readOptionalNumber(media['chunk'], 'media.chunk'),
      payload: readString(media['payload'], 'media.payload'),
    },
  }
}

const readStart = (message: JsonObject): StartMessage => {
  const start = readObject(message['start'], 'start')
  return {
    event: 'start',
    sequenceNumber: readOptionalNumber(message['sequenceNumber'], 'sequenceNumber'),
    start: {
      callId: readId(start['callId'], 'start.callId'),
      streamId: readId(start['streamId'], 'start.streamId'),
      accountId: readOptionalString(start['accountId'], 'start.accountId'),
      tracks: readTracks(start['tracks']),
      mediaFormat: readMediaFormat(start['mediaFormat']),
    },
    extra_headers: readExtraHeaders(message['extra_headers']),
  }
}

const readDtmf = (message: JsonObject): DtmfMessage => {
  const dtmf = readObject(message['dtmf'], 'dtmf')
  const digit = readString(dtmf['digit'], 'dtmf.digit')
  if (!/^[0-9*#A-D]$/.test(digit)) throw wrongField('dtmf.digit', 'one of 0-9 * # A-D', digit)
  return {
    event: 'dtmf',
    ...readEnvelope(message),
    dtmf: {
      track: readTrack(dtmf['track'], 'dtmf.track'),
      digit,
      timestamp: readOptionalNumber(dtmf['timestamp'], 'dtmf.timestamp'),
    },
  }
}

/** Plivo's Java SDK has the ids beside `event`, its Go sample inside `stop`, others have none (C-15). */
const readStop = (message: JsonObject): StopMessage => {
  const stop = message['stop'] === undefined ? message : readObject(message['stop'], 'stop')
  return {
    event: 'stop',
    streamId: readOptionalString(message['streamId'] ?? stop['streamId'], 'streamId'),
    reason: readOptionalString(message['reason'] ?? stop['reason'], 'reason'),
  }
}

const readId = (value: unknown, field: string): string => {
  const id = readString(value, field)
  if (id === '') throw wrongField(field, 'an id', id)
  return id
}

const readTrack = (value: unknown, field: string): 'inbound' | 'outbound' => {
  if (value === undefined || value === 'inbound') return 'inbound'
  if (value === 'outbound') return 'outbound'
  throw wrongField(field, 'inbound or outbound', value)
}

const readTracks = (value: unknown): readonly string[] => {
  if (value === undefined) return ['inbound']
  if (!Array.isArray(value)) throw wrongField('start.tracks', 'an array', value)
  return value.map((track: unknown) => readString(track, 'start.tracks'))
}

const readMediaFormat = (value: unknown): MediaFormat => {
  const format = readObject(value, 'start.mediaFormat')
  const [encoding = ''] = readString(format['encoding'], 'start.mediaFormat.encoding').split(';')
  const sampleRate = readNumber(format['sampleRate'], 'start.mediaFormat.sampleRate')
  if (mediaFormatOf(encoding, 8000) === undefined) {
    throw wrongField('start.mediaFormat.encoding', 'audio/x-mulaw or audio/x-l16', encoding)
  }
  const known = mediaFormatOf(encoding, sampleRate)
  if (known === undefined) throw wrongField('start.mediaFormat.sampleRate', `a rate of ${encoding}`, sampleRate)
  return known
}

/** An object must be flat: one nested thousands deep would overflow the stack of `JSON.stringify`. */
const readExtraHeaders = (value: unknown): string => {
  if (!isJsonObject(value)) return readOptionalString(value, 'extra_headers') ?? ''
  const nested = Object.values(value).find((header) => typeof header === 'object' && header !== null)
  if (nested !== undefined) throw wrongField('extra_headers', 'a string or a flat object', nested)
  return JSON.stringify(value)
}
