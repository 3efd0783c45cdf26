import { describe, expect, test } from 'vitest'
import { silentLog } from '../../lib/log.ts'
import type { MachineLoad } from '../../lib/machine-load.ts'
import { ManualClock } from '../../lib/manual-clock.ts'
import { Capacity } from './capacity.ts'

const gibibyte = 1024 ** 3

/** A machine with eight processors whose calls cost what the test says. */
class Machine {
  readonly clock = new ManualClock()
  calls = 0
  cost = { main: 0.002, cores: 0.01, bytes: 50e6 }
  /** What others do. */
  other = { cores: 0.2, lagMs: 0 }
  readonly memoryBytes = 32 * gibibyte
  readonly capacity = new Capacity({ meter: this, calls: () => this.calls, clock: this.clock, log: silentLog })

  read(): MachineLoad {
    const { calls, cost, other, memoryBytes } = this
    return {
      mainShare: Math.min(1, calls * cost.main),
      cores: 8,
      busyCores: Math.min(8, other.cores + calls * cost.cores),
      lagMs: other.lagMs,
      memoryBytes,
      availableBytes: memoryBytes * 0.8 - calls * cost.bytes,
    }
  }

  run(seconds: number): void {
    this.clock.advance(seconds * 1000)
  }

  /** Lets one caller after the other in, a few each second, until one is refused. Returns how many there are then. */
  fill(perSecond = 5): number {
    for (;;) {
      for (let n = 0; n < perSecond; n++) {
        if (!this.capacity.hasRoom) return this.calls
        this.calls++
      }
      this.run(1)
    }
  }
}

describe('a node takes calls', () => {
  test('until its event loop has as much to do as it may', () => {
    const machine = new Machine()
    machine.cost = { main: 0.007, cores: 0.01, bytes: 1e6 }
    const calls = machine.fill(1)
    expect(machine.capacity.room.limit).toBe('event-loop')
    expect(calls).toBeGreaterThan(85)
    expect(calls).toBeLessThanOrEqual(105)
  })

  test('until its processors have, also when others use some', () => {
    const machine = new Machine()
    machine.cost = { main: 0.0001, cores: 0.05, bytes: 1e6 }
    const alone = machine.fill(1)
    expect(machine.capacity.room.limit).toBe('processors')
    expect(alone).toBeGreaterThan(125)
    expect(alone).toBeLessThanOrEqual(145)
    const shared = new Machine()
    shared.cost = machine.cost
    shared.other = { cores: 4, lagMs: 0 }
    shared.run(60)
    expect(shared.fill(1)).toBeLessThan(75)
  })

  test('until its memory is used', () => {
    const machine = new Machine()
    machine.cost = { main: 0.0001, cores: 0.001, bytes: 400e6 }
    const calls = machine.fill(1)
    expect(machine.capacity.room.limit).toBe('memory')
    expect(calls).toBeGreaterThan(50)
    expect(calls * 400e6).toBeLessThan(0.75 * machine.memoryBytes)
  })

  test('of which it can have more when they cost less than expected', () => {
    const machine = new Machine()
    machine.cost = { main: 0.001, cores: 0.002, bytes: 1e6 }
    expect(machine.fill(2)).toBeGreaterThan(500)
  })

  test('of a sudden rush no more than it expects to bear', () => {
    const machine = new Machine()
    const calls = machine.fill(1000)
    expect(calls).toBeGreaterThan(100)
    expect(calls).toBeLessThan(180)
  })

  test('no more while its event loop is late, and again once it is not', () => {
    const machine = new Machine()
    machine.calls = 50
    machine.run(60)
    machine.other = { cores: 0.2, lagMs: 300 }
    machine.run(10)
    expect([machine.capacity.hasRoom, machine.capacity.room.limit]).toEqual([false, 'lag'])
    machine.other = { cores: 0.2, lagMs: 0 }
    machine.run(60)
    expect(machine.capacity.hasRoom).toBe(true)
  })

  test('no more while their audio leaves too late to be heard in time, though nothing else is short', () => {
    const machine = new Machine()
    machine.calls = 50
    machine.run(60)
    for (let second = 0; second < 20; second++) {
      machine.capacity.late(25)
      machine.run(1)
    }
    expect([machine.capacity.hasRoom, machine.capacity.room.limit]).toEqual([false, 'late-frames'])
    machine.run(60)
    expect(machine.capacity.hasRoom).toBe(true)
  })

  test('though it was late for a moment', () => {
    const machine = new Machine()
    machine.calls = 50
    machine.run(60)
    machine.other = { cores: 0.2, lagMs: 200 }
    machine.run(1)
    expect(machine.capacity.hasRoom).toBe(true)
  })
})

test('a node that is full takes nobody before there is room for a few', () => {
  const machine = new Machine()
  machine.cost = { main: 0.007, cores: 0.01, bytes: 1e6 }
  const calls = machine.fill(1)
  machine.run(120)
  while (machine.capacity.room.room < 1) {
    machine.calls--
    machine.run(60)
  }
  expect(machine.capacity.hasRoom).toBe(false)
  machine.calls = calls - 20
  machine.run(60)
  expect(machine.capacity.hasRoom).toBe(true)
})

test('a few calls are taken whatever was measured, but not without memory', () => {
  const machine = new Machine()
  machine.other = { cores: 8, lagMs: 500 }
  machine.run(60)
  machine.calls = 9
  expect(machine.capacity.hasRoom).toBe(true)
  machine.calls = 10
  expect(machine.capacity.hasRoom).toBe(false)
  machine.calls = 1
  machine.cost = { main: 0, cores: 0, bytes: 32 * gibibyte }
  machine.run(120)
  expect(machine.capacity.hasRoom).toBe(false)
})
