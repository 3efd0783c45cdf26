import { expect, test } from 'vitest'
import { tone } from '../audio/tone.ts'
import { Audibility } from './audibility.ts'

const frame = (levelDbfs: number) => tone({ frequencyHz: 400, durationMs: 20, sampleRateHz: 8000, levelDbfs })

test('a voice starts with its first sound and ends when a pause is over', () => {
  const voice = new Audibility()
  const loud = new Set([3, 4, 10, 11])
  const changes: string[] = []
  for (let tick = 0; tick < 40; tick++) {
    const change = voice.frame(loud.has(tick) ? frame(-20) : undefined, tick * 20)
    if (change) changes.push(`${change} ${tick}`)
  }
  expect(changes).toEqual(['started 3', 'ended 26'])
  expect(voice.lastHeardAt).toBe(220)
})

test('the noise of a line is no voice', () => {
  const voice = new Audibility()
  expect(voice.frame(frame(-60), 0)).toBeUndefined()
  expect(voice.frame(frame(-45), 20)).toBe('started')
})
