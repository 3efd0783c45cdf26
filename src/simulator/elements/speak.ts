import { murmur } from '../murmur.ts'
import { announce } from './announce.ts'
import { nextElement, type ElementKind } from './element-kind.ts'

/** Section 6.1. Nothing is synthesised: the caller hears a murmur, as long as the text would take. */
export const speak: ElementKind = {
  attributes: ['voice', 'language', 'loop'],
  run: async (element, call) => {
    const characters = element.text.replace(/\s+/g, ' ').length
    if (characters === 0) call.timeline.warn('Speak has no text')
    else await announce(murmur((characters / call.assumptions.speakCharactersPerSecond) * 1000), element, call)
    return nextElement
  },
}
