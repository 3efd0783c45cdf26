import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../lib/manual-clock.ts'
import type { Agent } from '../agent.ts'
import { WaitingLine } from './waiting-line.ts'

const agentCalled = (name: string) => ({ organization: 'acme', name }) as Agent

/** A line for agents with places of their own, on a node with places for all. */
function lineWith(places: Record<string, number>, node = 100) {
  const clock = new ManualClock()
  const told: string[] = []
  const left = { ...places }
  let onNode = node
  const line = new WaitingLine({ hasPlace: ({ name }) => onNode > 0 && (left[name] ?? 0) > 0, clock })
  const join = (who: string, name: string, maxWaitMs = 60_000) => {
    const waiting = {
      agent: agentCalled(name),
      maxWaitMs,
      take: () => {
        onNode--
        left[name] = (left[name] ?? 0) - 1
        told.push(who)
      },
      giveUp: () => told.push(`${who} gave up`),
    }
    line.join(waiting)
    return waiting
  }
  const free = (name: string, count = 1) => {
    left[name] = (left[name] ?? 0) + count
    onNode += count
  }
  return { clock, line, told, join, free }
}

describe('a line', () => {
  test('is served in the order in which callers came', () => {
    const { line, told, join, free } = lineWith({ a: 0 })
    for (const who of ['first', 'second', 'third']) join(who, 'a')
    free('a', 2)
    line.serve()
    expect(told).toEqual(['first', 'second'])
    expect(line.lengthOf(agentCalled('a'))).toBe(1)
  })

  test('is not held up by whoever waits for an agent that is full', () => {
    const { line, told, join } = lineWith({ a: 0, b: 1 })
    join('for a', 'a')
    join('for b', 'b')
    line.serve()
    expect(told).toEqual(['for b'])
  })

  test('gives a place of the node to whoever came first, for whichever agent', () => {
    const { line, told, join, free } = lineWith({ a: 5, b: 5 }, 0)
    for (const [who, name] of [
      ['1', 'b'],
      ['2', 'a'],
      ['3', 'b'],
    ] as const)
      join(who, name)
    for (const name of ['a', 'a', 'a']) {
      free(name)
      line.serve()
    }
    expect(told).toEqual(['1', '2', '3'])
  })

  test('is served within a quarter of a second when there is room though nobody has hung up', () => {
    const { clock, told, join, free } = lineWith({ a: 0 })
    join('first', 'a')
    free('a')
    clock.advance(250)
    expect(told).toEqual(['first'])
  })

  test('is left by whoever hangs up, or has waited long enough', () => {
    const { clock, line, told, join, free } = lineWith({ a: 0 })
    const first = join('first', 'a')
    join('second', 'a', 1000)
    join('third', 'a')
    expect([line.leave(first), line.leave(first)]).toEqual([true, false])
    clock.advance(1000)
    expect(told).toEqual(['second gave up'])
    free('a', 3)
    line.serve()
    expect(told).toEqual(['second gave up', 'third'])
    expect(line.lengthOf(agentCalled('a'))).toBe(0)
    clock.advance(60_000)
    expect(told).toHaveLength(2)
  })
})
