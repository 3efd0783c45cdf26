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

test('an organization whose callers fill half of the line leaves the rest to others, who get their share', () => {
  let organizations = 3
  const sharing = () => ({ room: 0, organizations, reserve: 0.1 })
  const live = new LiveSessions({ maxSessions: 0, clock: new ManualClock(), sharing })
  /** How many of 200 callers, of four agents, are let into the line. */
  const join = (organization: string): number => {
    let joined = 0
    for (let caller = 0; caller < 200; caller++) {
      const wanted = { organization, name: `bot${caller % 4}` } as Agent
      if (!live.mayQueue(wanted, 50)) continue
      live.queue({ agent: wanted } as LiveSession, 60_000, () => undefined)
      joined++
    }
    return joined
  }
  expect(join('greedy')).toBe(50)
  expect([join('modest'), join('late'), join('greedy')]).toEqual([34, 16, 0])
  expect(live.queued).toHaveLength(100)
  organizations = 1
  for (const session of live.queued) live.remove(session)
  expect(join('greedy')).toBe(100)
})
