import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import type { Agent } from './agent.ts'
import { type LiveSession, LiveSessions } from './live-sessions.ts'

const agent = { organization: 'acme', name: 'bot' } as Agent

test('a place that becomes free belongs to whoever is in line, not to whoever asks next', () => {
  let hasRoom = false
  const live = new LiveSessions({ maxSessions: 1, hasRoom: () => hasRoom, clock: new ManualClock() })
  const told: boolean[] = []
  live.queue({ agent } as LiveSession, 60_000, (hasPlace) => told.push(hasPlace))
  expect([live.size, live.queued.length]).toEqual([0, 1])
  // Nobody has hung up: the node has measured that it can take another.
  hasRoom = true
  expect(live.shortageOf({ ...agent, name: 'other' })).toBe('node')
  expect([told, live.size, live.queued.length]).toEqual([[true], 1, 0])
})
