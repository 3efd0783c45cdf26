import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rmsDbfs } from './level.ts'
import { resample, Resampler } from './resample.ts'
import { goertzel, tone } from './tone.ts'

const ratesHz = [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]
const pairs = ratesHz.flatMap((fromHz) => ratesHz.filter((toHz) => toHz !== fromHz).map((toHz) => ({ fromHz, toHz })))

const levelDbfs = -6
const sine = (frequencyHz: number, sampleRateHz: number, samples: number, phase = 0): Int16Array =>
  Int16Array.from({ length: samples }, (_, i) =>
    Math.round(32_767 * 10 ** (levelDbfs / 20) * Math.sin((2 * Math.PI * frequencyHz * i) / sampleRateHz + phase)),
  )

/** Without the ends, where the sound starts and stops; a whole number of periods of 1 kHz at every rate. */
const middle = (samples: Int16Array): Int16Array => samples.subarray(samples.length * 0.4, samples.length * 0.6)

describe.each(pairs)('resampling from $fromHz to $toHz Hz', ({ fromHz, toHz }) => {
  const output = resample(sine(1000, fromHz, fromHz / 2), fromHz, toHz)

  it('keeps a 1 kHz tone: its level, its phase, and 60 dB above anything else', () => {
    const error = sine(1000, toHz, output.length).map((sample, i) => sample - (output[i] ?? 0))
    expect(Math.abs(goertzel(middle(output), toHz, 1000) - levelDbfs)).toBeLessThan(0.1)
    expect(levelDbfs - rmsDbfs(middle(error))).toBeGreaterThan(60)
  })

  it('keeps a steady level, to the sample', () => {
    const steady = resample(new Int16Array(2000).fill(1234), fromHz, toHz)
    expect(new Set(middle(steady))).toEqual(new Set([1234]))
  })
})

describe.each(pairs.filter(({ fromHz, toHz }) => toHz < fromHz))('resampling down from $fromHz to $toHz Hz', (pair) => {
  const { fromHz, toHz } = pair
  it('suppresses by 60 dB what the new rate cannot hold', () => {
    for (const frequencyHz of [1.01, 1.2, 1.9].map((above) => (toHz / 2) * above)) {
      if (frequencyHz > fromHz / 2) continue
      const alias = resample(sine(frequencyHz, fromHz, fromHz / 2), fromHz, toHz)
      expect(levelDbfs - rmsDbfs(middle(alias))).toBeGreaterThan(60)
    }
  })
})

describe('Resampler', () => {
  const pair = fc.constantFrom(...pairs, { fromHz: 8000, toHz: 8000 }, { fromHz: 47_999, toHz: 8000 })

  it('gives the same for any chunks, of length input × to / from', () => {
    fc.assert(
      fc.property(pair, fc.array(fc.int16Array({ maxLength: 700 })), ({ fromHz, toHz }, chunks) => {
        const whole = Int16Array.from(chunks.flatMap((chunk) => [...chunk]))
        const resampler = new Resampler(fromHz, toHz)
        const parts = chunks.map((chunk) => resampler.push(chunk))
        parts.push(resampler.flush())

        const output = parts.flatMap((part) => [...part])
        expect(output).toEqual([...resample(whole, fromHz, toHz)])
        expect(output.length).toBe(Math.round((whole.length * toHz) / fromHz))
      }),
    )
  })

  it('starts a new stream after flush', () => {
    const samples = tone({ frequencyHz: 500, durationMs: 50, sampleRateHz: 8000 })
    const resampler = new Resampler(8000, 16_000)
    const first = [...resampler.push(samples), ...resampler.flush()]
    expect([...resampler.push(samples), ...resampler.flush()]).toEqual(first)
  })

  it('comes no more than 5 ms behind its input', () => {
    expect(new Resampler(8000, 16_000).push(new Int16Array(160)).length).toBeGreaterThanOrEqual(240)
    expect(new Resampler(24_000, 8000).push(new Int16Array(480)).length).toBeGreaterThanOrEqual(120)
  })

  it('clips, and does not wrap, where the filter overshoots', () => {
    const square = Int16Array.from({ length: 1600 }, (_, i) => (i % 16 < 8 ? 32_767 : -32_768))
    const output = resample(square, 8000, 48_000)
    const jumps = output.filter((sample, i) => i > 0 && Math.abs(sample - (output[i - 1] ?? 0)) > 30_000)
    expect(jumps.length).toBe(0)
  })

  it('holds an odd pair of rates to 60 dB as well', () => {
    const output = resample(sine(1000, 47_999, 24_000), 47_999, 8000)
    const error = sine(1000, 8000, output.length).map((sample, i) => sample - (output[i] ?? 0))
    expect(levelDbfs - rmsDbfs(middle(error))).toBeGreaterThan(60)
  })

  it.each([0, -8000, 8000.5, Number.NaN])('refuses a rate of %s Hz', (rateHz) => {
    expect(() => new Resampler(rateHz, 8000)).toThrow(`cannot resample from ${rateHz} Hz to 8000 Hz`)
  })
})
