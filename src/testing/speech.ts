import type { Pcm } from '../simulator/audio-track.ts'
import { voiceProblem } from '../simulator/spoken-audio.ts'
import { synthesise } from '../simulator/synthesis.ts'

/** A text as the simulator speaks it, with espeak-ng: what a `<Speak>` of the same text, voice and language sounds like. */
export interface SpokenText {
  readonly text: string
  /** `WOMAN`, `MAN` or `Polly.<Name>`. Default `WOMAN`, as with `<Speak>`. */
  readonly voice?: string
  /** Default `en-US`. */
  readonly language?: string
}

/** The same sounds the same every time. */
const spoken = new Map<string, Promise<Pcm>>()

/** Rejects when it cannot be spoken, and says what to do. */
export function speech(wanted: SpokenText): Promise<Pcm> {
  const { text, voice = 'WOMAN', language = 'en-US' } = wanted
  const key = JSON.stringify([text, voice, language])
  const known = spoken.get(key) ?? speak({ text: text.replaceAll(/\s+/g, ' ').trim(), voice, language })
  spoken.set(key, known)
  known.catch(() => spoken.delete(key))
  return known
}

async function speak(wanted: Required<SpokenText>): Promise<Pcm> {
  const problem = wanted.text === '' ? 'there is no text' : voiceProblem(wanted)
  if (problem !== undefined) throw new TypeError(`cannot speak "${wanted.text}": ${problem}`)
  const audio = await synthesise(wanted, new AbortController().signal)
  if (audio) return audio
  throw new Error(
    `cannot speak "${wanted.text}": espeak-ng is not installed, or has not the language ${wanted.language}; ` +
      'install it (apt install espeak-ng), or take a WAV file',
  )
}
