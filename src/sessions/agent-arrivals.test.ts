import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { AgentArrivals } from './agent-arrivals.ts'

const settled = async (promise: Promise<void>) =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))])

test('a call waits for its agent, and not for another', async () => {
  const arrivals = new AgentArrivals(new ManualClock(), { starting: true })
  const here = new Set<string>()
  const desk = arrivals.until(() => here.has('desk'))
  here.add('night')
  arrivals.notice()
  expect(await settled(desk)).toBe(false)
  here.add('desk')
  arrivals.notice()
  expect(await settled(desk)).toBe(true)
})

test('nobody waits for an agent that does not come, once the node has started', async () => {
  const arrivals = new AgentArrivals(new ManualClock(), { starting: true })
  const waiting = arrivals.until(() => false)
  arrivals.finish()
  expect(await settled(waiting)).toBe(true)
  expect(await settled(arrivals.until(() => false))).toBe(true)
})

test('nobody waits longer than the carrier does', async () => {
  const clock = new ManualClock()
  const arrivals = new AgentArrivals(clock, { starting: true })
  const waiting = arrivals.until(() => false)
  clock.advance(7000)
  expect(await settled(waiting)).toBe(false)
  clock.advance(8000)
  expect(await settled(waiting)).toBe(true)
})
