import { expect, test } from 'vitest'
import { CallMemory } from './call-memory.ts'
import type { HeardEntry } from './playout/ledger.ts'

const entry = (utterance: number): HeardEntry => ({
  utterance,
  kind: 'play',
  startedAtMs: 0,
  totalMs: 100,
  heardMs: 100,
  uncertaintyMs: 0,
})

test("the call's first bot is told nothing, whatever became of instances that never had the call", () => {
  expect(new CallMemory().forNext([])).toBeUndefined()
})

test('the next one is told what was heard, what was saved last, and how many there were', () => {
  const memory = new CallMemory()
  memory.botTook()
  memory.save(1)
  memory.save({ step: 2 })
  expect(memory.forNext([entry(1), entry(3)])).toEqual({
    reason: 'crash',
    count: 1,
    heard: [entry(1), entry(3)],
    utterances: 3,
    state: { step: 2 },
  })
  memory.botTook()
  expect(memory.forNext([entry(1)])).toMatchObject({ count: 2 })
})

test('a bot that saved nothing is not said to have saved something', () => {
  const memory = new CallMemory()
  memory.botTook()
  expect(memory.forNext([])).not.toHaveProperty('state')
  memory.save(null)
  expect(memory.forNext([])).toHaveProperty('state', null)
})

test('a session that follows another goes on where that one was', () => {
  const before = { reason: 'stream-lost', count: 2, heard: [entry(4)], utterances: 4, state: 'a' } as const
  const memory = new CallMemory(before)
  expect(memory.forNext([])).toEqual(before)
  memory.botTook()
  expect(memory.forNext([entry(5)])).toEqual({
    reason: 'crash',
    count: 3,
    heard: [entry(4), entry(5)],
    utterances: 5,
    state: 'a',
  })
})
