import { expect, test } from 'vitest'
import { SessionUsage } from './session-usage.ts'

const sample = (atMs: number) => ({ atMs, cpuMillicores: 10, memoryBytes: 1000 })

test('a session has the samples of its instance, from its begin to its end', () => {
  const usage = new SessionUsage()
  usage.add('ins_1', sample(0))
  usage.place('a', 'ins_1')
  usage.place('b', 'ins_2')
  usage.add('ins_1', sample(1))
  usage.add('ins_1', sample(2))
  expect(usage.take('a')).toEqual([sample(1), sample(2)])
  expect([usage.take('a'), usage.take('b'), usage.take('nobody')]).toEqual([[], [], []])
})

test('a session that goes on in another instance has the samples of both', () => {
  const usage = new SessionUsage()
  usage.place('a', 'ins_1')
  usage.add('ins_1', sample(1))
  usage.place('a', 'ins_2')
  usage.add('ins_1', sample(2))
  usage.add('ins_2', sample(3))
  expect(usage.take('a').map(({ atMs }) => atMs)).toEqual([1, 3])
})

test('a session of four hours has samples of all of it, and not too many', () => {
  const usage = new SessionUsage()
  usage.place('a', 'ins_1')
  for (let n = 0; n < 7200; n++) usage.add('ins_1', sample(n))
  const times = usage.take('a').map(({ atMs }) => atMs)
  expect(times.length).toBeGreaterThanOrEqual(450)
  expect(times.length).toBeLessThan(900)
  expect(times[0]).toBeLessThan(20)
  expect(times.at(-1)).toBeGreaterThan(7180)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})
