import { expect, test } from 'vitest'
import { Correlator, similarity } from './correlation.ts'
import { Fft } from './fft.ts'

const noise = (length: number, seed: number) =>
  Int16Array.from({ length }, (_, i) => Math.round(8000 * Math.sin(seed * 1000 + i * i * 0.7)))

test('a transform and its inverse give back what went in', () => {
  const fft = new Fft(64)
  const re = Float64Array.from({ length: 64 }, (_, i) => Math.sin(i * i))
  const im = Float64Array.from({ length: 64 }, (_, i) => Math.cos(3 * i))
  const [before, beforeIm] = [re.slice(), im.slice()]
  fft.forward(re, im)
  expect(re[0]).toBeCloseTo(
    before.reduce((sum, value) => sum + value, 0),
    9,
  )
  fft.inverse(re, im)
  for (let i = 0; i < 64; i++) {
    expect((re[i] ?? 0) / 64).toBeCloseTo(before[i] ?? 0, 9)
    expect((im[i] ?? 0) / 64).toBeCloseTo(beforeIm[i] ?? 0, 9)
  }
})

test('every position has the value that the definition gives it, across blocks too', () => {
  const pattern = noise(3000, 1)
  const audio = noise(20_000, 2)
  audio.set(
    pattern.map((sample) => sample / 4),
    9000,
  )
  const values = new Correlator(pattern).correlate(audio)
  expect(values).toHaveLength(17_001)
  for (let at = 0; at < values.length; at += 250) {
    expect(values[at]).toBeCloseTo(similarity(pattern, audio.subarray(at, at + 3000)), 3)
  }
  expect(values.indexOf(Math.max(...values))).toBe(9000)
  expect(values[9000]).toBeGreaterThan(0.999)
})

test('audio shorter than the pattern has no position, and silence no likeness', () => {
  const correlator = new Correlator(noise(100, 3))
  expect(correlator.correlate(noise(99, 3))).toHaveLength(0)
  expect(Math.max(...correlator.correlate(new Int16Array(5000)))).toBe(0)
})
