import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../lib/manual-clock.ts'
import { mayHaveWorked, withRetries, type Attempt, type RestMethod } from './retry.ts'

const answered = (status: number, retryAfter: string | null = null): Attempt<string> => ({
  answered: true,
  status,
  retryAfter,
  value: '',
})
const lost = (unsent: boolean, transient = true): Attempt<string> => ({
  answered: false,
  failure: { problem: 'broke off', unsent, transient },
})

/** How many tries are made, and the waits between them. */
async function run(method: RestMethod, ...attempts: readonly Attempt<string>[]) {
  const clock = new ManualClock()
  const waits: number[] = []
  let tries = 0
  const next = async () => attempts[Math.min(tries++, attempts.length - 1)] ?? answered(200)
  const outcome = withRetries(method, clock, next)
  for (let turn = 0; turn < 5; turn++) {
    await setImmediate()
    const before = clock.monotonic()
    if (clock.step()) waits.push(clock.monotonic() - before)
  }
  return { tries, waits, ...(await outcome) }
}

describe('withRetries', () => {
  it.each<[RestMethod, Attempt<string>, number]>([
    ['GET', answered(200), 1],
    ['GET', answered(404), 1],
    ['GET', answered(400), 1],
    ['GET', answered(500), 3],
    ['GET', answered(429), 3],
    ['GET', lost(false), 3],
    ['DELETE', lost(false), 3],
    ['DELETE', answered(502), 3],
    ['GET', lost(true, false), 1],
    ['POST', answered(500), 1],
    ['POST', answered(503), 1],
    ['POST', answered(429), 3],
    ['POST', lost(false), 1],
    ['POST', lost(true), 3],
    ['POST', lost(true, false), 1],
  ])('makes a %s that ends with %j %i times', async (method, attempt, tries) => {
    expect(await run(method, attempt)).toMatchObject({ tries, last: attempt })
  })

  it('waits at least half a second, and then at least a second', async () => {
    const { waits } = await run('GET', answered(500))
    expect(waits).toHaveLength(2)
    expect(waits[0]).toBeGreaterThanOrEqual(500)
    expect(waits[0]).toBeLessThanOrEqual(1_000)
    expect(waits[1]).toBeGreaterThanOrEqual(1_000)
    expect(waits[1]).toBeLessThanOrEqual(2_000)
  })

  it('waits as it is asked to, in seconds or until a date', async () => {
    const inFiveSeconds = new Date(new ManualClock().now() + 5_000).toUTCString()
    expect(await run('GET', answered(429, '3'), answered(503, inFiveSeconds), answered(200))).toMatchObject({
      tries: 3,
      waits: [3_000, 2_000],
      last: answered(200),
    })
    expect(await run('GET', answered(429, '10'), answered(200))).toMatchObject({ tries: 2, waits: [10_000] })
    expect(await run('GET', answered(429, '11'), answered(200))).toMatchObject({ tries: 1, waits: [] })
    expect(await run('GET', answered(503, 'Thu, 01 Jan 1970 00:00:00 GMT'), answered(200))).toMatchObject({
      waits: [0],
    })
  })

  it('says whether a try before the last may have worked', async () => {
    expect(await run('DELETE', lost(false), answered(404))).toMatchObject({ doubtful: true })
    expect(await run('DELETE', lost(false), lost(true))).toMatchObject({ doubtful: true })
    expect(await run('DELETE', answered(504), answered(404))).toMatchObject({ doubtful: true })
    expect(await run('DELETE', lost(true), answered(404))).toMatchObject({ doubtful: false })
    expect(await run('DELETE', answered(500), answered(404))).toMatchObject({ doubtful: false })
    expect(await run('DELETE', answered(429), answered(204))).toMatchObject({ doubtful: false })
  })
})

describe('mayHaveWorked', () => {
  it.each<[boolean, Attempt<string>]>([
    [true, lost(false)],
    [true, answered(502)],
    [true, answered(504)],
    [true, answered(524)],
    [false, lost(true)],
    [false, answered(500)],
    [false, answered(503)],
    [false, answered(429)],
    [false, answered(400)],
  ])('is %s of %j', (worked, attempt) => {
    expect(mayHaveWorked(attempt)).toBe(worked)
  })
})
