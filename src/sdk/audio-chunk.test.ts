import { describe, expect, it } from 'vitest'
import { l16At16k, mulaw8k } from '../audio/format.ts'
import { AudioChunk } from './audio-chunk.ts'

describe('AudioChunk', () => {
  it('keeps the bytes as they came', () => {
    const bytes = Uint8Array.of(0xff, 0x00, 0x80)
    expect(new AudioChunk(bytes, mulaw8k).bytes).toBe(bytes)
  })

  it('gives mu-law as 16-bit samples', () => {
    expect(new AudioChunk(Uint8Array.of(0xff, 0x00, 0x80), mulaw8k).pcm16()).toEqual(Int16Array.of(0, -32_124, 32_124))
  })

  it('gives L16 as the little-endian samples that it is, wherever the bytes lie in memory', () => {
    const received = Uint8Array.of(9, 0x01, 0x00, 0xff, 0xff, 0x00, 0x80)
    expect(new AudioChunk(received.subarray(1), l16At16k).pcm16()).toEqual(Int16Array.of(1, -1, -32_768))
  })
})
