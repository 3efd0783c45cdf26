import { describe, expect, test } from 'vitest'
import { FaultPlan } from './fault-plan.ts'
import type { Faults } from './faults.ts'

const planOf = (faults: Faults) => {
  const notes: string[] = []
  return { plan: new FaultPlan(faults, (fault, text) => notes.push(`${fault}: ${text}`)), notes }
}

describe('a plan of faults', () => {
  test.each([
    ['uniform', 20],
    ['exponential', 40],
    ['normal', 32],
  ] as const)('has %s jitter of about %i ms in the mean, the same for the same seed', (distribution, meanMs) => {
    const delaysOf = (seed: number) => {
      const { plan } = planOf({ seed, media: { jitter: { ms: 40, distribution } } })
      return Array.from({ length: 4000 }, (_, i) => plan.delayMs(i * 20))
    }
    const delays = delaysOf(3)
    expect(delays.every((delay) => delay >= 0)).toBe(true)
    expect(Math.abs(delays.reduce((sum, delay) => sum + delay, 0) / delays.length - meanMs)).toBeLessThan(3)
    expect(delaysOf(3)).toEqual(delays)
    expect(delaysOf(4)).not.toEqual(delays)
  })

  test('loses about the share of frames that it should', () => {
    const { plan, notes } = planOf({ media: { loss: 0.1 } })
    const lost = Array.from({ length: 5000 }, () => plan.losesFrame()).filter(Boolean).length
    expect(Math.abs(lost - 500)).toBeLessThan(75)
    expect(notes).toHaveLength(lost)
  })

  test('holds a stall to its end, and notes it once', () => {
    const { plan, notes } = planOf({ media: { stalls: [{ afterMs: 100, ms: 200 }] } })
    expect([80, 100, 250, 300].map((atMs) => plan.delayMs(atMs))).toEqual([0, 200, 50, 0])
    expect(notes).toHaveLength(1)
  })

  test('strikes as often as it may, where event and URL fit', () => {
    const { plan } = planOf({ webhooks: [{ fault: 'status', status: 500, event: 'Hangup', url: '/a', times: 2 }] })
    expect(plan.takeForTry('http://h/a', 'StartApp')).toBeUndefined()
    expect(plan.takeForTry('http://h/b', 'Hangup')).toBeUndefined()
    expect(plan.takeForTry('http://h/a', 'Hangup')).toMatchObject({ status: 500 })
    expect(plan.takeForTry('http://h/a', 'Hangup')).toMatchObject({ status: 500 })
    expect(plan.takeForTry('http://h/a', 'Hangup')).toBeUndefined()
    expect(plan.takeForSend('http://h/a', 'Hangup')).toEqual([])
  })

  test('cuts one socket', () => {
    const { plan } = planOf({ cutSocketAfterMs: 5 })
    expect([plan.takeCut(), plan.takeCut()]).toEqual([5, undefined])
  })

  test('without faults does nothing', () => {
    const { plan, notes } = planOf({})
    expect([plan.losesFrame(), plan.delayMs(5), plan.delaysMedia, plan.takeForTry('http://h', 'Hangup')]).toEqual([
      false,
      0,
      false,
      undefined,
    ])
    expect(notes).toEqual([])
  })
})
