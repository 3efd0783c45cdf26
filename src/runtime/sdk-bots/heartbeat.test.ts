import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../lib/manual-clock.ts'
import { Heartbeat, type ProcessorShare } from './heartbeat.ts'

/** A heartbeat on a clock that is moved by hand, one beat and one turn of the event loop at a time. */
function listenTo(share: () => ProcessorShare | undefined = () => undefined) {
  const clock = new ManualClock()
  const hung: number[] = []
  const doubts: boolean[] = []
  let asked = 0
  const heartbeat: Heartbeat = new Heartbeat({
    ask: () => asked++,
    share,
    onDoubt: () => doubts.push(heartbeat.inDoubt),
    onHung: (silentMs) => hung.push(silentMs),
    clock,
  })
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 250) {
      clock.advance(250)
      await turn()
    }
  }
  return { clock, heartbeat, doubts, hung, pass, asked: () => asked }
}

describe('a heartbeat', () => {
  test('finds a busy process hung a little more than two seconds after its last sign of life', async () => {
    const { heartbeat, hung, pass } = listenTo()
    heartbeat.beat('busy')
    await turn()
    await pass(2000)
    expect(hung).toEqual([])
    await pass(250)
    expect(hung).toEqual([2250])
    await pass(10_000)
    expect(hung).toEqual([2250])
  })

  test('goes on for as long as there are signs of life', async () => {
    const { heartbeat, hung, pass, asked } = listenTo()
    heartbeat.beat('busy')
    for (let second = 0; second < 10; second++) {
      await pass(1000)
      heartbeat.alive()
    }
    expect(hung).toEqual([])
    expect(asked()).toBe(40)
  })

  test('asks an idle process less often, and quickens at once when it gets a call', async () => {
    const { heartbeat, hung, pass, asked } = listenTo()
    heartbeat.beat('idle')
    await turn()
    await pass(2000)
    expect(asked()).toBe(4)
    heartbeat.alive()
    heartbeat.beat('busy')
    await turn()
    await pass(2250)
    expect(hung).toEqual([2250])
  })

  test.each([
    ['idle', 1000],
    ['busy', 750],
  ] as const)('doubts an %s process from %i ms after its last sign of life until the next', async (pace, ms) => {
    const { heartbeat, doubts, pass } = listenTo()
    heartbeat.beat(pace)
    await turn()
    await pass(ms - 250)
    expect(doubts).toEqual([])
    await pass(250)
    expect([doubts, heartbeat.inDoubt]).toEqual([[true], true])
    await pass(500)
    heartbeat.alive()
    expect([doubts, heartbeat.inDoubt]).toEqual([[true, false], false])
  })

  test('does not count time in which its own side read nothing', async () => {
    const { clock, heartbeat, hung, pass } = listenTo()
    heartbeat.beat('busy')
    await turn()
    // One stall of the node, and one leap of a clock that a test moves.
    clock.advance(60_000)
    await turn()
    expect(hung).toEqual([])
    heartbeat.alive()
    await pass(2000)
    expect(hung).toEqual([])
  })

  test('gives a process more time that waits for a processor, but not forever', async () => {
    let waitedMs = 0
    const { heartbeat, doubts, hung, pass } = listenTo(() => ({ ranMs: 0, waitedMs }))
    heartbeat.beat('busy')
    await turn()
    for (let beat = 0; beat < 36; beat++) {
      await pass(250)
      waitedMs += 250
    }
    expect([hung, doubts]).toEqual([[], []])
    await pass(1000)
    expect(hung).toEqual([10_000])
  })

  test('does not take a process for starved that runs and says nothing, however much it waits besides', async () => {
    let share = { ranMs: 0, waitedMs: 0 }
    const { heartbeat, hung, pass } = listenTo(() => share)
    heartbeat.beat('busy')
    await turn()
    for (let beat = 0; beat < 9; beat++) {
      await pass(250)
      share = { ranMs: share.ranMs + 50, waitedMs: share.waitedMs + 200 }
    }
    expect(hung).toEqual([2250])
  })

  test('is over once it is stopped', async () => {
    const { clock, heartbeat, hung, pass } = listenTo()
    heartbeat.beat('busy')
    await pass(1000)
    heartbeat.stop()
    heartbeat.beat('busy')
    await pass(5000)
    expect(hung).toEqual([])
    expect(clock.pending).toBe(0)
  })
})
