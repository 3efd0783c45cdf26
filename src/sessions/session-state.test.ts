import { describe, expect, test } from 'vitest'
import { type Ending, nextSessionState, type SessionEvent, type SessionState } from './session-state.ts'

const events = {
  'stream-connected': { type: 'stream-connected' },
  'stream-started': { type: 'stream-started' },
  'stream-closed cleanly': { type: 'stream-closed', clean: true, detail: '1000' },
  'stream-closed otherwise': { type: 'stream-closed', clean: false, detail: '1006' },
  'place-found': { type: 'place-found' },
  'no-place': { type: 'no-place' },
  'instance-ready': { type: 'instance-ready' },
  'instance-failed': { type: 'instance-failed', why: 'no bot' },
  'instance-lost': { type: 'instance-lost' },
  'bot returned': { type: 'bot-over', over: { type: 'returned' } },
  'bot threw': { type: 'bot-over', over: { type: 'threw', message: 'oops' } },
  'bot lost': { type: 'bot-over', over: { type: 'lost', why: 'killed' } },
  'bot-crashed': { type: 'bot-crashed', why: 'killed' },
  'bot-hung-up': { type: 'bot-hung-up' },
  'detour-began': { type: 'detour-began' },
  'call-ended': { type: 'call-ended', detail: 'webhook' },
  'limit-reached': { type: 'limit-reached', limit: 'max-duration' },
  'timed-out': { type: 'timed-out' },
  stopped: { type: 'stopped', reason: 'stopped' },
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
  'ringing in line': { name: 'ringing', since: 1, instanceReady: false, queued: true },
  'connecting in line': { name: 'connecting', since: 1, instanceReady: false, queued: true },
  queued: { name: 'queued', since: 1 },
  waiting: { name: 'waiting', since: 1 },
  talking: { name: 'talking', since: 1, crashes: 0 },
  'talking after a crash': { name: 'talking', since: 1, crashes: 1 },
  'talking after two crashes': { name: 'talking', since: 1, crashes: 2 },
  resuming: { name: 'resuming', since: 1, crashes: 1 },
  away: { name: 'away', since: 1, crashes: 1, bot: 'here' },
  'away, bot lost': { name: 'away', since: 1, crashes: 1, bot: 'lost' },
  'away, bot ready': { name: 'away', since: 1, crashes: 1, bot: 'ready' },
  'away after two crashes': { name: 'away', since: 1, crashes: 2, bot: 'here' },
  leaving: { name: 'leaving', since: 1, ending: left },
  ended: { name: 'ended', since: 1, ending: left },
} as const satisfies Record<string, SessionState>

type StateName = keyof typeof states

const same = 'same' as const
const to = (name: 'ringing' | 'connecting', instanceReady: boolean): SessionState => ({ name, since: 2, instanceReady })
const waiting: SessionState = { name: 'waiting', since: 2 }
const talking = (crashes: number): SessionState => ({ name: 'talking', since: 2, crashes })
const resuming = (crashes: number): SessionState => ({ name: 'resuming', since: 2, crashes })
const leaving = (ending: Ending): SessionState => ({ name: 'leaving', since: 2, ending })
const ended = (ending: Ending): SessionState => ({ name: 'ended', since: 2, ending })

const hungUp = ended({ reason: 'caller-hung-up', detail: 'webhook' })
const stopped = ended({ reason: 'stopped' })
const notReady = { reason: 'bot-not-ready', detail: 'no bot' } as const
const closedCleanly = ended({ reason: 'caller-hung-up', detail: '1000' })
const closedOtherwise = ended({ reason: 'stream-lost', detail: '1006' })

const ringing = (instanceReady: boolean): Record<EventName, SessionState | typeof same> => ({
  'stream-connected': to('connecting', instanceReady),
  'stream-started': same,
  'stream-closed cleanly': same,
  'stream-closed otherwise': same,
  'place-found': same,
  'no-place': same,
  'instance-ready': { name: 'ringing', since: 1, instanceReady: true },
  'instance-failed': ended(notReady),
  'instance-lost': instanceReady ? { name: 'ringing', since: 1, instanceReady: false } : same,
  'bot returned': same,
  'bot threw': same,
  'bot lost': same,
  'bot-crashed': same,
  'bot-hung-up': same,
  'detour-began': same,
  'call-ended': hungUp,
  'limit-reached': same,
  'timed-out': ended({ reason: 'no-stream' }),
  stopped,
})

const connecting = (instanceReady: boolean): Record<EventName, SessionState | typeof same> => ({
  ...ringing(instanceReady),
  'stream-connected': same,
  'stream-started': instanceReady ? talking(0) : waiting,
  'stream-closed cleanly': to('ringing', instanceReady),
  'stream-closed otherwise': to('ringing', instanceReady),
  'instance-ready': { name: 'connecting', since: 1, instanceReady: true },
  'instance-failed': leaving(notReady),
  'instance-lost': instanceReady ? { name: 'connecting', since: 1, instanceReady: false } : same,
  'timed-out': same,
})

const inLine = { instanceReady: false, queued: true } as const
const ringingInLine: Record<EventName, SessionState | typeof same> = {
  ...ringing(false),
  'stream-connected': { name: 'connecting', since: 2, ...inLine },
  'place-found': { name: 'ringing', since: 1, instanceReady: false },
  'no-place': ended({ reason: 'no-room' }),
  // It has asked for none.
  'instance-ready': { name: 'ringing', since: 1, instanceReady: true, queued: true },
}
const connectingInLine: Record<EventName, SessionState | typeof same> = {
  ...connecting(false),
  'stream-started': { name: 'queued', since: 2 },
  'stream-closed cleanly': { name: 'ringing', since: 2, ...inLine },
  'stream-closed otherwise': { name: 'ringing', since: 2, ...inLine },
  'place-found': { name: 'connecting', since: 1, instanceReady: false },
  'no-place': leaving({ reason: 'no-room' }),
  'instance-ready': { name: 'connecting', since: 1, instanceReady: true, queued: true },
}

const withoutBot = (
  reason: 'bot-not-ready' | 'bot-lost',
  crashes: number,
): Record<EventName, SessionState | typeof same> => ({
  'stream-connected': same,
  'stream-started': same,
  'stream-closed cleanly': closedCleanly,
  'stream-closed otherwise': closedOtherwise,
  'place-found': same,
  'no-place': same,
  'instance-ready': talking(crashes),
  'instance-failed': leaving({ reason, detail: 'no bot' }),
  'instance-lost': same,
  'bot returned': same,
  'bot threw': same,
  'bot lost': same,
  'bot-crashed': same,
  'bot-hung-up': same,
  'detour-began': same,
  'call-ended': hungUp,
  'limit-reached': leaving({ reason: 'max-duration' }),
  'timed-out': leaving({ reason, detail: 'it took too long' }),
  stopped,
})

const whenTalking = (crashes: number): Record<EventName, SessionState | typeof same> => ({
  'stream-connected': same,
  'stream-started': same,
  'stream-closed cleanly': closedCleanly,
  'stream-closed otherwise': closedOtherwise,
  'place-found': same,
  'no-place': same,
  'instance-ready': same,
  'instance-failed': same,
  'instance-lost': crashes === 0 ? waiting : resuming(crashes),
  'bot returned': leaving({ reason: 'bot-returned' }),
  'bot threw': leaving({ reason: 'bot-threw', detail: 'oops' }),
  'bot lost': leaving({ reason: 'bot-lost', detail: 'killed' }),
  'bot-crashed': crashes === 2 ? leaving({ reason: 'bot-lost', detail: 'killed' }) : resuming(crashes + 1),
  'bot-hung-up': leaving({ reason: 'bot-hung-up' }),
  'detour-began': { name: 'away', since: 2, crashes, bot: 'here' },
  'call-ended': hungUp,
  'limit-reached': leaving({ reason: 'max-duration' }),
  'timed-out': same,
  stopped,
})

const lostAway = (detail: string): SessionState => ended({ reason: 'bot-lost', detail })
const away = (crashes: number, bot: 'here' | 'lost' | 'ready'): Record<EventName, SessionState | typeof same> => ({
  'stream-connected': same,
  'stream-started': bot === 'lost' ? resuming(crashes) : talking(crashes),
  'stream-closed cleanly': same,
  'stream-closed otherwise': same,
  'place-found': same,
  'no-place': same,
  'instance-ready': bot === 'lost' ? { name: 'away', since: 1, crashes, bot: 'ready' } : same,
  'instance-failed': bot === 'lost' ? lostAway('no bot') : same,
  'instance-lost': bot === 'ready' ? { name: 'away', since: 1, crashes, bot: 'lost' } : same,
  'bot returned': ended({ reason: 'bot-returned' }),
  'bot threw': ended({ reason: 'bot-threw', detail: 'oops' }),
  'bot lost': lostAway('killed'),
  'bot-crashed': crashes === 2 ? lostAway('killed') : { name: 'away', since: 1, crashes: crashes + 1, bot: 'lost' },
  'bot-hung-up': ended({ reason: 'bot-hung-up' }),
  'detour-began': same,
  'call-ended': hungUp,
  'limit-reached': ended({ reason: 'max-duration' }),
  'timed-out': ended({ reason: 'stream-lost', detail: 'the caller did not come back' }),
  stopped,
})

const table: Record<StateName, Record<EventName, SessionState | typeof same>> = {
  ringing: ringing(false),
  'ringing, instance ready': ringing(true),
  connecting: connecting(false),
  'connecting, instance ready': connecting(true),
  'ringing in line': ringingInLine,
  'connecting in line': connectingInLine,
  queued: {
    ...withoutBot('bot-not-ready', 0),
    'place-found': waiting,
    'no-place': leaving({ reason: 'no-room' }),
    'instance-ready': same,
    'instance-failed': same,
    'timed-out': same,
  },
  waiting: withoutBot('bot-not-ready', 0),
  talking: whenTalking(0),
  'talking after a crash': whenTalking(1),
  'talking after two crashes': whenTalking(2),
  resuming: withoutBot('bot-lost', 1),
  away: away(1, 'here'),
  'away, bot lost': away(1, 'lost'),
  'away, bot ready': away(1, 'ready'),
  'away after two crashes': away(2, 'here'),
  leaving: {
    'stream-connected': same,
    'stream-started': same,
    'stream-closed cleanly': ended(left),
    'stream-closed otherwise': ended(left),
    'place-found': same,
    'no-place': same,
    'instance-ready': same,
    'instance-failed': same,
    'instance-lost': same,
    'bot returned': same,
    'bot threw': same,
    'bot lost': same,
    'bot-crashed': same,
    'bot-hung-up': same,
    'detour-began': same,
    'call-ended': ended(left),
    'limit-reached': same,
    'timed-out': ended(left),
    stopped,
  },
  ended: {
    'stream-connected': same,
    'stream-started': same,
    'stream-closed cleanly': same,
    'stream-closed otherwise': same,
    'place-found': same,
    'no-place': same,
    'instance-ready': same,
    'instance-failed': same,
    'instance-lost': same,
    'bot returned': same,
    'bot threw': same,
    'bot lost': same,
    'bot-crashed': same,
    'bot-hung-up': same,
    'detour-began': same,
    'call-ended': same,
    'limit-reached': same,
    'timed-out': same,
    stopped: same,
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
