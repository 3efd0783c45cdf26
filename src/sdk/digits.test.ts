import { describe, expect, it } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { DigitCollector, type DigitsOptions, parseDigitRules } from './digits.ts'

const collect = (options: DigitsOptions = {}) => {
  const clock = new ManualClock()
  const collector = new DigitCollector(parseDigitRules(options), clock)
  collector.start()
  return { clock, collector, press: (digits: string) => Array.from(digits).forEach((digit) => collector.press(digit)) }
}

describe('DigitCollector', () => {
  it('takes one digit unless it is told otherwise', async () => {
    const { collector, press } = collect()
    press('7')
    expect(collector.collecting).toBe(false)
    expect(await collector.result).toEqual({ digits: '7', endedBy: 'max' })
  })

  it('takes as many as it is told', async () => {
    const { collector, press } = collect({ max: 4 })
    press('12*')
    expect(collector.collecting).toBe(true)
    press('#')
    expect(await collector.result).toEqual({ digits: '12*#', endedBy: 'max' })
  })

  it('ends with the key that ends it, which is no part of the digits', async () => {
    const { collector, press } = collect({ max: 10, until: '#' })
    press('42#')
    expect(await collector.result).toEqual({ digits: '42', endedBy: 'until' })
  })

  it('ends with that key alone', async () => {
    const { collector, press } = collect({ max: 10, until: '#' })
    press('#')
    expect(await collector.result).toEqual({ digits: '', endedBy: 'until' })
  })

  it('waits 5 s for the first digit', async () => {
    const { clock, collector } = collect({ max: 3 })
    clock.advance(4999)
    expect(collector.collecting).toBe(true)
    clock.advance(1)
    expect(await collector.result).toEqual({ digits: '', endedBy: 'timeout' })
  })

  it('waits 2 s for each further digit', async () => {
    const { clock, collector, press } = collect({ max: 3 })
    clock.advance(4999)
    press('1')
    clock.advance(1999)
    press('2')
    clock.advance(1999)
    expect(collector.collecting).toBe(true)
    clock.advance(1)
    expect(await collector.result).toEqual({ digits: '12', endedBy: 'timeout' })
  })

  it('waits as long as it is told', async () => {
    const { clock, collector, press } = collect({ max: 3, timeoutMs: 100, betweenMs: 50 })
    clock.advance(99)
    press('1')
    clock.advance(49)
    expect(collector.collecting).toBe(true)
    clock.advance(1)
    expect(await collector.result).toEqual({ digits: '1', endedBy: 'timeout' })
  })

  it('ends with what it has when the call does', async () => {
    const { collector, press } = collect({ max: 3 })
    press('1')
    collector.end('hang-up')
    expect(await collector.result).toEqual({ digits: '1', endedBy: 'hang-up' })
  })

  it.each(['max', 'until', 'hang-up'] as const)('leaves no timer behind when it ends by %s', (how) => {
    const { clock, collector, press } = collect({ max: 2, until: '#' })
    expect(clock.pending).toBe(1)
    if (how === 'hang-up') collector.end(how)
    else press(how === 'max' ? '12' : '#')
    expect(clock.pending).toBe(0)
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses a max of %s', (max) => {
    expect(() => collect({ max })).toThrow(RangeError)
  })
})
