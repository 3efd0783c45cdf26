import { afterAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../src/simulator/random.ts'
import { type Claim, qualityOf, wrongClaims } from './support/claims.ts'
import { passAtRandom, talkAtRandom, type TalkOptions } from './support/random-talk.ts'

/** `OFFHOOK_HEARD_TABLE=1` prints what was measured. */
const table: Record<string, Record<string, number>> = {}

function measure(name: string, claims: readonly Claim[]) {
  const quality = qualityOf(claims)
  table[name] = Object.fromEntries(Object.entries(quality).map(([key, value]) => [key, Math.round(value * 10) / 10]))
  return quality
}

function talk(name: string, options: Omit<TalkOptions, 'random' | 'utterances'>, seed = 1) {
  const { claims, progress } = talkAtRandom({ random: seededRandom(seed), utterances: 500, ...options })
  measure(`${name}, on the way`, progress)
  return { claims, progress, quality: measure(name, claims) }
}

const stalling = { baseMs: 20, jitterMs: 20, stallMs: 2000, stallChance: 0.01 }
const within = (jitterMs: number, baseMs = 0) => ({ baseMs, jitterMs })

afterAll(() => {
  if (process.env['OFFHOOK_HEARD_TABLE']) console.table(table)
})

describe('what is claimed to have been heard, of 500 utterances with random interruptions, against what was played', () => {
  test('with a jitter of 10 ms: 20 ms exact, and never wrong', () => {
    const measured = talk('jitter 10', { toCarrier: within(10) })
    expect(wrongClaims(measured.claims)).toEqual([])
    expect(wrongClaims(measured.progress)).toEqual([])
    expect(measured.quality.errorP99).toBeLessThanOrEqual(20)
    // What was taken back for another's sake and sent again was cut, and may be in doubt, more than once.
    for (const { uncertaintyMs, parts } of measured.claims) expect(uncertaintyMs).toBeLessThanOrEqual(40 * parts)
    expect(measured.claims.filter(({ parts }) => parts > 1).length).toBeLessThan(50)
  })

  test('with a jitter of 50 ms: never wrong', () => {
    const measured = talk('jitter 50', { toCarrier: within(50) })
    expect(wrongClaims(measured.claims)).toEqual([])
    expect(wrongClaims(measured.progress)).toEqual([])
    expect(measured.quality.uncertaintyMax).toBeLessThanOrEqual(150)
  })

  test.each([
    [10, 40],
    [50, 150],
  ])('with a jitter of %d ms, all of it written as it comes: never wrong', (jitterMs, mostMs) => {
    const measured = talk(`live, jitter ${jitterMs}`, { toCarrier: within(jitterMs), live: true })
    expect(wrongClaims(measured.claims)).toEqual([])
    expect(wrongClaims(measured.progress)).toEqual([])
    for (const { uncertaintyMs, parts } of measured.claims) expect(uncertaintyMs).toBeLessThanOrEqual(mostMs * parts)
  })

  test('with a latency of 80 ms and a jitter of 10 ms: never wrong', () => {
    const measured = talk('80 ms + jitter 10', { toCarrier: within(10, 80) })
    expect(wrongClaims(measured.claims)).toEqual([])
    expect(wrongClaims(measured.progress)).toEqual([])
  })

  test('when the way from the carrier stalls for seconds: never wrong', () => {
    const measured = talk('stalls from the carrier', { toCarrier: within(20, 20), fromCarrier: stalling })
    expect(wrongClaims(measured.claims)).toEqual([])
    expect(wrongClaims(measured.progress)).toEqual([])
  })

  // A stall of that way alone may show in nothing: see `Stretch`.
  test.each([
    ['both ways', stalling, false],
    ['both ways, all of it written as it comes', stalling, true],
    ['the way to the carrier', within(20, 20), false],
    ['the way to the carrier, all of it written as it comes', within(20, 20), true],
  ])('when stalls last for seconds on %s: hardly ever wrong', (name, fromCarrier, live) => {
    const measured = talk(`stalls on ${name}`, { toCarrier: stalling, fromCarrier, live })
    expect(wrongClaims(measured.claims).length).toBeLessThanOrEqual(3)
    expect(wrongClaims(measured.progress)).toEqual([])
  })

  test('when the carrier acknowledges nothing: never wrong, and less certain', () => {
    const measured = talk('silent carrier', { toCarrier: within(50), silent: true })
    expect(wrongClaims(measured.claims)).toEqual([])
    expect(measured.quality.uncertaintyP50).toBeGreaterThan(40)
  })

  test.each(['by-now', 'unknown'] as const)(
    'when the end of the call comes out of order (%s): never wrong',
    (known) => {
      const measured = talk(`end ${known}`, { toCarrier: within(50), known })
      expect(wrongClaims(measured.claims)).toEqual([])
    },
  )
})

describe("what is claimed of a server bot's audio", () => {
  test.each([20, 100, 1000])('in messages of %d ms: never wrong', (messageMs) => {
    const options = { random: seededRandom(2), utterances: 300, toCarrier: within(10), messageMs }
    const claims = passAtRandom(options)
    measure(`passed, ${messageMs} ms`, claims)
    expect(wrongClaims(claims)).toEqual([])
  })
})
