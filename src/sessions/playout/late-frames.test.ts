import { expect, test } from 'vitest'
import { bytesOf, mulaw8k } from '../../audio/format.ts'
import type { Clock } from '../../lib/clock.ts'
import { ManualClock } from '../../lib/manual-clock.ts'
import { Playout } from './playout.ts'

/** Plays a second on a machine whose timers are late by `lateMs`. Returns the frames that were told to be late. */
function playLate(lateMs: number): number {
  const time = new ManualClock()
  const clock: Clock = {
    now: () => time.now(),
    monotonic: () => time.monotonic(),
    after: (delayMs, run) => time.after(delayMs + lateMs, run),
  }
  let late = 0
  const onLate = (frames: number) => {
    late += frames
  }
  const playout = new Playout({ format: mulaw8k, clock, report: () => {}, onOverflow: () => {}, onLate })
  playout.attach({ streamId: 's', send: () => {} })
  playout.play(1, new Uint8Array(bytesOf(mulaw8k, 1000)))
  playout.playEnd(1)
  time.advance(20_000)
  return late
}

test('audio that leaves a little late is heard in time, since it leaves ahead', () => {
  expect([0, 50, 170].map(playLate)).toEqual([0, 0, 0])
})

test('audio that leaves later than that leaves a gap, whose frames are counted', () => {
  expect(playLate(400)).toBeGreaterThanOrEqual(11)
})
