import { describe, expect, test } from 'vitest'
import { planInstances, type PlannedInstance, type PoolSizes, type PoolState } from './instance-plan.ts'

const sizes: PoolSizes = {
  sessionsPerInstance: 1,
  warmInstances: 0,
  maxInstances: 100,
  bufferShare: 0.5,
  cooldownMs: 300_000,
}
const busy = (count: number): PlannedInstance[] =>
  Array.from({ length: count }, (_, n) => ({ id: `busy-${n}`, held: 1, free: 0, idleSince: undefined }))
const idle = (...since: number[]): PlannedInstance[] =>
  since.map((idleSince) => ({ id: `idle-${idleSince}`, held: 0, free: 1, idleSince }))
const plan = (state: Partial<PoolState>, changed: Partial<PoolSizes> = {}) =>
  planInstances(
    { now: 0, instances: [], starting: 0, waiting: 0, lastNeededAt: undefined, ...state },
    { ...sizes, ...changed },
  )
const nothing = { startForCallers: 0, startAhead: 0, stop: [], lookAgainAt: undefined }

describe('what is started', () => {
  test('nothing, where nobody ever called and nothing is to be warm', () => {
    expect(plan({})).toEqual(nothing)
  })

  test('the warm instances', () => {
    expect(plan({}, { warmInstances: 3 })).toEqual({ ...nothing, startAhead: 3 })
    expect(plan({ starting: 1, instances: idle(0) }, { warmInstances: 3 })).toMatchObject({ startAhead: 1 })
  })

  test.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [10, 5],
    [11, 6],
  ])('with %i calls, %i instances for the next ones', (calls, spare) => {
    expect(plan({ instances: busy(calls) })).toMatchObject({ startForCallers: 0, startAhead: spare })
    expect(plan({ instances: busy(calls), starting: spare })).toMatchObject({ startAhead: 0 })
  })

  test('busy instances are some of the warm ones, as long as half as many as are busy stay free', () => {
    expect(plan({ instances: busy(4) }, { warmInstances: 10 })).toMatchObject({ startAhead: 6 })
    expect(plan({ instances: busy(10) }, { warmInstances: 10 })).toMatchObject({ startAhead: 5 })
  })

  test('one for everybody who waits and nothing ahead of them, and those that start already count', () => {
    expect(plan({ waiting: 4, starting: 1 }, { warmInstances: 9 })).toEqual({ ...nothing, startForCallers: 3 })
  })

  test('as few as have the places, where instances take several calls', () => {
    const shared = { sessionsPerInstance: 10 }
    expect(plan({ waiting: 15 }, shared)).toMatchObject({ startForCallers: 2 })
    const half: PlannedInstance = { id: 'half', held: 5, free: 5, idleSince: undefined }
    expect(plan({ instances: [half] }, shared)).toEqual(nothing)
    const nearlyFull: PlannedInstance = { id: 'full', held: 9, free: 1, idleSince: undefined }
    expect(plan({ instances: [nearlyFull] }, shared)).toMatchObject({ startAhead: 1 })
  })

  test('another in place of a warm one that takes no calls, once it had a moment after its last', () => {
    const unfit: PlannedInstance = { id: 'unfit', held: 0, free: 0, idleSince: 1000 }
    const at = (now: number) => plan({ now, instances: [unfit] }, { warmInstances: 1 })
    expect(at(2999)).toEqual({ ...nothing, lookAgainAt: 3000 })
    expect(at(3000)).toMatchObject({ startAhead: 1 })
  })

  test('never more than there may be', () => {
    const state = { instances: busy(4), starting: 1 }
    expect(plan({ ...state, waiting: 4 }, { maxInstances: 7 })).toMatchObject({ startForCallers: 2 })
    expect(plan(state, { maxInstances: 7, warmInstances: 20 })).toMatchObject({ startAhead: 2 })
    expect(plan({ instances: busy(4) }, { maxInstances: 3 })).toEqual(nothing)
  })

  test('nothing ahead of need, where the pool keeps no buffer', () => {
    expect(plan({ instances: busy(4) }, { bufferShare: 0 })).toEqual(nothing)
  })
})

describe('what is ended', () => {
  test('the longest idle, once it was idle for the cool-down', () => {
    const state = { instances: idle(10, 0), lastNeededAt: 10 }
    expect(plan({ ...state, now: 299_999 })).toEqual({ ...nothing, lookAgainAt: 300_000 })
    expect(plan({ ...state, now: 300_000 })).toEqual({ ...nothing, stop: ['idle-0'], lookAgainAt: 300_010 })
  })

  test('the last one too, once nobody has called for the cool-down', () => {
    expect(plan({ instances: idle(0), lastNeededAt: 0, now: 299_999 })).toMatchObject({
      stop: [],
      lookAgainAt: 300_000,
    })
    expect(plan({ instances: idle(0), lastNeededAt: 0, now: 300_000 })).toEqual({ ...nothing, stop: ['idle-0'] })
  })

  test('never the warm ones', () => {
    const state = { instances: idle(0, 1, 2), lastNeededAt: 2, now: 900_000 }
    expect(plan(state, { warmInstances: 2 })).toEqual({ ...nothing, stop: ['idle-0'] })
  })

  test('never those that the buffer wants', () => {
    const state = { instances: [...busy(4), ...idle(0, 1, 2)], lastNeededAt: 900_000, now: 900_000 }
    expect(plan(state)).toMatchObject({ stop: ['idle-0'] })
  })

  test('nothing while somebody waits', () => {
    expect(plan({ instances: idle(0), waiting: 1, now: 900_000 })).toMatchObject({ stop: [] })
  })
})
