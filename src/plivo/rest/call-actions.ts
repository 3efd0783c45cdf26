import { tones, webUrl, wholeNumber } from '../answer-values.ts'
import type { ReplyFields } from './reply-fields.ts'
import { filled, joinedUrls, type HttpMethod, type Legs } from './request-values.ts'
import type { RestFields } from './rest-connection.ts'

/** A URL for each leg that goes elsewhere; which legs those are follows from it. Methods are POST unless set. */
export interface TransferOptions {
  readonly alegUrl?: string | undefined
  readonly alegMethod?: HttpMethod | undefined
  readonly blegUrl?: string | undefined
  readonly blegMethod?: HttpMethod | undefined
}

/** @throws RangeError when there is no URL, or one that is not http or https. */
export function transferFields({ alegUrl, alegMethod, blegUrl, blegMethod }: TransferOptions): RestFields {
  if (alegUrl === undefined && blegUrl === undefined) throw new RangeError('a transfer needs an alegUrl or a blegUrl')
  return {
    legs: blegUrl === undefined ? 'aleg' : alegUrl === undefined ? 'bleg' : 'both',
    aleg_url: webUrl('alegUrl', alegUrl),
    aleg_method: alegMethod,
    bleg_url: webUrl('blegUrl', blegUrl),
    bleg_method: blegMethod,
  }
}

/** What a recording may be (Plivo reference 7.4). */
export interface StartRecordingOptions {
  /** Required, because Plivo would stop after 60. */
  readonly timeLimitSeconds: number
  /** Default `mp3`. */
  readonly fileFormat?: 'mp3' | 'wav' | undefined
  /** Default `stereo`. */
  readonly channelType?: 'mono' | 'stereo' | undefined
  /** Told when the file is ready; `parseRecordResult` reads it. */
  readonly callbackUrl?: string | undefined
  /** Default `POST`. */
  readonly callbackMethod?: HttpMethod | undefined
}

export interface StartedRecording {
  /** Both are undefined when Plivo only says that it will record (C-23): the callback has them then. */
  readonly recordingId: string | undefined
  readonly url: string | undefined
}

/** @throws RangeError when the limit is not a whole number from 1, or the URL not http or https. */
export const recordFields = (options: StartRecordingOptions): RestFields => ({
  time_limit: wholeNumber('timeLimitSeconds', options.timeLimitSeconds, 1),
  file_format: options.fileFormat,
  record_channel_type: options.channelType,
  callback_url: webUrl('callbackUrl', options.callbackUrl),
  callback_method: options.callbackMethod,
})

export const readStartedRecording = (reply: ReplyFields): StartedRecording => ({
  recordingId: reply.optionalText('recording_id'),
  url: reply.optionalText('url'),
})

interface PlaybackOptions {
  /** Who hears it. Default `aleg`. */
  readonly legs?: Legs | undefined
  /** Until it is stopped. Default false. */
  readonly loop?: boolean | undefined
  /** False: the other end is not heard meanwhile. Default true. */
  readonly mix?: boolean | undefined
}

export interface StartPlayOptions extends PlaybackOptions {
  /** Of mp3 or WAV files, one after another. */
  readonly urls: readonly string[]
  /** At most so much of it. */
  readonly lengthSeconds?: number | undefined
}

/** @throws RangeError when a URL is not http or https, or has a comma. */
export const playFields = ({ urls, lengthSeconds, legs, loop, mix }: StartPlayOptions): RestFields => ({
  urls: joinedUrls('urls', urls),
  length: wholeNumber('lengthSeconds', lengthSeconds, 1),
  legs,
  loop,
  mix,
})

export interface StartSpeakOptions extends PlaybackOptions {
  readonly text: string
  /** Default `WOMAN`. */
  readonly voice?: 'WOMAN' | 'MAN' | `Polly.${string}` | undefined
  /** Default `en-US`. */
  readonly language?: string | undefined
}

/** @throws RangeError when the text is empty. */
export const speakFields = ({ text, voice, language, legs, loop, mix }: StartSpeakOptions): RestFields => ({
  text: filled('text', text),
  voice,
  language,
  legs,
  loop,
  mix,
})

export interface SendDigitsOptions {
  /** Who hears them. Default `aleg`. */
  readonly leg?: 'aleg' | 'bleg' | undefined
}

/** @throws RangeError when there is anything but `0-9 * # A-D w W` in it. */
export const digitsFields = (digits: string, { leg }: SendDigitsOptions): RestFields => ({
  digits: tones('digits', digits),
  leg,
})
