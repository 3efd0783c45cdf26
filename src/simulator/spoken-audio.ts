import type { Pcm } from './audio-track.ts'
import type { CallContext } from './call-context.ts'
import { murmur } from './murmur.ts'
import { synthesise, type Utterance } from './synthesis.ts'

/** Documented for SSML; nobody listens to more of anything. */
const maxCharacters = 3_000
const plainVoiceLanguages: ReadonlySet<string> = new Set(
  'da-DK nl-NL en-AU en-GB en-US fr-FR fr-CA de-DE it-IT pl-PL pt-PT pt-BR ru-RU es-ES es-US sv-SE'.split(' '),
)

/** What is wrong with a voice and its language (section 6.1). */
export function voiceProblem({ voice, language }: Omit<Utterance, 'text'>): string | undefined {
  if (/^Polly\.[A-Za-z-]+$/.test(voice)) return undefined
  if (voice !== 'WOMAN' && voice !== 'MAN') return `voice must be WOMAN, MAN or Polly.<Name>, got "${voice}"`
  return plainVoiceLanguages.has(language) ? undefined : `the voice ${voice} has not the language "${language}"`
}

/** Speech by espeak-ng or, without it, a murmur as long as the text would take. Undefined: there is nothing to say. */
export async function spokenAudio(
  utterance: Utterance,
  { timeline, assumptions }: Pick<CallContext, 'timeline' | 'assumptions'>,
  signal: AbortSignal,
): Promise<Pcm | undefined> {
  const text = utterance.text.replace(/\s+/g, ' ').trim()
  if (text === '') timeline.warn('Speak has no text')
  if (text.length > maxCharacters)
    timeline.warn(`Speak has ${text.length} characters: only ${maxCharacters} are spoken`)
  const spoken = text.slice(0, maxCharacters)
  if (spoken === '') return undefined
  if (assumptions.speech === 'espeak-ng') {
    const audio = await synthesise({ ...utterance, text: spoken }, signal)
    if (audio || signal.aborted) return audio
    timeline.warnOnce('Speak: espeak-ng is not there or cannot say it: a murmur is heard instead')
  }
  return murmur((spoken.length / assumptions.speakCharactersPerSecond) * 1000)
}
