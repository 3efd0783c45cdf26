import { fetchAudio } from '../fetched-audio.ts'
import { announce } from './announce.ts'
import { nextElement, type ElementKind } from './element-kind.ts'

/** Section 6.2. WAV and MP3 files are played; anything else is a murmur of some seconds and a warning. */
export const play: ElementKind = {
  attributes: ['loop'],
  run: async (element, call) => {
    const audio = await fetchAudio(element.text, call, call.halted)
    if (audio) await announce(audio, element, call)
    return nextElement
  },
}
