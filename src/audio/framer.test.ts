import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Framer } from './framer.ts'

describe('Framer', () => {
  it('cuts any chunks into frames of one size, in order, and leaves the rest to flush', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.uint8Array({ maxLength: 100 })),
        (frameBytes, chunks) => {
          const framer = new Framer(frameBytes)
          const frames = chunks.flatMap((chunk) => framer.push(chunk))
          const rest = framer.flush() ?? new Uint8Array()

          expect(frames.every((frame) => frame.length === frameBytes)).toBe(true)
          expect(rest.length).toBeLessThan(frameBytes)
          expect([...frames, rest].flatMap((part) => [...part])).toEqual(chunks.flatMap((chunk) => [...chunk]))
        },
      ),
    )
  })

  it('does not copy frames that arrive whole', () => {
    const chunk = Uint8Array.of(1, 2, 3, 4, 5)
    const frames = new Framer(2).push(chunk)
    expect(frames.map(({ buffer, byteOffset }) => [buffer, byteOffset])).toEqual([
      [chunk.buffer, 0],
      [chunk.buffer, 2],
    ])
  })

  it('keeps the start of a frame when the caller reuses its buffer', () => {
    const framer = new Framer(3)
    const chunk = Uint8Array.of(1, 2)
    framer.push(chunk)
    chunk.fill(9)
    expect(framer.push(Uint8Array.of(3))).toEqual([Uint8Array.of(1, 2, 3)])
  })

  it('starts anew after flush, which is undefined when nothing is left', () => {
    const framer = new Framer(2)
    framer.push(Uint8Array.of(1))
    expect(framer.flush()).toEqual(Uint8Array.of(1))
    expect(framer.flush()).toBeUndefined()
    expect(framer.push(Uint8Array.of(2, 3))).toEqual([Uint8Array.of(2, 3)])
  })

  it('refuses frames of no bytes', () => {
    expect(() => new Framer(0)).toThrow('frame of 0 bytes')
  })
})
