import { expect, test } from 'vitest'
import { dtmfTone, silence, tone } from '../audio/tone.ts'
import { findDigits, findTone, strongestTone } from './tones.ts'

const sampleRateHz = 8000

const row = (...pieces: readonly Int16Array[]) => ({
  samples: Int16Array.from(pieces.flatMap((piece) => [...piece])),
  sampleRateHz,
})
const beep = (frequencyHz: number, durationMs: number) => tone({ frequencyHz, durationMs, sampleRateHz })
const pause = (ms: number) => silence(ms, sampleRateHz)

test('a tone is found where it is, to 40 ms', () => {
  const [stretch, ...others] = findTone(row(pause(500), beep(1000, 300), pause(500)), 1000)
  expect(others).toEqual([])
  expect(Math.abs((stretch?.fromMs ?? 0) - 500)).toBeLessThanOrEqual(40)
  expect(Math.abs((stretch?.toMs ?? 0) - 800)).toBeLessThanOrEqual(40)
})

test.each([900, 950, 1050, 1100, 2000])('a tone of %i Hz is not one of 1000 Hz', (frequencyHz) => {
  expect(findTone(row(beep(frequencyHz, 500)), 1000)).toEqual([])
})

test('a tone among others is no tone', () => {
  const mixed = beep(1000, 500).map((sample, i) => sample + (beep(1700, 500)[i] ?? 0))
  expect(findTone({ samples: mixed, sampleRateHz }, 1000)).toEqual([])
})

test('keys are found in order, the same twice when there is a pause between', () => {
  const keys = '1#5599D0'.split('').flatMap((key) => [dtmfTone(key, 100, sampleRateHz), pause(60)])
  expect(findDigits(row(pause(100), ...keys))).toBe('1#5599D0')
  expect(findDigits(row(beep(697, 400)))).toBe('')
})

test.each([150, 440, 1000, 2345, 3400])('the strongest tone is named: %i Hz', (frequencyHz) => {
  expect(Math.abs((strongestTone(row(beep(frequencyHz, 100))) ?? 0) - frequencyHz)).toBeLessThanOrEqual(4)
})

test('silence has no tone', () => expect(strongestTone(row(pause(100)))).toBeUndefined())
