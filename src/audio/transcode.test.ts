import { describe, expect, it } from 'vitest'
import { bytesOf, l16At16k, l16At8k, mulaw8k, silenceByte } from './format.ts'
import { fromPcm16, toPcm16 } from './transcode.ts'

describe.each([mulaw8k, l16At8k, l16At16k])('$encoding at $sampleRateHz Hz', (format) => {
  it('turns its silence into samples of 0 and back', () => {
    const frame = new Uint8Array(bytesOf(format, 20)).fill(silenceByte(format))
    const samples = toPcm16(frame, format)
    expect(samples).toEqual(new Int16Array(format.sampleRateHz / 50))
    expect(fromPcm16(samples, format)).toEqual(frame)
  })

  it('keeps samples that mu-law can hold exactly', () => {
    const samples = Int16Array.of(0, 8, -8, 132, -16_764, 32_124)
    expect(toPcm16(fromPcm16(samples, format), format)).toEqual(samples)
  })
})
