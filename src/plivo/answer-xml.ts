import { madeOf, webUrl, wholeNumber } from './answer-values.ts'
import { element, xmlDocument, type XmlElement } from './xml.ts'

export { dial, type DialDestination, type DialOptions } from './dial-element.ts'
export { getDigits, type GetDigitsOptions } from './get-digits-element.ts'
export { preAnswer } from './pre-answer-element.ts'
export { record, type RecordOptions } from './record-element.ts'
export { speak, type SpeakOptions } from './speak-element.ts'
export { stream, type StreamOptions } from './stream-element.ts'

/** Plivo says 100 KB; this is the smaller reading of it. */
const maxDocumentBytes = 100_000

/**
 * The document that answers a webhook: its elements run in order.
 * @throws RangeError above 100,000 bytes, which Plivo would refuse with 8011.
 */
export const response = (...elements: readonly XmlElement[]): string => {
  const document = xmlDocument(element('Response', {}, ...elements))
  const bytes = Buffer.byteLength(document)
  if (bytes > maxDocumentBytes) {
    throw new RangeError(`an answer must take at most ${maxDocumentBytes} bytes, got ${bytes}`)
  }
  return document
}

export interface RedirectOptions {
  readonly url: string
  /** Default `POST`. */
  readonly method?: 'GET' | 'POST' | undefined
}

/**
 * The call goes on with the document at `url`; elements after this one never run. Retries and timeouts are set in the
 * fragment: `#rc=5&rp=all` (Plivo reference 2.5).
 * @throws RangeError when `url` is no http or https URL.
 */
export const redirect = ({ url, method }: RedirectOptions): XmlElement =>
  element('Redirect', { method }, webUrl('the URL of a redirect', url))

export interface HangupOptions {
  /** Refuses a call that is not answered yet, when it comes first. */
  readonly reason?: 'rejected' | 'busy' | undefined
  /** Hangs up that much later; meanwhile the next elements run. */
  readonly scheduleSeconds?: number | undefined
}

/** @throws RangeError when `scheduleSeconds` is not a whole number from 1. */
export const hangup = ({ reason, scheduleSeconds }: HangupOptions = {}): XmlElement =>
  element('Hangup', { reason, schedule: wholeNumber('scheduleSeconds', scheduleSeconds, 1) })

export interface PlayOptions {
  /** Of an mp3 or wav file, at most 10 MB. */
  readonly url: string
  /** How often; 0 is for ever. Default 1. */
  readonly loop?: number | undefined
}

/** @throws RangeError when `url` is no http or https URL, or `loop` not a whole number from 0. */
export const play = ({ url, loop }: PlayOptions): XmlElement =>
  element('Play', { loop: wholeNumber('loop', loop, 0) }, webUrl('the URL to play', url))

export interface WaitOptions {
  /** At most this long; exactly this long without `silence` and `beep`. */
  readonly lengthSeconds: number
  /** Ends early on silence of `minSilenceMs`. */
  readonly silence?: boolean | undefined
  readonly minSilenceMs?: number | undefined
  /** Ends early on an answering machine's beep; the string form tunes it (Plivo reference 6.9). */
  readonly beep?: true | string | undefined
}

/** @throws RangeError when `lengthSeconds` or `minSilenceMs` is not a whole number from 1. */
export const wait = ({ lengthSeconds, silence, minSilenceMs, beep }: WaitOptions): XmlElement =>
  element('Wait', {
    length: wholeNumber('lengthSeconds', lengthSeconds, 1),
    silence,
    minSilence: wholeNumber('minSilenceMs', minSilenceMs, 1),
    beep,
  })

export interface DtmfOptions {
  /** `0-9 * #`; `w` waits half a second, `W` a whole one. */
  readonly digits: string
  /** Whether the next element runs meanwhile. Default true. */
  readonly async?: boolean | undefined
}

/** Sounds keys to the one who called. @throws RangeError when `digits` has anything else in it. */
export const dtmf = ({ digits, async }: DtmfOptions): XmlElement =>
  element('DTMF', { async }, madeOf('digits', digits, /^[0-9*#wW]+$/, '0-9 * # w W'))
