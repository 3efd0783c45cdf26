import { expect, test } from 'vitest'
import type { Clock } from '../lib/clock.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { Metronome } from './metronome.ts'

test('a metronome ticks at its start and then once a period', () => {
  const clock = new ManualClock()
  const ticks: number[] = []
  const metronome = new Metronome(clock, 20, () => ticks.push(clock.monotonic()))
  metronome.start()
  clock.advance(65)
  expect(ticks).toEqual([0, 20, 40, 60])
  metronome.stop()
  clock.advance(100)
  expect(ticks).toHaveLength(4)
  expect(clock.pending).toBe(0)
})

test('a late timer is followed by every tick that is due, and by the next one on time', () => {
  const clock = new ManualClock()
  let stalledMs = 0
  const stalling: Clock = {
    now: () => clock.now() + stalledMs,
    monotonic: () => clock.monotonic() + stalledMs,
    after: (delayMs, run) => clock.after(delayMs, run),
  }
  const ticks: { at: number; lateMs: number }[] = []
  const metronome = new Metronome(stalling, 20, (lateMs) => {
    ticks.push({ at: stalling.monotonic(), lateMs })
    if (ticks.length === 2) stalledMs = 50
  })
  metronome.start()
  clock.advance(20)
  clock.advance(10)
  expect(ticks).toEqual([
    { at: 0, lateMs: 0 },
    { at: 20, lateMs: 0 },
    { at: 70, lateMs: 30 },
    { at: 70, lateMs: 10 },
    { at: 80, lateMs: 0 },
  ])
})

test('a timer that is early by a part of a millisecond does not tick before its time', () => {
  const clock = new ManualClock()
  const early: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, run) => clock.after(Math.max(1, Math.floor(delayMs)), run),
  }
  const ticks: number[] = []
  clock.advance(0.4)
  const metronome = new Metronome(early, 2.5, () => ticks.push(clock.monotonic()))
  metronome.start()
  for (let i = 0; i < 100; i++) clock.advance(0.1)
  metronome.stop()
  for (const [n, at] of ticks.entries()) expect(at).toBeGreaterThanOrEqual(0.4 + n * 2.5 - 1e-9)
  expect(ticks.length).toBeGreaterThanOrEqual(4)
})

test('a metronome that is stopped in a tick stops at once', () => {
  const clock = new ManualClock()
  let ticks = 0
  const metronome = new Metronome(clock, 20, () => {
    ticks++
    metronome.stop()
  })
  metronome.start()
  clock.advance(100)
  expect(ticks).toBe(1)
})
