import { failed, parsed, type Parsed } from '../lib/parsed.ts'
import type { MediaFormat } from './stream-messages.ts'

/** The `contentType` attribute of `<Stream>`: `audio/x-mulaw;rate=8000`. */
export const streamContentType = (encoding: MediaFormat['encoding'], sampleRate: MediaFormat['sampleRate']): string =>
  `${encoding};rate=${sampleRate}`

/**
 * Reads a `contentType` attribute. Failures name `contentType`: the rate is required, and only the formats that all of
 * Plivo's pages agree on are known, so not L16 at 24000 (Plivo reference 3, C-3).
 */
export const parseStreamContentType = (text: string): Parsed<MediaFormat> => {
  const [encoding = '', parameter = '', ...more] = text.split(';').map((part) => part.trim().toLowerCase())
  const format = mediaFormatOf(encoding, Number(/^rate=(\d+)$/.exec(parameter)?.[1]))
  if (format !== undefined && more.length === 0) return parsed(format)
  return failed('contentType', `must be one of ${contentTypes.join(', ')}, got ${JSON.stringify(text.slice(0, 80))}`)
}

/** The one of the three formats with this encoding and rate, if there is one. */
export const mediaFormatOf = (encoding: string, sampleRate: number): MediaFormat | undefined =>
  formats.find((format) => format.encoding === encoding && format.sampleRate === sampleRate)

const formats: readonly MediaFormat[] = [
  { encoding: 'audio/x-mulaw', sampleRate: 8000 },
  { encoding: 'audio/x-l16', sampleRate: 8000 },
  { encoding: 'audio/x-l16', sampleRate: 16000 },
]

const contentTypes = formats.map(({ encoding, sampleRate }) => streamContentType(encoding, sampleRate))
