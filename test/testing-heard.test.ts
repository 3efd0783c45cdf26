import { expect, test } from 'vitest'
import { type Call, defineBot, type UtteranceResult } from '../src/sdk/index.ts'
import { dialBot } from '../src/testing/index.ts'

/** Seeded: the same series every time (mulberry32). */
function randomBy(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}

const plays = 200
const rateHz = 8000

/** An utterance is a row of samples that all have its number, so that what was heard of it can be counted. */
const numbered = (number: number, ms: number) => new Int16Array((ms * rateHz) / 1000).fill(1000 + number)

interface Played {
  readonly number: number
  readonly totalMs: number
  readonly result: UtteranceResult
}

/** Plays, waits, and interrupts now and then: one utterance, everything, or nothing at all. */
async function chatter(call: Call, random: () => number, played: Played[]): Promise<void> {
  const pause = (ms: number) => call.digits({ timeoutMs: ms })
  const settled: Promise<unknown>[] = []
  for (let number = 1; number <= plays; number++) {
    const totalMs = 20 + Math.floor(random() * 1500)
    const utterance = call.play(numbered(number, totalMs), { sampleRateHz: rateHz })
    settled.push(utterance.then((result) => played.push({ number, totalMs, result })))
    const what = random()
    if (what < 0.3) await utterance
    else await pause(Math.floor(random() * 1800))
    if (what > 0.8) call.clear()
    else if (what > 0.5) utterance.stop()
  }
  await Promise.all(settled)
}

test.each([1, 2, 3])('heardMs is the truth within 20 ms, over 200 plays and interruptions (seed %i)', async (seed) => {
  const played: Played[] = []
  const bot = defineBot((call) => chatter(call, randomBy(seed), played))
  await using call = await dialBot(bot, { audio: 'l16-8k' })
  await call.hangsUpBy('bot', { withinMs: 600_000 })

  const heardSamples = new Map<number, number>()
  for (const sample of call.heard()) heardSamples.set(sample, (heardSamples.get(sample) ?? 0) + 1)
  const errors = played.map(({ number, result }) => {
    const truthMs = ((heardSamples.get(1000 + number) ?? 0) / rateHz) * 1000
    return { number, truthMs, heardMs: result.heardMs, errorMs: Math.abs(result.heardMs - truthMs) }
  })
  expect(played).toHaveLength(plays)
  expect(errors.filter(({ errorMs }) => errorMs > 20)).toEqual([])
  // The series is what it claims to be.
  const cut = played.filter(({ result }) => result.interrupted)
  expect(cut.length).toBeGreaterThan(40)
  expect(cut.length).toBeLessThan(160)
  for (const { totalMs, result } of played) if (!result.interrupted) expect(result.heardMs).toBeCloseTo(totalMs, 6)
})
