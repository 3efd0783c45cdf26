import { expect, test } from 'vitest'
import { StartGate } from './start-gate.ts'

const deaf = () => undefined

test('lets as many in as its limit, and tells those it turned away when one has left', () => {
  const gate = new StartGate({ limit: 2 })
  const told: string[] = []
  expect([gate.enter(false, deaf), gate.enter(false, deaf)]).toEqual([true, true])
  expect(gate.enter(false, () => told.push('first'))).toBe(false)
  gate.leave()
  gate.leave()
  expect(told).toEqual(['first'])
})

test('tells pools with a waiting caller first', () => {
  const gate = new StartGate({ limit: 1 })
  gate.enter(false, deaf)
  const told: string[] = []
  gate.enter(false, () => told.push('ahead of need'))
  gate.enter(true, () => told.push('for a caller'))
  gate.leave()
  expect(told).toEqual(['for a caller', 'ahead of need'])
})

test('keeps half of its slots for callers while calls run', () => {
  let serving = false
  const gate = new StartGate({ limit: 4, isServing: () => serving })
  const enter = (forCaller: boolean) => gate.enter(forCaller, deaf)
  serving = true
  expect([enter(false), enter(false), enter(false)]).toEqual([true, true, false])
  expect([enter(true), enter(true), enter(true)]).toEqual([true, true, false])
  gate.leave()
  serving = false
  expect(enter(false)).toBe(true)
})

test('does not tell a pool that wants no slot any more', () => {
  const gate = new StartGate({ limit: 1 })
  gate.enter(false, deaf)
  const told: string[] = []
  const onRoom = () => told.push('told')
  gate.enter(false, onRoom)
  gate.forget(onRoom)
  gate.leave()
  expect(told).toEqual([])
})
