import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
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
