import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { PoolBench } from '../../test/support/pool-bench.ts'
import { RunningAgent } from './running-agent.ts'

const error = { code: 'PCC_UNKNOWN_ERROR', message: 'no key' }
const agentOf = () => new RunningAgent({ name: 'desk', organization: 'acme', clock: new ManualClock() })
const statusOf = (agent: RunningAgent) => agent.status(undefined, 0)

test('a version that came up after another was begun serves until that one does, and when that one fails', () => {
  const agent = agentOf()
  const first = agent.begin('v1')
  const second = agent.begin('v2')
  agent.succeed(first)
  expect(statusOf(agent)).toMatchObject({ ready: false, available: true, previous: { versionId: 'v1' } })
  agent.fail(second, error)
  expect(statusOf(agent)).toMatchObject({ ready: false, available: true, errors: [error] })
})

test('the same version begun once more makes the first attempt unwanted', () => {
  const agent = agentOf()
  const first = agent.begin('v1')
  const again = agent.begin('v1')
  expect([agent.wants(first), agent.wants(again)]).toEqual([false, true])
})

test('an agent that never came up is not available', () => {
  const agent = agentOf()
  agent.fail(agent.begin('v1'), error)
  expect(statusOf(agent)).toMatchObject({ ready: false, available: false, errors: [error], previous: undefined })
})

test('an agent whose instances do not start any more says so, with the reason and when the next try is', async () => {
  const agent = agentOf()
  agent.succeed(agent.begin('v1'))
  const bench = new PoolBench()
  const pool = bench.createPool()
  await bench.failedToStart('the database is away')
  expect(agent.status(pool, 0)).toMatchObject({
    available: true,
    errors: [{ message: 'The last instance did not start; the next try is in 1 s. the database is away' }],
    current: { health: { reason: 'CrashLoopBackOff', restarts: 1 } },
  })
  bench.clock.advance(250)
  await bench.started()
  expect(agent.status(pool, 0)).toMatchObject({ errors: [], current: { health: { ready: true, restarts: 0 } } })
})

test('a version serves when it is the one that is wanted and came up', () => {
  const agent = agentOf()
  const first = agent.begin('v1')
  expect(agent.serves('v1')).toBe(false)
  agent.succeed(first)
  expect([agent.serves('v1'), agent.serves('v2')]).toEqual([true, false])
  agent.begin('v2')
  expect(agent.serves('v1')).toBe(false)
})
