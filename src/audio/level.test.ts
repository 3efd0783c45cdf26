import { describe, expect, it } from 'vitest'
import { l16At16k, l16At8k, mulaw8k } from './format.ts'
import { rmsDbfs, rmsDbfsOf } from './level.ts'
import { silence, tone } from './tone.ts'
import { fromPcm16 } from './transcode.ts'

describe('level', () => {
  it('is 0 dBFS for a full-scale sine and 3 more for a full-scale square wave', () => {
    const sine = Int16Array.from({ length: 8000 }, (_, i) => Math.round(32_767 * Math.sin((i * Math.PI) / 4)))
    expect(rmsDbfs(sine)).toBeCloseTo(0, 1)
    expect(rmsDbfs(sine.map((_, i) => (i % 2 === 0 ? 32_767 : -32_767)))).toBeCloseTo(3, 1)
  })

  it('is -96 for silence and for nothing at all', () => {
    expect(rmsDbfs(silence(20, 8000))).toBe(-96)
    expect(rmsDbfs(new Int16Array())).toBe(-96)
    expect(rmsDbfsOf(new Uint8Array(160).fill(0xff), mulaw8k)).toBe(-96)
  })

  it.each([mulaw8k, l16At8k, l16At16k])('is the same for raw $encoding at $sampleRateHz Hz', (format) => {
    const samples = tone({ frequencyHz: 440, durationMs: 500, sampleRateHz: format.sampleRateHz, levelDbfs: -20 })
    expect(rmsDbfs(samples)).toBeCloseTo(-20, 0)
    expect(rmsDbfsOf(fromPcm16(samples, format), format)).toBeCloseTo(rmsDbfs(samples), 1)
  })
})
