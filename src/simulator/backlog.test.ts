import { expect, test } from 'vitest'
import { Backlog } from './backlog.ts'

test('a stream is degraded at 30, 60 and 90 % of the buffer, once each, and full at the end of it', () => {
  const backlog = new Backlog(40_000)
  const states = [11_000, 12_000, 13_000, 5_000, 25_000, 36_000, 39_000, 40_000].map((ms) => backlog.watch(ms))
  expect(states).toEqual([undefined, 'degraded', undefined, undefined, 'degraded', 'degraded', undefined, 'full'])
})
