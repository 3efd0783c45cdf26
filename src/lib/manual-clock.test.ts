import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from './manual-clock.ts'

describe('ManualClock', () => {
  it('stands still until it is moved, on both scales', () => {
    const clock = new ManualClock(5000)
    expect([clock.now(), clock.monotonic()]).toEqual([5000, 0])
    clock.advance(250)
    expect([clock.now(), clock.monotonic()]).toEqual([5250, 250])
  })

  it('runs timers in the order in which they are due, and in the order of asking when that is the same', () => {
    const delays = fc.array(fc.nat({ max: 20 }), { maxLength: 30 })
    fc.assert(
      fc.property(delays, fc.array(fc.nat({ max: 7 })), (delays, steps) => {
        const clock = new ManualClock()
        const ran: { delay: number; i: number }[] = []
        for (const [i, delay] of delays.entries()) {
          clock.after(delay, () => {
            expect(clock.monotonic()).toBe(delay)
            ran.push({ delay, i })
          })
        }
        for (const step of [...steps, 20]) clock.advance(step)
        const due = delays.map((delay, i) => ({ delay, i })).toSorted((a, b) => a.delay - b.delay || a.i - b.i)
        expect(ran).toEqual(due)
        expect(clock.pending).toBe(0)
      }),
    )
  })

  it('runs timers that timers start, when they fall due in the same move', () => {
    const clock = new ManualClock()
    const ranAt: number[] = []
    const again = () => {
      ranAt.push(clock.monotonic())
      clock.after(20, again)
    }
    clock.after(20, again)
    clock.advance(70)
    expect(ranAt).toEqual([20, 40, 60])
    expect(clock.monotonic()).toBe(70)
    expect(clock.pending).toBe(1)
  })

  it('does not run what was cancelled, even by a timer due at the same time', () => {
    const clock = new ManualClock()
    const ran: string[] = []
    clock.after(10, () => second.cancel())
    const second = clock.after(10, () => ran.push('second'))
    clock.advance(10)
    expect(ran).toEqual([])
  })

  it('takes a delay that is over already for none', () => {
    const clock = new ManualClock()
    clock.advance(100)
    let ranAt: number | undefined
    clock.after(-50, () => {
      ranAt = clock.monotonic()
    })
    clock.advance(0)
    expect(ranAt).toBe(100)
  })
})
