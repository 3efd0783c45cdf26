import { expect, test } from 'vitest'
import { judgeAttempt, mostAttempts } from './judge-attempt.ts'

const now = 1_700_000_000_000
const hourMs = 3_600_000
const attempt = { attempt: 1, failingSince: null, now, random: 0.5 }
const failed = { status: 500, error: 'HTTP 500' }

test('what was taken is delivered', () => {
  expect(judgeAttempt({ status: 204 }, attempt)).toEqual({ status: 204 })
})

test('what failed is tried again, later each time, for about a day, and then no more', () => {
  const waits = Array.from({ length: mostAttempts }, (_, index) => {
    const { retryAt } = judgeAttempt(failed, { ...attempt, attempt: index + 1 })
    return retryAt === undefined ? undefined : retryAt - now
  })
  expect(waits[0]).toBe(5000)
  expect(waits.at(-1)).toBeUndefined()
  const delays = waits.slice(0, -1).map((wait) => wait ?? 0)
  expect(delays).toEqual(delays.toSorted((a, b) => a - b))
  const inAll = delays.reduce((total, delay) => total + delay, 0)
  expect(inAll).toBeGreaterThan(20 * hourMs)
  expect(inAll).toBeLessThan(30 * hourMs)
})

test('no two receivers are asked again at the same moment', () => {
  const at = (random: number) => (judgeAttempt(failed, { ...attempt, random }).retryAt ?? 0) - now
  expect([at(0), at(0.999)]).toEqual([4000, 5998])
})

test('a receiver may ask for patience, within reason', () => {
  const after = (retryAfterMs: number) => (judgeAttempt({ ...failed, retryAfterMs }, attempt).retryAt ?? 0) - now
  expect([after(1000), after(60_000), after(1e9)]).toEqual([5000, 60_000, hourMs])
})

test('a receiver that is gone, or has taken nothing for three days, is switched off', () => {
  expect(judgeAttempt({ status: 410, error: 'HTTP 410' }, attempt)).toEqual({
    status: 410,
    error: 'HTTP 410',
    disable: expect.stringContaining('410 Gone') as string,
  })
  const failingFor = (ms: number) => judgeAttempt(failed, { ...attempt, failingSince: now - ms }).disable
  expect(failingFor(72 * hourMs - 1)).toBeUndefined()
  expect(failingFor(72 * hourMs)).toMatch(/nothing could be delivered since 2023-.*HTTP 500/)
})
