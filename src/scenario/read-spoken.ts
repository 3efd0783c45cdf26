import { voiceProblem } from '../simulator/spoken-audio.ts'
import type { SpokenText } from '../testing/speech.ts'
import type { SourceMap } from './source-value.ts'

/** Fields of a map that say what is spoken, and how. */
export const spokenFields = ['text', 'voice', 'language'] as const

/** `{ text: Good morning, voice: MAN, language: en-GB }`; undefined when there is no text. */
export function readSpoken(map: SourceMap): SpokenText | undefined {
  const text = map.read('text', (given) => given.text().trim() || given.fail('is empty: write what is said'))
  const voice = map.read('voice', (given) => given.text('a voice'))
  const language = map.read('language', (given) => given.text('a language, such as en-US'))
  if (text === undefined) {
    if (voice !== undefined || language !== undefined) map.of.fail('has a voice or a language, which only a text has')
    return undefined
  }
  const problem = voiceProblem({ voice: voice ?? 'WOMAN', language: language ?? 'en-US' })
  if (problem !== undefined) map.of.fail(`cannot be spoken: ${problem}`)
  return { text, ...(voice !== undefined && { voice }), ...(language !== undefined && { language }) }
}
