import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { FailedAttempts } from './failed-attempts.ts'

const failing = (times: number, address: string) => {
  const clock = new ManualClock()
  const failures = new FailedAttempts({ burst: 3, perSecond: 1 }, clock)
  for (let time = 0; time < times; time++) failures.add(address)
  return { clock, failures }
}
const tooMany = expect.objectContaining({ status: 429, headers: { 'retry-after': '1' } }) as Error

test('an address that has failed too often has to wait, and the others do not', () => {
  const { clock, failures } = failing(3, '1.1.1.1')
  expect(() => failures.refuse('1.1.1.1')).toThrow(tooMany)
  failures.refuse('1.1.1.2')
  clock.advance(1000)
  failures.refuse('1.1.1.1')
})

test('to ask is no failure', () => {
  const { failures } = failing(2, '1.1.1.1')
  for (let time = 0; time < 10; time++) failures.refuse('1.1.1.1')
})

test('a credential that was good passes, until it is not good any more', () => {
  const { failures } = failing(3, '1.1.1.1')
  failures.succeeded('good')
  failures.refuse('1.1.1.1', 'good')
  expect(() => failures.refuse('1.1.1.1', 'other')).toThrow(tooMany)
  failures.add('1.1.1.1', 'good')
  expect(() => failures.refuse('1.1.1.1', 'good')).toThrow(tooMany)
})

test('of IPv6 the whole network counts', () => {
  const { failures } = failing(3, '2001:db8:1:2::1')
  expect(() => failures.refuse('2001:db8:1:2:aaaa:bbbb:cccc:dddd')).toThrow(tooMany)
  failures.refuse('2001:db8:1:3::1')
})
