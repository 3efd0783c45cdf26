import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CarrierTime } from './carrier-clock.ts'
import { type Stop, Stretch } from './stretch.ts'

const stop = (nowMs: number, more: Partial<Stop> = {}): Stop => ({
  nowMs,
  carrier: undefined,
  jitterMs: undefined,
  known: 'in-order',
  acknowledges: true,
  ...more,
})

/** A second of audio, sent at 0, with a checkpoint every 40 ms from 1. */
function second(): Stretch {
  const stretch = new Stretch()
  for (let mark = 1; mark <= 25; mark++) {
    stretch.add(40, 0)
    stretch.mark(mark, 0)
  }
  return stretch
}

describe('how far the carrier is', () => {
  test('is no further than time allows, and one frame', () => {
    expect(second().bounds(100)).toMatchObject({ low: 0, high: 140 })
    expect(second().bounds(5000)).toMatchObject({ low: 0, high: 1000 })
  })

  test('is at least what was acknowledged, however long ago', () => {
    const stretch = second()
    expect(stretch.acknowledge(10, 450, undefined)).toBe(9)
    expect(stretch.bounds(450).low).toBe(400)
    expect(stretch.bounds(5000)).toMatchObject({ low: 400, high: 1000 })
  })

  test('is what our clock says, when the carrier is ahead of it', () => {
    const stretch = second()
    stretch.acknowledge(10, 300, undefined)
    expect(stretch.endsAt).toBe(900)
  })

  test('is told by the latest two thousand checkpoints only', () => {
    const stretch = new Stretch()
    for (let mark = 1; mark <= 2001; mark++) {
      stretch.add(40, 0)
      stretch.mark(mark, 0)
    }
    expect(stretch.acknowledge(1, 50, undefined)).toBeUndefined()
    expect(stretch.acknowledge(2, 90, undefined)).toBe(0)
    expect(stretch.bounds(90).low).toBe(80)
  })

  test('is not told by checkpoints of another stretch', () => {
    expect(second().acknowledge(99, 100, undefined)).toBeUndefined()
  })
})

describe('where it stopped', () => {
  test('is before the first checkpoint that was not acknowledged', () => {
    const stretch = second()
    stretch.acknowledge(10, 450, undefined)
    stretch.clear(500)
    expect(stretch.settle(stop(800))).toMatchObject({ low: 400, high: 460 })
  })

  test('is anywhere that time allows, for a carrier that acknowledges nothing', () => {
    const stretch = second()
    stretch.clear(500)
    expect(stretch.settle(stop(600, { acknowledges: false }))).toMatchObject({ low: 0, high: 620 })
  })

  test('is anywhere that time allows when more may have been said', () => {
    const stretch = second()
    stretch.acknowledge(10, 450, undefined)
    expect(stretch.settle(stop(600, { known: 'by-now' }))).toMatchObject({ low: 400, high: 620 })
  })

  test('is anywhere when it may play on', () => {
    const stretch = second()
    stretch.acknowledge(10, 450, undefined)
    expect(stretch.settle(stop(600, { known: 'unknown' }))).toMatchObject({ low: 400, high: 1000 })
  })

  test('is estimated by our own clock without that: what is on its way at the end was so at the beginning', () => {
    const stretch = second()
    stretch.clear(500)
    expect(stretch.settle(stop(900, { acknowledges: false })).estimate).toBe(500)
  })
})

const at = (ms: number, era = 0): CarrierTime => ({ ms, era, grainMs: 20 })

/** A second of audio, sent at 0 or in time, with a checkpoint every 200 ms of which two were acknowledged at 7400. */
function acknowledged(spread: 'at once' | 'live' = 'at once', lateMs = 0): Stretch {
  const stretch = new Stretch()
  for (let n = 0; n < 50; n++) {
    const sentAt = spread === 'at once' ? 0 : n * 20 + (n >= 22 ? lateMs : 0)
    stretch.add(20, sentAt)
    if (n % 10 === 9) stretch.mark((n + 1) / 10, sentAt)
  }
  stretch.acknowledge(2, 430, at(7400))
  return stretch
}

describe("where it stopped, by the carrier's clock", () => {
  test('is where it was when it acknowledged something, and what has passed since, give or take 30 ms', () => {
    const settled = (ms: number) => acknowledged().settle(stop(900, { carrier: at(ms), jitterMs: 20 }))
    expect(settled(7440)).toEqual({ low: 420, estimate: 460, high: 480 })
    expect(settled(7500)).toEqual({ low: 480, estimate: 520, high: 540 })
  })

  test('is farther back by what the audio may have come late, where it was written as it came', () => {
    const settled = (jitterMs: number, lateMs = 0) =>
      acknowledged('live', lateMs).settle(stop(960, { carrier: at(7500), jitterMs }))
    expect(settled(20)).toMatchObject({ low: 460, high: 540 })
    expect(settled(50)).toMatchObject({ low: 430, high: 540 })
    // It was in the bot's hands that this was late.
    expect(settled(20, 15)).toMatchObject({ low: 445, high: 540 })
  })

  test('is not behind what had to wait and came on time', () => {
    const { low } = acknowledged('live', 60).settle(stop(960, { carrier: at(7500), jitterMs: 20 }))
    expect(low).toBe(440)
  })

  test('is not told when something stalled, but no further than the clock allows', () => {
    expect(acknowledged().settle(stop(900, { carrier: at(7500) }))).toMatchObject({ low: 400, high: 540 })
  })

  test('is not told when the next checkpoint should have been acknowledged by then', () => {
    expect(acknowledged().settle(stop(900, { carrier: at(7620), jitterMs: 20 }))).toMatchObject({ low: 400, high: 620 })
    const lossy = { carrier: at(7620), jitterMs: 20, acknowledges: false }
    expect(acknowledged().settle(stop(900, lossy)).low).toBe(600)
  })

  test('is not told by another clock, by none, or when more may have been said', () => {
    const certain = { low: 400, high: 620 }
    expect(acknowledged().settle(stop(900, { carrier: at(7500, 1), jitterMs: 20 }))).toMatchObject(certain)
    expect(acknowledged().settle(stop(900, { jitterMs: 20 }))).toMatchObject(certain)
    const byNow = stop(900, { carrier: at(7500), jitterMs: 20, known: 'by-now' })
    expect(acknowledged().settle(byNow)).toMatchObject({ low: 400, high: 920 })
  })
})

/** A piece of audio: when it is sent, how long it is under way, and whether a checkpoint follows it. */
interface Piece {
  readonly afterMs: number
  readonly ms: number
  readonly delayMs: number
  readonly marked: boolean
}

const pieces = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 150 }),
    ms: fc.integer({ min: 1, max: 120 }),
    delayMs: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 900 })),
    marked: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
)

/** Plays in frames of 20 ms what has arrived, and says so in order; millisecond by millisecond. */
class Carrier {
  playedMs = 0
  readonly #arrivals: { at: number; ms: number; mark?: number }[] = []
  readonly #words: { at: number; say: () => void }[] = []
  #arrivedMs = 0
  #marks: { mark: number; atMs: number }[] = []

  send(now: number, delayMs: number, what: { ms: number; mark?: number }): void {
    this.#arrivals.push({ at: Math.max(now + delayMs, this.#arrivals.at(-1)?.at ?? 0), ...what })
  }

  say(now: number, delayMs: number, say: () => void): void {
    this.#words.push({ at: Math.max(now + delayMs, this.#words.at(-1)?.at ?? 0), say })
  }

  arrive(now: number): void {
    for (let first = this.#arrivals[0]; first && first.at <= now; first = this.#arrivals[0]) {
      this.#arrivals.shift()
      this.#arrivedMs += first.ms
      if (first.mark !== undefined) this.#marks.push({ mark: first.mark, atMs: this.#arrivedMs })
    }
  }

  tick(acknowledge: (mark: number) => void): void {
    for (let first = this.#marks[0]; first && first.atMs <= this.playedMs; first = this.#marks[0]) {
      this.#marks.shift()
      acknowledge(first.mark)
    }
    this.playedMs = Math.min(this.#arrivedMs, this.playedMs + 20)
  }

  deliver(now: number): void {
    for (let first = this.#words[0]; first && first.at <= now; first = this.#words[0]) {
      this.#words.shift()
      first.say()
    }
  }
}

const holds = ({ low, estimate, high }: { low: number; estimate: number; high: number }, truth: number) => {
  expect(low).toBeLessThanOrEqual(truth)
  expect(high).toBeGreaterThanOrEqual(truth)
  expect(estimate).toBeGreaterThanOrEqual(low)
  expect(estimate).toBeLessThanOrEqual(high)
}

test('the truth lies within the bounds at every moment, whatever is late, by how much, in either direction', () => {
  const run = (sent: readonly Piece[], backMs: readonly number[], phaseMs: number, clearDelayMs: number) => {
    const stretch = new Stretch()
    const carrier = new Carrier()
    const dueAt: number[] = []
    for (const { afterMs } of sent) dueAt.push((dueAt.at(-1) ?? 0) + afterMs)
    const clearAt = dueAt[dueAt.length - 1] ?? 0
    let [stoppedAt, said] = [Number.POSITIVE_INFINITY, 0]
    const end = { known: false }
    const late = () => backMs[said++ % backMs.length] ?? 0
    for (let now = 0; !end.known; now++) {
      sent.forEach(({ ms, delayMs, marked }, mark) => {
        if (dueAt[mark] !== now) return
        stretch.add(ms, now)
        carrier.send(now, delayMs, marked ? { ms, mark } : { ms })
        if (marked) stretch.mark(mark, now)
      })
      if (now === clearAt) {
        stretch.clear(now)
        const arrivesAt = now + Math.max(clearDelayMs, ...sent.map(({ delayMs }, n) => (dueAt[n] ?? 0) + delayMs - now))
        stoppedAt = arrivesAt
      }
      carrier.arrive(now)
      if (now < stoppedAt && now % 20 === phaseMs) {
        carrier.tick((mark) => carrier.say(now, late(), () => stretch.acknowledge(mark, now, undefined)))
      }
      if (now === stoppedAt) {
        carrier.say(now, late(), () => {
          end.known = true
        })
      }
      carrier.deliver(now)
      holds(stretch.bounds(now), carrier.playedMs)
      // Whether it acknowledges at all is not known here.
      if (end.known)
        holds(stretch.settle(stop(now, { acknowledges: sent.every(({ marked }) => marked) })), carrier.playedMs)
    }
  }
  fc.assert(
    fc.property(
      pieces,
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 10 }),
      fc.integer({ min: 0, max: 19 }),
      fc.integer({ min: 0, max: 600 }),
      run,
    ),
    { numRuns: 300 },
  )
})
