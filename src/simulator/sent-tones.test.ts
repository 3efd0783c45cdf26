import { expect, test } from 'vitest'
import { detectDtmf } from '../audio/tone.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { Line } from './line.ts'
import { checkTones, sendTones } from './sent-tones.ts'
import { Timeline } from './timeline.ts'

async function heardOf(digits: string, ms: number) {
  const clock = new ManualClock()
  const timeline = new Timeline(clock)
  const line = new Line({ clock, timeline, maxKeptMs: 60_000 })
  line.start()
  const sent = sendTones(digits, line, timeline, new AbortController().signal)
  clock.advance(ms)
  await sent
  const { samples } = line.heard.slice()
  return (fromMs: number, toMs: number) => detectDtmf(samples.subarray(fromMs * 8, toMs * 8), 8000)
}

test('keys sound 160 ms each, and pauses last half a second and a whole one', async () => {
  const heard = await heardOf('1wW2', 2500)
  expect(heard(0, 160)).toBe('1')
  expect(heard(300, 1700)).toBeUndefined()
  expect(heard(240 + 1500, 240 + 1660)).toBe('2')
})

test('the length of the keys may be told', async () => {
  const heard = await heardOf('5@400', 1000)
  expect(heard(250, 400)).toBe('5')
})

test.each(['', 'x', '1 2', '5@', '5@abc'])('%j is refused', (digits) => {
  expect(() => checkTones(digits)).toThrow(RangeError)
})
