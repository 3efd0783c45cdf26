import { expect, test } from 'vitest'
import { ManualClock } from '../../lib/manual-clock.ts'
import { plivoRequestRate, RequestLimit } from './request-limit.ts'

test('300 requests in 5 s pass, the next does not, and refused ones do not count', () => {
  const clock = new ManualClock()
  const limit = new RequestLimit(plivoRequestRate, clock)
  const passed = (requests: number) => Array.from({ length: requests }, () => limit.take()).filter(Boolean).length
  expect(passed(200)).toBe(200)
  clock.advance(2500)
  expect(passed(150)).toBe(100)
  clock.advance(2499)
  expect(passed(1)).toBe(0)
  clock.advance(1)
  expect(passed(300)).toBe(200)
})
