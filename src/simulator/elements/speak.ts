import { murmur } from '../murmur.ts'
import { announce } from './announce.ts'
import { nextElement, type ElementKind } from './element-kind.ts'

/** Documented for SSML; nobody listens to more of anything. */
const maxCharacters = 3_000

/** Section 6.1. Nothing is synthesised: the caller hears a murmur, as long as the text would take. */
export const speak: ElementKind = {
  attributes: ['voice', 'language', 'loop'],
  run: async (element, call) => {
    const { timeline, assumptions } = call
    const { length } = element.text.replace(/\s+/g, ' ')
    if (length === 0) timeline.warn('Speak has no text')
    if (length > maxCharacters) timeline.warn(`Speak has ${length} characters: only ${maxCharacters} are spoken`)
    const seconds = Math.min(length, maxCharacters) / assumptions.speakCharactersPerSecond
    if (seconds > 0) await announce(murmur(seconds * 1000), element, call)
    return nextElement
  },
}
