import { expect, test } from 'vitest'
import { goertzel, tone } from '../audio/tone.ts'
import { AudioTrack } from './audio-track.ts'

test('a track keeps frames and silence one after another', () => {
  const track = new AudioTrack(1000)
  track.append(new Int16Array(160).fill(5), 8000)
  track.append(undefined, 8000)
  track.append(new Int16Array(160).fill(6), 8000)
  const { samples, sampleRateHz } = track.slice()
  expect(sampleRateHz).toBe(8000)
  expect([samples[0], samples[160], samples[320], samples.length]).toEqual([5, 0, 6, 480])
  expect(track.slice(40, 50).samples).toEqual(new Int16Array(80).fill(6))
})

test('a track takes no more than its limit', () => {
  const track = new AudioTrack(50)
  expect([1, 2, 3].map(() => track.append(undefined, 8000))).toEqual([true, true, false])
  expect(track.keptMs).toBe(40)
})

test('a track goes over to 16 kHz with the first frame that has it, and keeps its time', () => {
  const track = new AudioTrack(60_000)
  const narrow = tone({ frequencyHz: 400, durationMs: 1000, sampleRateHz: 8000 })
  const wide = tone({ frequencyHz: 6000, durationMs: 20, sampleRateHz: 16_000 })
  for (let start = 0; start < narrow.length; start += 160) track.append(narrow.subarray(start, start + 160), 8000)
  track.append(wide, 16_000)
  track.append(new Int16Array(160).fill(1000), 8000)
  expect(track.sampleRateHz).toBe(16_000)
  expect(track.keptMs).toBe(1040)
  expect(goertzel(track.slice(0, 1000).samples, 16_000, 400)).toBeCloseTo(-12, 0)
  expect(track.slice(1000, 1020).samples).toEqual(wide)
})
