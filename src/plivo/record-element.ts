import { webUrl, wholeNumber } from './answer-values.ts'
import { element, type XmlElement } from './xml.ts'

/** The attributes of `<Record>`, with Plivo's defaults (Plivo reference 6.5). */
export interface RecordOptions {
  /** Asked for XML once the recording has ended. */
  readonly action?: string | undefined
  /** Default `POST`. */
  readonly method?: 'GET' | 'POST' | undefined
  /** Whether the XML from `action` replaces the rest of the document. Default true. */
  readonly redirect?: boolean | undefined
  /** Default `mp3`. */
  readonly fileFormat?: 'mp3' | 'wav' | undefined
  /** Silence that ends the recording. Default 15. */
  readonly timeoutSeconds?: number | undefined
  /** Default 60. */
  readonly maxLengthSeconds?: number | undefined
  /** A key that ends it, or `none`. Default `#`. */
  readonly finishOnKey?: string | undefined
  /** Default true. */
  readonly playBeep?: boolean | undefined
  /** The whole call, in the background; the next element runs at once. Belongs before `<Stream>`. Default false. */
  readonly recordSession?: boolean | undefined
  /** Begins when a dialled leg answers. Default false. */
  readonly startOnDialAnswer?: boolean | undefined
  /** Default `stereo`. */
  readonly recordChannelType?: 'mono' | 'stereo' | undefined
  readonly transcriptionType?: 'auto' | undefined
  readonly transcriptionUrl?: string | undefined
  /** Default `POST`. */
  readonly transcriptionMethod?: 'GET' | 'POST' | undefined
  /** Told when the file is ready. */
  readonly callbackUrl?: string | undefined
  /** Default `POST`. */
  readonly callbackMethod?: 'GET' | 'POST' | undefined
}

/** @throws RangeError when a URL is not http or https, or a time not a whole number from 1. */
export const record = ({ timeoutSeconds, maxLengthSeconds, ...attributes }: RecordOptions = {}): XmlElement =>
  element('Record', {
    ...attributes,
    action: webUrl('action', attributes.action),
    transcriptionUrl: webUrl('transcriptionUrl', attributes.transcriptionUrl),
    callbackUrl: webUrl('callbackUrl', attributes.callbackUrl),
    timeout: wholeNumber('timeoutSeconds', timeoutSeconds, 1),
    maxLength: wholeNumber('maxLengthSeconds', maxLengthSeconds, 1),
  })
