import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { PrintBudget } from './print-budget.ts'

test('a bot may print much at once, and then 64 KB a second; what was dropped is counted', () => {
  const clock = new ManualClock()
  const budget = new PrintBudget(clock)
  const printed = () => {
    let lines = 0
    while (budget.take(1023) !== undefined) lines++
    return lines
  }
  expect(printed()).toBe(640)
  budget.take(1023)
  clock.advance(999)
  expect(budget.take(1023)).toBeUndefined()
  clock.advance(1)
  expect(budget.take(1023)).toBe(3)
  expect(printed()).toBe(63)
  clock.advance(60_000)
  expect([budget.take(1023), printed()]).toEqual([1, 639])
})
