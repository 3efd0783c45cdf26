import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ManualClock } from '../../lib/manual-clock.ts'
import { PhoneBook } from '../phone-book.ts'
import { AccountState } from './account-state.ts'
import { Switchboard } from './switchboard.ts'

/** Every telephone is engaged, so that calls end by themselves and nobody is asked for XML. */
function openSwitchboard() {
  const clock = new ManualClock()
  const state = new AccountState(() => undefined, 100)
  const switchboard = new Switchboard({
    clock,
    state,
    engine: {
      authId: 'MAEXAMPLE00000000000',
      authTokens: ['token'],
      phones: new PhoneBook({}, { unknown: { busy: true } }),
    },
    callsPerSecond: 100,
    inboundCallsPerSecond: 1,
    callRecordDelayMs: 1_000,
    keptCalls: 2,
  })
  const place = (callUuid: string) =>
    switchboard.place({ callUuid, from: '14155550199', to: '14155550100', answerUrl: 'http://127.0.0.1:9/answer' })
  /** Lets time pass until the call is over. */
  const finish = async (callUuid: string) => {
    for (let i = 0; i < 1_000 && switchboard.find(callUuid)?.result === undefined; i++) {
      await setImmediate()
      clock.advance(10)
    }
    return switchboard.find(callUuid)?.result
  }
  return { clock, state, switchboard, place, finish }
}

test('a call that is over has a CDR, but not at once', async () => {
  const { clock, state, switchboard, place } = openSwitchboard()
  await using _ = switchboard
  expect(place('a')).toBe('fired')
  expect(switchboard.live('a')?.status).toBe('ringing')
  for (let i = 0; i < 1_000 && switchboard.live('a'); i++) {
    await setImmediate()
    clock.advance(10)
  }
  const endedAt = clock.now()
  expect(state.calls.all).toEqual([])
  clock.advance(979)
  expect(state.calls.all).toEqual([])
  clock.advance(21)
  expect(state.calls.find('a')).toMatchObject({ state: 'BUSY', hangupCode: 3010, answeredAt: undefined })
  expect(clock.now() - endedAt).toBe(1_000)
})

test('closing it puts on record what was still to come, and takes no more calls', async () => {
  const { clock, state, switchboard, place, finish } = openSwitchboard()
  place('a')
  expect((await finish('a'))?.hangup.code).toBe(3010)
  await switchboard[Symbol.asyncDispose]()
  expect(state.calls.all).toHaveLength(1)
  expect(clock.pending).toBe(0)
  expect(() => place('b')).toThrow('the simulator stops')
  const inbound = { from: '1', to: '2', answerUrl: 'http://127.0.0.1:9/answer' }
  expect(() => switchboard.receive(inbound)).toThrow('the simulator stops')
})

test('only the latest calls that are over are kept', async () => {
  const { switchboard, place, finish } = openSwitchboard()
  await using _ = switchboard
  for (const uuid of ['a', 'b', 'c', 'd']) {
    place(uuid)
    await finish(uuid)
  }
  expect(switchboard.kept.map(({ call }) => call.callUuid)).toEqual(['c', 'd'])
})

test('inbound calls beyond those of a second are busy', async () => {
  const { switchboard } = openSwitchboard()
  await using _ = switchboard
  const inbound = { from: '1', to: '2', answerUrl: 'http://127.0.0.1:9/answer' }
  switchboard.receive(inbound).hangUp()
  expect(() => switchboard.receive(inbound)).toThrow(expect.objectContaining({ status: 429 }))
})
