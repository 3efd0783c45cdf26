import { describe, expect, test } from 'vitest'
import {
  initialPlainState,
  nextPlainState,
  type PlainSessionEvent,
  type PlainSessionState,
} from './plain-session-state.ts'

const how = { code: 4001, reason: 'enough' }

const events = {
  ready: { type: 'instance-ready' },
  failed: { type: 'instance-failed', why: 'no key' },
  lost: { type: 'instance-lost' },
  took: { type: 'bot-took' },
  returned: { type: 'bot-over', over: { type: 'returned' } },
  closed: { type: 'bot-over', over: { type: 'closed', how } },
  threw: { type: 'bot-over', over: { type: 'threw', message: 'no' } },
  died: { type: 'bot-over', over: { type: 'lost', why: 'was killed' } },
  left: { type: 'client-left', how },
  late: { type: 'timed-out' },
  stopped: { type: 'stopped', reason: 'node-stopped' },
} satisfies Record<string, PlainSessionEvent>

const states = {
  waiting: initialPlainState,
  given: { name: 'running', instancesLost: 0, taken: false },
  taken: { name: 'running', instancesLost: 0, taken: true },
  ended: { name: 'ended', ending: { reason: 'bot-returned' } },
} satisfies Record<string, PlainSessionState>

type Row = Record<keyof typeof events, string>

/** What becomes of each state with each event: the next state, or why it ended; `-` is nothing. */
const table: Record<keyof typeof states, Row> = {
  waiting: {
    ready: 'running',
    failed: 'bot-not-ready',
    lost: 'waiting',
    took: '-',
    returned: '-',
    closed: '-',
    threw: '-',
    died: '-',
    left: 'client-left',
    late: 'bot-not-ready',
    stopped: 'node-stopped',
  },
  given: {
    ready: '-',
    failed: '-',
    lost: 'waiting',
    took: 'running',
    returned: 'bot-returned',
    closed: 'bot-returned',
    threw: 'bot-threw',
    died: 'waiting',
    left: 'client-left',
    late: 'max-duration',
    stopped: 'node-stopped',
  },
  taken: {
    ready: '-',
    failed: '-',
    lost: 'waiting',
    took: '-',
    returned: 'bot-returned',
    closed: 'bot-returned',
    threw: 'bot-threw',
    died: 'bot-lost',
    left: 'client-left',
    late: 'max-duration',
    stopped: 'node-stopped',
  },
  ended: {
    ready: '-',
    failed: '-',
    lost: '-',
    took: '-',
    returned: '-',
    closed: '-',
    threw: '-',
    died: '-',
    left: '-',
    late: '-',
    stopped: '-',
  },
}

describe('a session without a call', () => {
  test.each(Object.entries(table))('that is %s goes on as the table says', (name, row) => {
    const state = states[name as keyof typeof states]
    for (const [event, expected] of Object.entries(row)) {
      const next = nextPlainState(state, events[event as keyof typeof events])
      const found = next === state ? '-' : next.name === 'ended' ? next.ending.reason : next.name
      expect(`${event}: ${found}`).toBe(`${event}: ${expected}`)
    }
  })

  test('goes to no fourth instance', () => {
    let state = initialPlainState
    for (const _ of [1, 2, 3]) {
      state = nextPlainState(state, events.ready)
      state = nextPlainState(state, events.died)
    }
    expect(state).toEqual({ name: 'ended', ending: { reason: 'bot-not-ready', detail: 'was killed' } })
  })

  test('remembers how its socket was closed, by whichever side', () => {
    expect(nextPlainState(states.taken, events.closed)).toMatchObject({ how })
    expect(nextPlainState(states.taken, events.left)).toMatchObject({ how })
    expect(nextPlainState(states.taken, events.returned)).not.toHaveProperty('how')
  })
})
