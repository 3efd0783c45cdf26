import { describeFailure } from '../lib/parsed.ts'
import { socketUrl, webUrl, wholeNumber } from './answer-values.ts'
import { parseStreamContentType } from './content-type.ts'
import { checkExtraHeaders } from './extra-headers.ts'
import { element, type XmlElement } from './xml.ts'

const maxUrlLength = 2048

export interface StreamOptions {
  /** `ws` or `wss`, at most 2048 characters. */
  readonly url: string
  /** Whether the server may send audio back. */
  readonly bidirectional: boolean
  /** Whether the elements after this one wait for the end of the stream. */
  readonly keepCallAlive: boolean
  /** From `streamContentType`. Never left to Plivo: its pages disagree about the default (C-2). */
  readonly contentType: string
  /** Default `inbound`, and nothing else when `bidirectional`. */
  readonly audioTrack?: 'inbound' | 'outbound' | 'both' | undefined
  /** From `encodeExtraHeaders`; at most 512 bytes. */
  readonly extraHeaders?: string | undefined
  readonly statusCallbackUrl?: string | undefined
  /** Default `POST`. */
  readonly statusCallbackMethod?: 'GET' | 'POST' | undefined
  /** Plivo ends the stream, not the call, after this. Default 86400. */
  readonly streamTimeoutSeconds?: number | undefined
}

/**
 * Connects the call to the WebSocket server at `url` (Plivo reference 3).
 * @throws RangeError when an option breaks a rule given beside it. Plivo would end the call for it, and not say why.
 */
export const stream = (options: StreamOptions): XmlElement => {
  const { url, bidirectional, keepCallAlive, contentType, audioTrack, extraHeaders } = options
  const { statusCallbackUrl, statusCallbackMethod, streamTimeoutSeconds } = options
  if (url.length > maxUrlLength) {
    throw new RangeError(`a stream URL must have at most ${maxUrlLength} characters, got ${url.length}`)
  }
  if (bidirectional && audioTrack !== undefined && audioTrack !== 'inbound') {
    throw new RangeError(`the audioTrack of a bidirectional stream must be inbound, got ${audioTrack}`)
  }
  const format = parseStreamContentType(contentType)
  if (!format.ok) throw new RangeError(describeFailure(format))
  if (extraHeaders !== undefined) checkExtraHeaders(extraHeaders)
  const attributes = {
    bidirectional,
    keepCallAlive,
    contentType,
    audioTrack,
    extraHeaders,
    statusCallbackUrl: webUrl('statusCallbackUrl', statusCallbackUrl),
    statusCallbackMethod,
    streamTimeout: wholeNumber('streamTimeoutSeconds', streamTimeoutSeconds, 1),
  }
  return element('Stream', attributes, socketUrl('a stream URL', url))
}
