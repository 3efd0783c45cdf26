import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { KnownCalls } from './known-calls.ts'
import type { SessionState } from './session-state.ts'
import type { CallEnd } from './session-watcher.ts'
import type { Step } from './detours/what-next.ts'

const minuteMs = 60_000
const agent = { organization: 'acme', name: 'desk' }
const talking: SessionState = { name: 'talking', since: 0, crashes: 0 }
const ended: SessionState = { name: 'ended', since: 0, ending: { reason: 'bot-returned' } }
const transfer: Step = {
  type: 'detour',
  plan: { type: 'dial', to: ['14155550199'], ringMs: 30_000, maxMs: 60 * minuteMs },
}

function knownCalls() {
  const clock = new ManualClock()
  const ends: (readonly [string, CallEnd])[] = []
  const calls = new KnownCalls({ clock, onOver: (call, end) => ends.push([call.facts.callId, end]) })
  const add = (callId: string, state: SessionState, step: Step = { type: 'stream' }) => {
    const call = { facts: { callId }, agent, session: { state }, step, toldAt: 0, endedAt: undefined }
    calls.add(call)
    return call
  }
  return { clock, calls, add, ends }
}

test('a call of which nothing more is heard is over, as of the last news of it, although no other call comes', () => {
  const { clock, calls, add, ends } = knownCalls()
  add('quiet', ended)
  add('goes on', talking)
  clock.advance(10 * minuteMs)
  expect(ends).toEqual([])
  clock.advance(minuteMs)
  expect(ends).toEqual([['quiet', { agoMs: 11 * minuteMs }]])
  expect(calls.find('quiet')).toBeUndefined()
  expect(calls.find('goes on')).toBeDefined()
})

test('a call that the carrier has put through is known for as long as that may take', () => {
  const { clock, calls, add, ends } = knownCalls()
  add('c1', ended, transfer)
  clock.advance(60 * minuteMs)
  expect(calls.find('c1')).toBeDefined()
  expect(ends).toEqual([])
  clock.advance(20 * minuteMs)
  expect(calls.find('c1')).toBeUndefined()
  expect(ends).toHaveLength(1)
})

test('a call that is over is remembered for a while, and told of once more when the carrier says why', () => {
  const { clock, calls, add, ends } = knownCalls()
  const call = add('c1', ended)
  calls.end(call)
  clock.advance(9 * minuteMs)
  calls.end(call, { cause: 'Normal Hangup', durationMs: 4000 })
  clock.advance(2 * minuteMs)
  expect(calls.find('c1')).toBeUndefined()
  expect(ends).toEqual([
    ['c1', {}],
    ['c1', { cause: 'Normal Hangup', durationMs: 4000 }],
  ])
})

test('a node that stops ends the calls that are not over, and leaves no timer', () => {
  const { clock, calls, add, ends } = knownCalls()
  calls.end(add('over', ended))
  add('away', ended, transfer)
  calls[Symbol.dispose]()
  expect(ends.slice(1)).toEqual([['away', { cause: 'node stopped' }]])
  expect(clock.pending).toBe(0)
})
