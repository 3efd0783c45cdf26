import { expect, test } from 'vitest'
import { ManualClock } from '../../lib/manual-clock.ts'
import { CallQueue } from './call-queue.ts'

function openQueue(callsPerSecond: number) {
  const clock = new ManualClock()
  const dialled: string[] = []
  const queue = new CallQueue(callsPerSecond, clock)
  const add = (requestUuid: string) =>
    queue.add({ requestUuid, from: '1', to: '2', callerName: undefined, dial: () => void dialled.push(requestUuid) })
  return { clock, queue, dialled, add }
}

test('calls within the rate are dialled at once, the others wait for their second, in order', () => {
  const { clock, queue, dialled, add } = openQueue(2)
  expect(['a', 'b', 'c', 'd', 'e'].map(add)).toEqual(['fired', 'fired', 'queued', 'queued', 'queued'])
  clock.advance(999)
  expect(dialled).toEqual(['a', 'b'])
  clock.advance(1)
  expect(dialled).toEqual(['a', 'b', 'c', 'd'])
  expect(add('f')).toBe('queued')
  expect(queue.waiting.map(({ requestUuid }) => requestUuid)).toEqual(['e', 'f'])
  clock.advance(1000)
  expect(dialled).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  expect(clock.pending).toBe(0)
})

test('any second has no more calls than the rate, wherever it starts', () => {
  const { clock, dialled, add } = openQueue(2)
  add('a')
  clock.advance(600)
  expect([add('b'), add('c')]).toEqual(['fired', 'queued'])
  clock.advance(399)
  expect(dialled).toEqual(['a', 'b'])
  clock.advance(1)
  expect(dialled).toEqual(['a', 'b', 'c'])
  expect(add('d')).toBe('queued')
  clock.advance(600)
  expect(dialled).toEqual(['a', 'b', 'c', 'd'])
})

test('a cancelled call is not dialled, and those behind it move up', () => {
  const { clock, queue, dialled, add } = openQueue(1)
  for (const uuid of ['a', 'b', 'c']) add(uuid)
  expect(queue.cancel('b')).toBe(true)
  expect(queue.cancel('b')).toBe(false)
  expect(queue.cancel('a')).toBe(false)
  clock.advance(1000)
  expect(dialled).toEqual(['a', 'c'])
})

test('after its end nothing is dialled, and no timer is left', () => {
  const { clock, queue, dialled, add } = openQueue(1)
  for (const uuid of ['a', 'b']) add(uuid)
  queue[Symbol.dispose]()
  expect(clock.pending).toBe(0)
  clock.advance(5000)
  expect(dialled).toEqual(['a'])
})
