import { afterEach, expect, test, vi } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { defaultAssumptions, resolveAssumptions } from './assumptions.ts'
import { spokenAudio, voiceProblem } from './spoken-audio.ts'
import { Timeline } from './timeline.ts'

afterEach(() => vi.unstubAllEnvs())

const say = async (text: string, assumptions = defaultAssumptions) => {
  const timeline = new Timeline(new ManualClock())
  const utterance = { text, voice: 'WOMAN', language: 'en-US' }
  const audio = await spokenAudio(utterance, { timeline, assumptions }, new AbortController().signal)
  return { audio, warnings: timeline.events.flatMap((event) => (event.type === 'warning' ? [event.text] : [])) }
}

test('without espeak-ng a murmur is heard, as long as the text, and a warning says so', async () => {
  vi.stubEnv('PATH', '')
  const { audio, warnings } = await say('x'.repeat(30))
  expect((audio?.samples.length ?? 0) / 8).toBe(2000)
  expect(warnings).toEqual([expect.stringContaining('espeak-ng is not there')])
})

test('tones may be asked for; then nothing is started', async () => {
  const { audio, warnings } = await say('x'.repeat(15), resolveAssumptions({ speech: 'tones' }))
  expect((audio?.samples.length ?? 0) / 8).toBe(1000)
  expect(warnings).toEqual([])
})

test('of a text too long only 3000 characters are spoken, and of none nothing', async () => {
  const tones = resolveAssumptions({ speech: 'tones' })
  const long = await say('x'.repeat(3001), tones)
  expect((long.audio?.samples.length ?? 0) / 8).toBe(200_000)
  expect(long.warnings).toEqual(['Speak has 3001 characters: only 3000 are spoken'])
  expect(await say(' \n ', tones)).toEqual({ audio: undefined, warnings: ['Speak has no text'] })
})

test('a voice has its languages, and Polly has all', () => {
  expect(voiceProblem({ voice: 'MAN', language: 'pt-BR' })).toBeUndefined()
  expect(voiceProblem({ voice: 'MAN', language: 'hi-IN' })).toBe('the voice MAN has not the language "hi-IN"')
  expect(voiceProblem({ voice: 'Polly.Aditi', language: 'hi-IN' })).toBeUndefined()
  expect(voiceProblem({ voice: 'Aditi', language: 'en-US' })).toContain('must be WOMAN, MAN or Polly')
})
