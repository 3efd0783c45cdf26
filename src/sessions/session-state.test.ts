import { describe, expect, test } from 'vitest'
import { type Ending, nextSessionState, type SessionEvent, type SessionState } from './session-state.ts'

const events = {
  'stream-connected': { type: 'stream-connected' },
  'stream-started': { type: 'stream-started' },
  'stream-closed cleanly': { type: 'stream-closed', clean: true, detail: '1000' },
  'stream-closed otherwise': { type: 'stream-closed', clean: false, detail: '1006' },
  'instance-ready': { type: 'instance-ready' },
  'instance-failed': { type: 'instance-failed', why: 'no bot' },
  'instance-lost': { type: 'instance-lost' },
  'bot returned': { type: 'bot-over', over: { type: 'returned' } },
  'bot threw': { type: 'bot-over', over: { type: 'threw', message: 'oops' } },
  'bot lost': { type: 'bot-over', over: { type: 'lost', why: 'killed' } },
  'bot-hung-up': { type: 'bot-hung-up' },
  'detour-began': { type: 'detour-began' },
  'call-ended': { type: 'call-ended', detail: 'webhook' },
  'timed-out': { type: 'timed-out' },
  'node-stopped': { type: 'node-stopped' },
} as const satisfies Record<string, SessionEvent>

type EventName = keyof typeof events
/** The compiler holds the table to one entry for every event there is. */
type Covered = (typeof events)[EventName]['type']
const everyEventIsHere: SessionEvent['type'] extends Covered ? true : never = true

const left: Ending = { reason: 'bot-returned' }
const states = {
  ringing: { name: 'ringing', since: 1, instanceReady: false },
  'ringing, instance ready': { name: 'ringing', since: 1, instanceReady: true },
  connecting: { name: 'connecting', since: 1, instanceReady: false },
  'connecting, instance ready': { name: 'connecting', since: 1, instanceReady: true },
  waiting: { name: 'waiting', since: 1 },
  talking: { name: 'talking', since: 1 },
  away: { name: 'away', since: 1 },
  leaving: { name: 'leaving', since: 1, ending: left },
  ended: { name: 'ended', since: 1, ending: left },
} as const satisfies Record<string, SessionState>

type StateName = keyof typeof states

const same = 'same' as const
const to = (name: 'ringing' | 'connecting', instanceReady: boolean): SessionState => ({ name, since: 2, instanceReady })
const on = (name: 'waiting' | 'talking' | 'away'): SessionState => ({ name, since: 2 })
const leaving = (ending: Ending): SessionState => ({ name: 'leaving', since: 2, ending })
const ended = (ending: Ending): SessionState => ({ name: 'ended', since: 2, ending })

const hungUp = ended({ reason: 'caller-hung-up', detail: 'webhook' })
const stopped = ended({ reason: 'node-stopped' })
const notReady = { reason: 'bot-not-ready', detail: 'no bot' } as const
const closedCleanly = ended({ reason: 'caller-hung-up', detail: '1000' })
const closedOtherwise = ended({ reason: 'stream-lost', detail: '1006' })

const ringing = (instanceReady: boolean): Record<EventName, SessionState | typeof same> => ({
  'stream-connected': to('connecting', instanceReady),
  'stream-started': same,
  'stream-closed cleanly': same,
  'stream-closed otherwise': same,
  'instance-ready': { name: 'ringing', since: 1, instanceReady: true },
  'instance-failed': ended(notReady),
  'instance-lost': instanceReady ? { name: 'ringing', since: 1, instanceReady: false } : same,
  'bot returned': same,
  'bot threw': same,
  'bot lost': same,
  'bot-hung-up': same,
  'detour-began': same,
  'call-ended': hungUp,
  'timed-out': ended({ reason: 'no-stream' }),
  'node-stopped': stopped,
})

const connecting = (instanceReady: boolean): Record<EventName, SessionState | typeof same> => ({
  ...ringing(instanceReady),
  'stream-connected': same,
  'stream-started': on(instanceReady ? 'talking' : 'waiting'),
  'stream-closed cleanly': to('ringing', instanceReady),
  'stream-closed otherwise': to('ringing', instanceReady),
  'instance-ready': { name: 'connecting', since: 1, instanceReady: true },
  'instance-failed': leaving(notReady),
  'instance-lost': instanceReady ? { name: 'connecting', since: 1, instanceReady: false } : same,
  'timed-out': same,
})

const table: Record<StateName, Record<EventName, SessionState | typeof same>> = {
  ringing: ringing(false),
  'ringing, instance ready': ringing(true),
  connecting: connecting(false),
  'connecting, instance ready': connecting(true),
  waiting: {
    'stream-connected': same,
    'stream-started': same,
    'stream-closed cleanly': closedCleanly,
    'stream-closed otherwise': closedOtherwise,
    'instance-ready': on('talking'),
    'instance-failed': leaving(notReady),
    'instance-lost': same,
    'bot returned': same,
    'bot threw': same,
    'bot lost': same,
    'bot-hung-up': same,
    'detour-began': same,
    'call-ended': hungUp,
    'timed-out': leaving({ reason: 'bot-not-ready', detail: 'it took too long' }),
    'node-stopped': stopped,
  },
  talking: {
    'stream-connected': same,
    'stream-started': same,
    'stream-closed cleanly': closedCleanly,
    'stream-closed otherwise': closedOtherwise,
    'instance-ready': same,
    'instance-failed': same,
    'instance-lost': on('waiting'),
    'bot returned': leaving({ reason: 'bot-returned' }),
    'bot threw': leaving({ reason: 'bot-threw', detail: 'oops' }),
    'bot lost': leaving({ reason: 'bot-lost', detail: 'killed' }),
    'bot-hung-up': leaving({ reason: 'bot-hung-up' }),
    'detour-began': on('away'),
    'call-ended': hungUp,
    'timed-out': same,
    'node-stopped': stopped,
  },
  away: {
    'stream-connected': same,
    'stream-started': on('talking'),
    'stream-closed cleanly': same,
    'stream-closed otherwise': same,
    'instance-ready': same,
    'instance-failed': same,
    'instance-lost': same,
    'bot returned': ended({ reason: 'bot-returned' }),
    'bot threw': ended({ reason: 'bot-threw', detail: 'oops' }),
    'bot lost': ended({ reason: 'bot-lost', detail: 'killed' }),
    'bot-hung-up': ended({ reason: 'bot-hung-up' }),
    'detour-began': same,
    'call-ended': hungUp,
    'timed-out': ended({ reason: 'stream-lost', detail: 'the caller did not come back' }),
    'node-stopped': stopped,
  },
  leaving: {
    'stream-connected': same,
    'stream-started': same,
    'stream-closed cleanly': ended(left),
    'stream-closed otherwise': ended(left),
    'instance-ready': same,
    'instance-failed': same,
    'instance-lost': same,
    'bot returned': same,
    'bot threw': same,
    'bot lost': same,
    'bot-hung-up': same,
    'detour-began': same,
    'call-ended': ended(left),
    'timed-out': ended(left),
    'node-stopped': stopped,
  },
  ended: {
    'stream-connected': same,
    'stream-started': same,
    'stream-closed cleanly': same,
    'stream-closed otherwise': same,
    'instance-ready': same,
    'instance-failed': same,
    'instance-lost': same,
    'bot returned': same,
    'bot threw': same,
    'bot lost': same,
    'bot-hung-up': same,
    'detour-began': same,
    'call-ended': same,
    'timed-out': same,
    'node-stopped': same,
  },
}

describe.each(Object.keys(table) as StateName[])('a session that is %s', (stateName) => {
  test.each(Object.keys(events) as EventName[])('on %s', (eventName) => {
    const state = states[stateName]
    const expected = table[stateName][eventName]
    const next = nextSessionState(state, events[eventName], 2)
    if (expected === same) expect(next).toBe(state)
    else expect(next).toEqual(expected)
  })
})

test('every kind of event has its column', () => {
  expect(everyEventIsHere).toBe(true)
})
