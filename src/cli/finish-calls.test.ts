import { expect, test } from 'vitest'
import { CollectedLog } from '../../test/support/collected-log.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { finishCalls } from './finish-calls.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A server with as many calls as the test says; a node's own is in test/serve-stop.test.ts. */
function busyServer(calls: number) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const clock = new ManualClock()
  const log = new CollectedLog()
  const now = new AbortController()
  const active = { active: calls }
  const finished = finishCalls({
    server: { calls: active, drain: () => (active.active === 0 ? Promise.resolve() : promise) },
    stop: { now: now.signal },
    timeoutMs: 7_200_000,
    clock,
    log,
  })
  let done = false
  void finished.then(() => {
    done = true
  })
  return { clock, log, now, active, resolve, isDone: async () => (await turn(), done) }
}

test('a node without calls stops at once', async () => {
  const { isDone, log, clock } = busyServer(0)
  expect(await isDone()).toBe(true)
  expect(log.all(/waiting/)).toEqual([])
  expect(clock.pending).toBe(0)
})

test('running calls finish, and the log says every half minute how many there are and how long they have', async () => {
  const { clock, log, active, resolve, isDone } = busyServer(3)
  expect(log.all(/^waiting/)[0]?.fields).toMatchObject({ calls: 3, longest: '2 h' })
  active.active = 1
  clock.advance(30_000)
  expect(await isDone()).toBe(false)
  expect(log.all(/^still waiting/)[0]?.fields).toMatchObject({ calls: 1, longest: '2 h' })
  resolve()
  expect(await isDone()).toBe(true)
  expect(clock.pending).toBe(0)
})

test('calls that go on for too long are ended', async () => {
  const { clock, log, isDone } = busyServer(1)
  clock.advance(7_199_000)
  expect(await isDone()).toBe(false)
  clock.advance(1000)
  expect(await isDone()).toBe(true)
  expect(log.all(/took too long/)).toHaveLength(1)
})

test('another signal ends them now', async () => {
  const { clock, log, now, isDone } = busyServer(1)
  expect(await isDone()).toBe(false)
  now.abort()
  expect(await isDone()).toBe(true)
  expect(log.all('running calls are ended')).toHaveLength(1)
  expect(clock.pending).toBe(0)
})
