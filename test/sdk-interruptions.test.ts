import { expect, test } from 'vitest'
import { type Call, defineBot, type UtteranceResult } from '../src/sdk/index.ts'
import { dialBot } from '../src/testing/index.ts'

const rateHz = 8000
/** Every 10 ms has a number of its own, so that it shows what was heard, and how often. */
const numbered = (ms: number) => Int16Array.from({ length: (ms * rateHz) / 1000 }, (_, i) => 1000 + Math.floor(i / 80))

test('a caller’s voice cuts what may be cut, and after a false alarm the rest is heard, nothing lost or repeated', async () => {
  const results: UtteranceResult[] = []
  const bot = defineBot(async (call: Call) => {
    let story = call.play(numbered(6000), { sampleRateHz: rateHz, interruptible: { by: ['speech'] } })
    for (;;) {
      const result = await story
      results.push(result)
      if (!result.interrupted) return
      story = story.resume()
    }
  })
  await using call = await dialBot(bot, { audio: 'l16-8k' })
  await call.waits(1000)
  await call.says('./examples/callers/hello.wav')
  await call.hangsUpBy('bot', { withinMs: 30_000 })

  const [first] = results
  expect(results.length).toBeGreaterThan(1)
  expect(first).toMatchObject({ interrupted: true, by: 'speech' })
  expect(first?.heardMs).toBeGreaterThan(1200)
  expect(results.reduce((ms, { heardMs }) => ms + heardMs, 0)).toBeCloseTo(6000, 0)
  const counts = new Map<number, number>()
  for (const sample of call.heard()) counts.set(sample, (counts.get(sample) ?? 0) + 1)
  const wrong = Array.from({ length: 600 }, (_, i) => ({ number: i, samples: counts.get(1000 + i) ?? 0 })).filter(
    ({ samples }) => samples !== 80,
  )
  // What was heard before a cut is known within 20 ms.
  expect(wrong.length).toBeLessThanOrEqual(3 * (results.length - 1))
})

test('keys cut a prompt and count, and what is said in between keeps its place', async () => {
  const digits: string[] = []
  const bot = defineBot(async (call: Call) => {
    const prompt = { prompt: './examples/prompts/welcome.wav', max: 2 } as const
    digits.push((await call.digits(prompt)).digits)
    await call.play(numbered(200), { sampleRateHz: rateHz })
    digits.push((await call.digits({ ...prompt, timeoutMs: 500, retries: 1 })).digits)
  })
  await using call = await dialBot(bot, { audio: 'l16-8k' })
  await call.waits(300)
  call.press('42')
  await call.hangsUpBy('bot', { withinMs: 60_000 })
  expect(digits).toEqual(['42', ''])
})
