import { beforeEach, expect, test } from 'vitest'
import { RecentRange } from './recent-range.ts'

let range: RecentRange

beforeEach(() => {
  range = new RecentRange(1000)
})

test('is none until two values were seen', () => {
  expect(range.spread).toBe(0)
  expect(range.least).toBe(Number.POSITIVE_INFINITY)
  range.add(5, 0)
  expect(range.spread).toBe(0)
})

test('is from the least to the most that was seen', () => {
  for (const [n, value] of [30, 10, 45, 20].entries()) range.add(value, n)
  expect([range.least, range.spread]).toEqual([10, 35])
})

test('remembers for one window at least, and for two at most', () => {
  range.add(500, 999)
  range.add(10, 1990)
  range.add(20, 2000)
  expect(range.spread).toBe(490)
  range.add(25, 3000)
  expect(range.spread).toBe(5)
})

test('forgets everything after a long pause', () => {
  range.add(500, 0)
  range.add(10, 5000)
  expect([range.least, range.spread]).toEqual([10, 0])
})
