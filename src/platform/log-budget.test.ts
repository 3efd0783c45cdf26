import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { LogBudget } from './log-budget.ts'

const line = 'x'.repeat(924)

test('what bots print is kept until it is too much; then one line a minute says so, and others are not touched', () => {
  const clock = new ManualClock()
  const budget = new LogBudget({ bytesPerSecond: 1024, clock })
  for (let said = 0; said < 600; said++) expect(budget.take('loud', line)).toBe(line)
  expect(budget.take('loud', line)).toMatch(/^WARNING lines are left out.*1 KB a second.*OFFHOOK_LOG_KB_PER_SECOND/)
  expect(budget.take('loud', line)).toBeUndefined()
  expect(budget.take('quiet', line)).toBe(line)
  clock.advance(1000)
  expect([budget.take('loud', line), budget.take('loud', line)]).toEqual([line, undefined])
  clock.advance(59_000)
  for (let said = 0; said < 59; said++) expect(budget.take('loud', line)).toBe(line)
  expect(budget.take('loud', line)).toMatch(/^WARNING/)
})
