import { expect, test } from 'vitest'
import { melody } from './melody.ts'
import { goertzel } from './tone.ts'

test('a melody is 4.5 seconds of music, with no silence that would make anyone wonder', () => {
  const notes = melody(8000)
  expect(notes.reduce((samples, note) => samples + note.length, 0)).toBe(36_000)
  const silent = notes.filter((note) => note.every((sample) => sample === 0))
  expect(silent.map(({ length }) => length)).toEqual([12_000])
  expect(goertzel(notes[3] ?? new Int16Array(1), 8000, 523.25)).toBeGreaterThan(-32)
})
