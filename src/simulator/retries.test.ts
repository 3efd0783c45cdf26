import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { withRetries, type HttpOutcome, type Try } from './retries.ts'
import { parseUrlSettings } from './url-settings.ts'

const reply = (status: number): HttpOutcome => ({ ok: true, status, contentType: '', body: new Uint8Array() })

const failure = (at: 'connect' | 'read' | 'body' | 'aborted'): HttpOutcome => ({ ok: false, at, problem: at })

async function triesOf(fragment: string, outcomes: HttpOutcome[], eachTakesMs = 0) {
  const clock = new ManualClock()
  const tries: Try[] = []
  const { settings } = parseUrlSettings(`http://h/#${fragment}`)
  const last = await withRetries({ settings, clock, onRetry: () => undefined }, async (attempt) => {
    clock.advance(eachTakesMs)
    tries.push(attempt)
    return outcomes[tries.length - 1] ?? reply(200)
  })
  return { tries, last }
}

test.each([
  ['', [failure('connect')], 2],
  ['', [failure('read'), failure('read'), failure('read')], 2],
  ['', [reply(500)], 1],
  ['', [failure('body')], 1],
  ['', [failure('aborted')], 1],
  ['rp=all&rc=5', [reply(500), reply(404), failure('connect'), failure('read')], 5],
  ['rp=5xx&rc=5', [reply(503), reply(404)], 2],
  ['rp=all&rc=0', [reply(500)], 1],
  ['rp=all', [reply(302)], 1],
])('with #%s, %j takes %i tries', async (fragment, outcomes, count) => {
  const { tries, last } = await triesOf(fragment, outcomes)
  expect(tries).toHaveLength(count)
  expect(last).toEqual(outcomes[count - 1] ?? reply(200))
})

test('all tries together keep within the total', async () => {
  const slow = [failure('read'), failure('read'), failure('read'), failure('read')]
  const { tries } = await triesOf('rc=5&tt=5000', slow, 2000)
  expect(tries.map(({ readTimeoutMs }) => readTimeoutMs)).toEqual([5000, 3000, 1000])
})

test('a pause lies between the tries, and none behind the last', async () => {
  const clock = new ManualClock()
  const { settings } = parseUrlSettings('http://h/#rc=2')
  const at: number[] = []
  const done = withRetries({ settings, clock, pauseMs: 1000, onRetry: () => undefined }, async () => {
    at.push(clock.monotonic())
    return failure('connect')
  })
  await new Promise((resolve) => setImmediate(resolve))
  for (let second = 0; second < 2; second++) {
    clock.advance(1000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await done
  expect(at.map((ms) => ms - (at[0] ?? 0))).toEqual([0, 1000, 2000])
})
