import { expect, test } from 'vitest'
import { goertzel, tone } from '../audio/tone.ts'
import { ClipQueue } from './clip-queue.ts'

const clip = (value: number, length: number, sampleRateHz = 8000) => ({
  samples: new Int16Array(length).fill(value),
  sampleRateHz,
})

test('clips play one after another, each padded to whole frames', async () => {
  const queue = new ClipQueue()
  void queue.push(clip(1, 200))
  void queue.push(clip(2, 160))
  const frames = Array.from({ length: 4 }, () => queue.next(8000))
  expect(frames.map((frame) => frame && [frame[0], frame[159]])).toEqual([[1, 1], [1, 0], [2, 2], undefined])
})

test('a clip is done one tick after its last frame, or when it is dropped', async () => {
  const queue = new ClipQueue()
  const done: string[] = []
  void queue.push(clip(1, 160)).then(() => done.push('played'))
  queue.next(8000)
  await Promise.resolve()
  expect(done).toEqual([])
  queue.next(8000)
  await Promise.resolve()
  expect(done).toEqual(['played'])
  void queue.push(clip(1, 8000)).then(() => done.push('dropped'))
  queue.clear()
  await Promise.resolve()
  expect(done).toEqual(['played', 'dropped'])
})

test('a clip is resampled as it plays, also when the rate changes in the middle', () => {
  const queue = new ClipQueue()
  const samples = tone({ frequencyHz: 500, durationMs: 1000, sampleRateHz: 48_000 })
  void queue.push({ samples, sampleRateHz: 48_000 })
  const take = (frames: number, rateHz: number) =>
    Int16Array.from(Array.from({ length: frames }, () => [...(queue.next(rateHz) ?? [])]).flat())
  const narrow = take(25, 8000)
  const wide = take(24, 16_000)
  expect(narrow).toHaveLength(4000)
  expect(wide).toHaveLength(7680)
  expect(goertzel(narrow, 8000, 500)).toBeCloseTo(-12, 0)
  expect(goertzel(wide, 16_000, 500)).toBeCloseTo(-12, 0)
})
