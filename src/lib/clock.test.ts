import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { sleep, systemClock } from './clock.ts'
import { ManualClock } from './manual-clock.ts'

describe('sleep', () => {
  it('resolves when its time has come, and no sooner', async () => {
    const clock = new ManualClock()
    let awake = false
    const sleeping = sleep(clock, 100).then(() => {
      awake = true
    })
    clock.advance(99)
    await Promise.resolve()
    expect(awake).toBe(false)
    clock.advance(1)
    await sleeping
    expect(awake).toBe(true)
  })

  it('resolves as soon as its signal fires, and leaves no timer behind', async () => {
    const clock = new ManualClock()
    const controller = new AbortController()
    const sleeping = sleep(clock, 100, controller.signal)
    expect(clock.pending).toBe(1)
    controller.abort(new Error('over'))
    await expect(sleeping).resolves.toBeUndefined()
    expect(clock.pending).toBe(0)
  })

  it('resolves at once when its signal has fired already', async () => {
    const clock = new ManualClock()
    await expect(sleep(clock, 100, AbortSignal.abort())).resolves.toBeUndefined()
    expect(clock.pending).toBe(0)
  })

  it('leaves no listener on a signal that outlives it', async () => {
    const clock = new ManualClock()
    const { signal } = new AbortController()
    const sleeping = sleep(clock, 100, signal)
    expect(getEventListeners(signal, 'abort').length).toBe(1)
    clock.advance(100)
    await sleeping
    expect(getEventListeners(signal, 'abort').length).toBe(0)
  })
})

describe('the system clock', () => {
  it('tells the time of the world', () => {
    const before = Date.now()
    const now = systemClock.now()
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(Date.now())
  })

  it('never goes back on its monotonic scale', () => {
    const readings = Array.from({ length: 1000 }, () => systemClock.monotonic())
    expect(readings).toEqual(readings.toSorted((a, b) => a - b))
  })

  it('runs what is due now or was due before', async () => {
    await new Promise<void>((resolve) => void systemClock.after(0, resolve))
    await new Promise<void>((resolve) => void systemClock.after(-5, resolve))
  })

  it('does not take a very long delay for none at all', async () => {
    const ran: string[] = []
    const timer = systemClock.after(2 ** 32, () => ran.push('at once'))
    await new Promise<void>((resolve) => void systemClock.after(20, resolve))
    timer.cancel()
    expect(ran).toEqual([])
  })

  it('does not run what was cancelled', async () => {
    const ran: string[] = []
    const timer = systemClock.after(0, () => ran.push('cancelled'))
    timer.cancel()
    await new Promise<void>((resolve) => void systemClock.after(5, resolve))
    expect(ran).toEqual([])
  })
})
