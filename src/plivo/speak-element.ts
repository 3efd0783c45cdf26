import { wholeNumber } from './answer-values.ts'
import { parseSsml } from './ssml.ts'
import { element, type XmlElement } from './xml.ts'

const maxSsmlLength = 3000

export interface SpeakOptions {
  readonly text: string
  /** Default `WOMAN`. Plivo reference 6.1 lists the languages that each voice speaks. */
  readonly voice?: 'WOMAN' | 'MAN' | `Polly.${string}` | undefined
  /** Default `en-US`. */
  readonly language?: string | undefined
  /** How often; 0 is for ever. Default 1. */
  readonly loop?: number | undefined
  /**
   * `text` has SSML in it, without a `<speak>` around it: at most 3000 characters, and only with a Polly voice.
   * Default false: it is text, whatever is in it.
   */
  readonly ssml?: boolean | undefined
}

/**
 * Speaks with Plivo's own voices.
 * @throws RangeError when `loop` is not a whole number from 0, or when SSML is not well formed, has tags or attributes
 * that Plivo does not know, is too long, or has another voice than Polly's.
 */
export const speak = ({ text, voice, language, loop, ssml = false }: SpeakOptions): XmlElement => {
  const attributes = { voice, language, loop: wholeNumber('loop', loop, 0) }
  if (!ssml) return element('Speak', attributes, text)
  if (!voice?.startsWith('Polly.'))
    throw new RangeError(`voice must be one of Polly's for SSML, got ${voice ?? 'WOMAN'}`)
  if (text.length > maxSsmlLength) {
    throw new RangeError(`text must have at most ${maxSsmlLength} characters of SSML, got ${text.length}`)
  }
  return element('Speak', attributes, ...parseSsml(text))
}
