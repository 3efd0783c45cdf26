import { l16At8k, type AudioFormat } from '../audio/format.ts'
import { describeFailure, failed, parsed, type Parsed } from '../lib/parsed.ts'
import { parseStreamContentType } from '../plivo/content-type.ts'
import { AttributeReader } from './attribute-reader.ts'
import type { LiveStream } from './live-call.ts'
import type { Track } from './media-stream.ts'
import type { HttpMethod } from './webhook-sender.ts'
import type { XmlElement } from './xml-document.ts'

/** A `<Stream>` as it will be run (section 3). */
export interface StreamSettings {
  readonly url: string
  readonly format: AudioFormat
  readonly bidirectional: boolean
  readonly keepCallAlive: boolean
  readonly tracks: readonly Track[]
  readonly timeoutMs: number
  readonly extraHeaders?: string | undefined
  readonly statusCallbackUrl?: string | undefined
  readonly statusCallbackMethod: HttpMethod
}

export const streamAttributes = [
  'bidirectional',
  'audioTrack',
  'streamTimeout',
  'contentType',
  'keepCallAlive',
  'extraHeaders',
  'statusCallbackUrl',
  'statusCallbackMethod',
  'noiseCancellation',
  'noiseCancellationLevel',
] as const

/** No call is longer (section 7.2). */
const dayS = 86_400
const maxUrlLength = 2048
const maxExtraHeadersBytes = 512
const tracksOf: ReadonlyMap<string, readonly Track[]> = new Map([
  ['inbound', ['inbound']],
  ['outbound', ['outbound']],
  ['both', ['inbound', 'outbound']],
])

/** Failures name the attribute, or `URL`; what is odd and no failure goes to `warn`. */
export function parseStream(element: XmlElement, warn: (text: string) => void): Parsed<StreamSettings> {
  const read = new AttributeReader(element, warn)
  const problem = urlProblem(element.text)
  if (problem) return failed('URL', problem)

  const bidirectional = read.boolean('bidirectional', false)
  const audioTrack = read.text('audioTrack') ?? 'inbound'
  const tracks = tracksOf.get(audioTrack)
  if (!tracks) return failed('audioTrack', `must be inbound, outbound or both, got "${audioTrack}"`)
  if (bidirectional && audioTrack !== 'inbound') {
    return failed('audioTrack', `must be inbound in a bidirectional stream, got "${audioTrack}"`)
  }

  const format = readFormat(read.text('contentType'), warn)
  if (!format.ok) return format

  const extraHeaders = read.text('extraHeaders')
  const headerBytes = Buffer.byteLength(extraHeaders ?? '')
  if (headerBytes > maxExtraHeadersBytes) {
    return failed('extraHeaders', `must have at most ${maxExtraHeadersBytes} bytes, got ${headerBytes}`)
  }
  if (/[^A-Za-z0-9=,;]/.test(extraHeaders ?? '')) warn('Stream extraHeaders: documented are letters and digits only')
  return parsed({
    url: element.text,
    format: format.value,
    bidirectional,
    keepCallAlive: read.boolean('keepCallAlive', false),
    tracks,
    timeoutMs: Math.min(read.whole('streamTimeout', { least: 1, standard: dayS }), dayS) * 1000,
    extraHeaders,
    statusCallbackUrl: read.webUrl('statusCallbackUrl'),
    statusCallbackMethod: read.oneOf('statusCallbackMethod', ['GET', 'POST'], 'POST'),
  })
}

/**
 * The same for a stream that the REST API starts.
 * @throws RangeError when an option breaks a rule of the element.
 */
export function liveStreamSettings(options: LiveStream, warn: (text: string) => void): StreamSettings {
  const { serviceUrl, statusCallbackUrl, statusCallbackMethod, extraHeaders } = options
  const attributes = {
    bidirectional: String(options.bidirectional),
    audioTrack: options.audioTrack,
    streamTimeout: String(options.streamTimeoutSeconds),
    contentType: options.contentType,
    ...(extraHeaders !== undefined && { extraHeaders }),
    ...(statusCallbackUrl !== undefined && { statusCallbackUrl }),
    ...(statusCallbackMethod !== undefined && { statusCallbackMethod }),
  }
  const settings = parseStream({ name: 'Stream', attributes, text: serviceUrl.trim(), children: [] }, warn)
  if (!settings.ok) throw new RangeError(describeFailure(settings))
  return settings.value
}

export const audioTrackOf = (tracks: readonly Track[]): Track | 'both' =>
  tracks.length > 1 ? 'both' : (tracks[0] ?? 'inbound')

const urlProblem = (text: string): string | undefined => {
  if (text === '') return 'is missing: it is the text of the element'
  if (text.length > maxUrlLength) return `must have at most ${maxUrlLength} characters, got ${text.length}`
  const url = URL.parse(text)
  if (url?.protocol !== 'ws:' && url?.protocol !== 'wss:') return `must start with ws:// or wss://, got "${text}"`
  return url.hash === '' ? undefined : 'must not have a fragment'
}

const readFormat = (contentType: string | undefined, warn: (text: string) => void): Parsed<AudioFormat> => {
  if (contentType === undefined) {
    warn('Stream has no contentType: pages disagree about the default, and this is audio/x-l16;rate=8000 (C-2)')
    return parsed(l16At8k)
  }
  const format = parseStreamContentType(contentType)
  return format.ok ? parsed({ encoding: format.value.encoding, sampleRateHz: format.value.sampleRate }) : format
}
