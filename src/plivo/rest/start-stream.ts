import { describeFailure } from '../../lib/parsed.ts'
import { socketUrl, webUrl, wholeNumber } from '../answer-values.ts'
import { parseStreamContentType } from '../content-type.ts'
import { checkExtraHeaders } from '../extra-headers.ts'
import type { StreamOptions } from '../stream-element.ts'
import type { RestFields } from './rest-connection.ts'

/** As those of `<Stream>`. There is no `keepCallAlive` here: the call's XML must do that (Plivo reference 7.4). */
export type StartStreamOptions = Omit<StreamOptions, 'keepCallAlive'>

/** @throws RangeError when an option breaks a rule of `<Stream>`. */
export function streamFields(options: StartStreamOptions): RestFields {
  const { url, bidirectional, contentType, audioTrack, extraHeaders } = options
  if (bidirectional && audioTrack !== undefined && audioTrack !== 'inbound') {
    throw new RangeError(`the audioTrack of a bidirectional stream must be inbound, got ${audioTrack}`)
  }
  const format = parseStreamContentType(contentType)
  if (!format.ok) throw new RangeError(describeFailure(format))
  if (extraHeaders !== undefined) checkExtraHeaders(extraHeaders)
  return {
    service_url: socketUrl('url', url),
    bidirectional,
    audio_track: audioTrack,
    content_type: contentType,
    extra_headers: extraHeaders,
    stream_timeout: wholeNumber('streamTimeoutSeconds', options.streamTimeoutSeconds, 1),
    status_callback_url: webUrl('statusCallbackUrl', options.statusCallbackUrl),
    status_callback_method: options.statusCallbackMethod,
  }
}
