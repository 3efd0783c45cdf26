import { describe, expect, it } from 'vitest'
import { mulaw8k } from './format.ts'
import { detectDtmf, dtmfTone, goertzel, silence, tone } from './tone.ts'
import { fromPcm16, toPcm16 } from './transcode.ts'

describe('tone', () => {
  it('lasts as long as asked and has the level asked at its frequency, and little elsewhere', () => {
    const samples = tone({ frequencyHz: 440, durationMs: 1000, sampleRateHz: 16_000, levelDbfs: -20 })
    expect(samples.length).toBe(16_000)
    expect(goertzel(samples, 16_000, 440)).toBeCloseTo(-20, 0)
    expect(goertzel(samples, 16_000, 880)).toBeLessThan(-70)
  })

  it('fades in and out', () => {
    const samples = tone({ frequencyHz: 1000, durationMs: 100, sampleRateHz: 8000 })
    const peak = (part: Int16Array) => Math.max(...part.map(Math.abs))
    expect(peak(samples.subarray(0, 8))).toBeLessThan(peak(samples) / 4)
    expect(peak(samples.subarray(-8))).toBeLessThan(peak(samples) / 4)
  })
})

describe('goertzel', () => {
  it('hears nothing in silence', () => {
    expect(goertzel(silence(100, 8000), 8000, 440)).toBe(-96)
    expect(goertzel(new Int16Array(), 8000, 440)).toBe(-96)
  })
})

describe('DTMF', () => {
  it.each(Array.from('0123456789*#ABCD'))('detects key %s through mu-law, at 8 and at 16 kHz', (key) => {
    const overTelephone = toPcm16(fromPcm16(dtmfTone(key, 100, 8000), mulaw8k), mulaw8k)
    expect(detectDtmf(overTelephone, 8000)).toBe(key)
    expect(detectDtmf(dtmfTone(key, 40, 16_000), 16_000)).toBe(key)
  })

  it('refuses what is not one key', () => {
    for (const digit of ['', 'E', '12']) expect(() => dtmfTone(digit, 100, 8000)).toThrow(`no key "${digit}"`)
  })

  it('detects no key in silence, in one tone, or in tones with other sound', () => {
    const key = dtmfTone('5', 100, 8000)
    const other = tone({ frequencyHz: 300, durationMs: 100, sampleRateHz: 8000, levelDbfs: -6 })
    expect(detectDtmf(silence(100, 8000), 8000)).toBeUndefined()
    expect(detectDtmf(tone({ frequencyHz: 770, durationMs: 100, sampleRateHz: 8000 }), 8000)).toBeUndefined()
    expect(
      detectDtmf(
        key.map((sample, i) => sample + (other[i] ?? 0)),
        8000,
      ),
    ).toBeUndefined()
  })
})
