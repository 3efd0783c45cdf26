import { expect, test } from 'vitest'
import { mulaw8k } from '../audio/format.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { Comfort } from './comfort.ts'

function waitingCaller({ quietSince = 0 } = {}) {
  const clock = new ManualClock()
  const tonesAt: number[] = []
  let lastHeardAt = quietSince
  const comfort = new Comfort({
    format: mulaw8k,
    clock,
    quietMs: () => Math.max(0, clock.monotonic() - lastHeardAt),
    play: (audio) => {
      tonesAt.push(clock.monotonic())
      lastHeardAt = clock.monotonic() + audio.length / 8
    },
  })
  return { clock, comfort, tonesAt }
}

test('a caller who waits hears a tone every second or so, the first within a second of silence', () => {
  const { clock, comfort, tonesAt } = waitingCaller()
  const start = clock.monotonic()
  void comfort.during(new Promise(() => undefined))
  clock.advance(5000)
  const at = tonesAt.map((time) => time - start)
  expect(at[0]).toBeLessThanOrEqual(1000)
  const gaps = at.slice(1).map((time, i) => time - (at[i] ?? 0))
  expect(Math.max(...gaps)).toBeLessThanOrEqual(1500)
  expect(at.length).toBeGreaterThanOrEqual(4)
})

test('the tone ends with the wait', async () => {
  const { clock, comfort, tonesAt } = waitingCaller()
  const { promise, resolve } = Promise.withResolvers<string>()
  const done = comfort.during(promise)
  clock.advance(1500)
  resolve('spoken')
  expect(await done).toBe('spoken')
  const before = tonesAt.length
  clock.advance(5000)
  expect(tonesAt.length).toBe(before)
})

test('it goes on while one of two waits lasts', async () => {
  const { clock, comfort, tonesAt } = waitingCaller()
  void comfort.during(new Promise(() => undefined))
  await comfort.during(Promise.resolve())
  clock.advance(1500)
  expect(tonesAt.length).toBe(1)
})

test('a wait that bears no silence begins with a tone', () => {
  const { clock, comfort, tonesAt } = waitingCaller()
  const wait = {}
  comfort.begin(wait, 0)
  expect(tonesAt).toEqual([clock.monotonic()])
  clock.advance(1400)
  expect(tonesAt.length).toBe(2)
  comfort.end(wait)
  clock.advance(5000)
  expect(tonesAt.length).toBe(2)
})

test('the wait that bears the least silence decides when the first tone comes', () => {
  const { clock, comfort, tonesAt } = waitingCaller()
  comfort.begin({}, 1000)
  comfort.begin({}, 400)
  clock.advance(500)
  expect(tonesAt).toEqual([400])
})
