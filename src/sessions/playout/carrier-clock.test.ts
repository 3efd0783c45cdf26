import { beforeEach, describe, expect, test } from 'vitest'
import { CarrierClock } from './carrier-clock.ts'

let clock: CarrierClock

beforeEach(() => {
  clock = new CarrierClock()
})

describe("the carrier's time", () => {
  test('is unknown until it has told it', () => {
    expect(clock.read(0)).toBeUndefined()
  })

  test('is the latest timestamp, and up to a frame more', () => {
    clock.tick(5000, 100)
    clock.tick(5020, 125)
    expect(clock.read(140)).toEqual({ ms: 5020, era: 0, grainMs: 20 })
  })

  test('is not turned back by the other track', () => {
    clock.tick(5020, 100)
    clock.tick(5000, 100)
    expect(clock.read(100)?.ms).toBe(5020)
  })

  test('is less exact where frames were lost', () => {
    clock.tick(5000, 100)
    clock.tick(5060, 160)
    expect(clock.read(160)?.grainMs).toBe(60)
  })

  test.each([90_000, 5])('begins a new era when it jumps to %d', (ms) => {
    clock.tick(5000, 100)
    clock.tick(ms, 120)
    expect(clock.read(120)).toEqual({ ms, era: 1, grainMs: 20 })
  })

  test('is unknown when it was not told for more than 100 ms', () => {
    clock.tick(5000, 100)
    expect(clock.read(200)).toBeDefined()
    expect(clock.read(201)).toBeUndefined()
  })
})

test('the spread is by how much its words came late', () => {
  for (const [ms, at] of [
    [0, 30],
    [20, 45],
    [40, 90],
  ] as const)
    clock.tick(ms, at)
  expect(clock.spreadMs).toBe(25)
})
