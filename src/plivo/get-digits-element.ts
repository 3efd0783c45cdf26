import { checkChildren } from './child-element.ts'
import { key, keys, webUrl, wholeNumber } from './answer-values.ts'
import { element, type XmlElement } from './xml.ts'

const maxDigits = 99

/** The attributes of `<GetDigits>`, with Plivo's defaults (Plivo reference 6.3). */
export interface GetDigitsOptions {
  /** Gets `Digits`. Without any the next element runs. */
  readonly action: string
  /** Default `POST`. */
  readonly method?: 'GET' | 'POST' | undefined
  /** Whether the XML from `action` replaces the rest of the document. Default true. */
  readonly redirect?: boolean | undefined
  /** `speak`, `play` and `wait`, until a key is pressed. */
  readonly prompt?: readonly XmlElement[] | undefined
  /** At most 99, which is the default. */
  readonly numDigits?: number | undefined
  /** To the first key. Default 5. */
  readonly timeoutSeconds?: number | undefined
  /** From key to key. Default 2. */
  readonly digitTimeoutSeconds?: number | undefined
  /** A key, or `none`. Default `#`. */
  readonly finishOnKey?: string | undefined
  /** How often it is asked. Default 1. */
  readonly retries?: number | undefined
  /** After the prompt. Default false. */
  readonly playBeep?: boolean | undefined
  /** Default `1234567890*#`. */
  readonly validDigits?: string | undefined
  /** Played after any other. */
  readonly invalidDigitsSound?: string | undefined
  /** False: Plivo keeps no record of the keys. Default true. */
  readonly log?: boolean | undefined
}

/**
 * Asks the caller for keys.
 * @throws RangeError when an option breaks a rule given beside it.
 */
export const getDigits = (options: GetDigitsOptions): XmlElement => {
  const { prompt = [], timeoutSeconds, digitTimeoutSeconds, numDigits, retries, finishOnKey, ...attributes } = options
  if (numDigits !== undefined && numDigits > maxDigits) {
    throw new RangeError(`numDigits must be 1 to ${maxDigits}, got ${numDigits}`)
  }
  checkChildren('prompt', prompt, ['Speak', 'Play', 'Wait'])
  const checked = {
    ...attributes,
    action: webUrl('action', attributes.action),
    numDigits: wholeNumber('numDigits', numDigits, 1),
    timeout: wholeNumber('timeoutSeconds', timeoutSeconds, 1),
    digitTimeout: wholeNumber('digitTimeoutSeconds', digitTimeoutSeconds, 1),
    finishOnKey: finishOnKey === 'none' ? finishOnKey : key('finishOnKey', finishOnKey),
    retries: wholeNumber('retries', retries, 1),
    validDigits: keys('validDigits', attributes.validDigits),
    invalidDigitsSound: webUrl('invalidDigitsSound', attributes.invalidDigitsSound),
  }
  return element('GetDigits', checked, ...prompt)
}
