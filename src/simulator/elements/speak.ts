import { spokenAudio, voiceProblem } from '../spoken-audio.ts'
import type { XmlElement } from '../xml-document.ts'
import { announce } from './announce.ts'
import { nextElement, type ElementKind } from './element-kind.ts'

/** Section 6.1. Of SSML the text is spoken. */
export const speak: ElementKind = {
  attributes: ['voice', 'language', 'loop'],
  check: (element) => voiceProblem(voiceOf(element)),
  run: async (element, call) => {
    const { timeline, halted } = call
    const { voice, language } = voiceOf(element)
    const problem = voiceProblem({ voice, language })
    if (problem !== undefined) timeline.warn(`Speak: ${problem}`)
    if (element.children.length > 0 && !voice.startsWith('Polly.')) {
      timeline.warn(`Speak: SSML needs a Polly voice, and this is ${voice}`)
    }
    const spoken = { text: element.text, voice, language: problem === undefined ? language : standardLanguage }
    const audio = await spokenAudio(spoken, call, halted)
    if (audio) await announce(audio, element, call)
    return nextElement
  },
}

const standardLanguage = 'en-US'

const voiceOf = ({ attributes: { voice = 'WOMAN', language = standardLanguage } }: XmlElement) => ({ voice, language })
