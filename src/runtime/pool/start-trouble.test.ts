import { expect, test } from 'vitest'
import { StartTrouble } from './start-trouble.ts'

const all = Number.POSITIVE_INFINITY

test('without a failure everything may be started', () => {
  const trouble = new StartTrouble()
  expect([trouble.mayStartAhead(0, 0), trouble.mayStartForCallers(0, 3), trouble.current]).toEqual([
    all,
    all,
    undefined,
  ])
})

test('after a failure one instance is tried ahead of need, later each time; callers are not held up', () => {
  const trouble = new StartTrouble()
  trouble.failed(1000, 'no key')
  expect([trouble.mayStartAhead(1249, 0), trouble.mayStartAhead(1250, 0), trouble.mayStartAhead(1250, 1)]).toEqual([
    0, 1, 0,
  ])
  expect(trouble.mayStartForCallers(1000, 1)).toBe(all)
  trouble.failed(2000, 'no key')
  expect(trouble.current).toEqual({ failures: 2, why: 'no key', open: false, since: 1000, retryAt: 2500 })
})

test('after five failures callers start nothing but one try at a time, half a minute apart at most', () => {
  const trouble = new StartTrouble()
  for (let n = 0; n < 5; n++) trouble.failed(0, 'no key')
  expect(trouble.current).toMatchObject({ open: true, retryAt: 4000 })
  expect([
    trouble.mayStartForCallers(3999, 0),
    trouble.mayStartForCallers(4000, 0),
    trouble.mayStartForCallers(4000, 1),
  ]).toEqual([0, 1, 0])
  for (let n = 0; n < 20; n++) trouble.failed(5000, 'no key')
  expect(trouble.current?.retryAt).toBe(35_000)
})

test('a start that goes well ends the trouble', () => {
  const trouble = new StartTrouble()
  for (let n = 0; n < 5; n++) trouble.failed(0, 'no key')
  trouble.started()
  expect([trouble.mayStartForCallers(0, 9), trouble.current]).toEqual([all, undefined])
})

test('instances that die as soon as they are ready slow the start of more, until one is of use', () => {
  const trouble = new StartTrouble()
  trouble.diedEarly(0, 'exited with code 1')
  trouble.diedEarly(0, 'exited with code 1')
  expect(trouble.mayStartAhead(0, 2)).toBe(all)
  trouble.diedEarly(0, 'exited with code 1')
  trouble.started()
  expect(trouble.current).toEqual({ failures: 3, why: 'exited with code 1', open: false, since: 0, retryAt: 250 })
  expect([trouble.mayStartAhead(249, 0), trouble.mayStartForCallers(249, 0)]).toEqual([0, all])
  trouble.proved()
  expect(trouble.mayStartAhead(0, 2)).toBe(all)
})
