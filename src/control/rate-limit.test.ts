import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { RateLimit } from './rate-limit.ts'

test('a key may spend its burst at once, then as much as flows back', () => {
  const clock = new ManualClock()
  const limit = new RateLimit({ burst: 3, perSecond: 2 }, clock)
  expect([1, 2, 3].map(() => limit.take('a'))).toEqual([0, 0, 0])
  expect(limit.take('a')).toBe(0.5)
  clock.advance(499)
  expect(limit.take('a')).toBeGreaterThan(0)
  clock.advance(1)
  expect(limit.take('a')).toBe(0)
  expect(limit.take('a')).toBeGreaterThan(0)
})

test('a rest gives back the burst and no more', () => {
  const clock = new ManualClock()
  const limit = new RateLimit({ burst: 2, perSecond: 10 }, clock)
  limit.take('a')
  clock.advance(3_600_000)
  expect([1, 2, 3].map(() => limit.take('a') === 0)).toEqual([true, true, false])
})

test('one key does not spend what another has', () => {
  const limit = new RateLimit({ burst: 1, perSecond: 1 }, new ManualClock())
  expect([limit.take('a'), limit.take('b')]).toEqual([0, 0])
  expect(limit.take('a')).toBe(1)
})

test('it remembers a bounded number of keys, and forgets the one unused for longest', () => {
  const limit = new RateLimit({ burst: 1, perSecond: 1 }, new ManualClock(), 2)
  for (const key of ['a', 'b', 'a', 'c']) limit.take(key)
  expect(limit.take('a')).toBe(1)
  expect(limit.take('b')).toBe(0)
})
