import { beforeEach, describe, expect, test } from 'vitest'
import { bytesOf, mulaw8k } from '../audio/format.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import type { UtteranceReport } from '../sdk/protocol.ts'
import { Playout } from './playout.ts'

const seconds = (count: number, fill = 1) => new Uint8Array(bytesOf(mulaw8k, count * 1000)).fill(fill)

interface Sent {
  readonly event: string
  readonly name?: string
  readonly media?: { readonly payload: string }
}

let clock: ManualClock
let sent: (Sent & { at: number })[]
let reports: UtteranceReport[]
let overflowMs: number
let playout: Playout

beforeEach(() => {
  clock = new ManualClock()
  sent = []
  reports = []
  overflowMs = 0
  playout = new Playout({
    format: mulaw8k,
    streamId: 's',
    clock,
    send: (text) => sent.push({ ...(JSON.parse(text) as Sent), at: clock.monotonic() }),
    report: (report) => reports.push(report),
    onOverflow: (ms) => {
      overflowMs += ms
    },
  })
})

const audioMs = () => audio().length / 8
const audio = () => Buffer.concat(sent.map(({ media }) => Buffer.from(media?.payload ?? '', 'base64')))
const finished = (utterance: number) =>
  reports.find((report) => report.utterance === utterance && report.finished)?.finished
const lastCheckpoint = () => sent.findLast(({ event }) => event === 'checkpoint')?.name ?? ''

describe('what is written', () => {
  test('leaves at once, as it is', () => {
    playout.write(Uint8Array.of(1, 2, 3))
    expect([...audio()]).toEqual([1, 2, 3])
    expect(sent).toHaveLength(1)
  })

  test('is cut into messages that the carrier takes', () => {
    playout.write(seconds(10))
    expect(sent.length).toBeGreaterThan(1)
    for (const { media } of sent) expect(media?.payload.length).toBeLessThanOrEqual(16 * 1024)
    expect(audioMs()).toBe(10_000)
  })

  test('waits only beyond 30 s ahead of the caller, then goes on in order', () => {
    for (let n = 0; n < 50; n++) playout.write(seconds(1, n))
    expect(audioMs()).toBe(30_000)
    clock.advance(10_000)
    expect(audioMs()).toBeGreaterThanOrEqual(39_000)
    clock.advance(20_000)
    expect(audioMs()).toBe(50_000)
    expect(audio().equals(Buffer.concat(Array.from({ length: 50 }, (_, n) => seconds(1, n))))).toBe(true)
  })

  test('is dropped, and said so, when it is more than five minutes ahead', () => {
    for (let n = 0; n < 400; n++) playout.write(seconds(1))
    expect(overflowMs).toBe(70_000)
  })
})

describe('what is played', () => {
  test('leaves at most 200 ms ahead, on an absolute schedule', () => {
    playout.play(1, seconds(5))
    playout.playEnd(1)
    expect(audioMs()).toBe(200)
    clock.advance(1000)
    expect(audioMs()).toBe(1200)
    // A late wake-up must not shorten the audio or move the schedule.
    clock.advance(3000)
    expect(audioMs()).toBe(4200)
    clock.advance(1000)
    expect(audioMs()).toBe(5000)
  })

  test('leaves in frames of 20 ms', () => {
    playout.play(1, seconds(0.1))
    expect(sent.map(({ media }) => Buffer.from(media?.payload ?? '', 'base64').length)).toEqual([
      160, 160, 160, 160, 160,
    ])
  })

  test('goes on after a source that was late, without losing anything', () => {
    playout.play(1, seconds(0.2, 1))
    clock.advance(5000)
    playout.play(1, seconds(0.4, 2))
    clock.advance(1000)
    expect(audioMs()).toBe(600)
  })

  test('is reported as heard when the carrier says so', () => {
    playout.play(1, seconds(1))
    playout.playEnd(1)
    clock.advance(1000)
    expect(finished(1)).toBeUndefined()
    expect(playout.acknowledge(lastCheckpoint())).toBe(true)
    expect(finished(1)).toEqual({ heardMs: 1000 })
  })

  test('is reported as heard when the carrier never says so', () => {
    playout.play(1, seconds(1))
    playout.playEnd(1)
    clock.advance(4000)
    expect(finished(1)).toEqual({ heardMs: 1000 })
  })

  test('reports on the way how much was sent', () => {
    playout.play(1, seconds(1))
    clock.advance(2000)
    expect(reports.map(({ sentMs }) => sentMs)).toEqual([200, 400, 600, 800, 1000])
  })

  test('comes one after another', () => {
    playout.play(1, seconds(0.5, 1))
    playout.play(2, seconds(0.5, 2))
    playout.playEnd(1)
    clock.advance(2000)
    expect(audio().equals(Buffer.concat([seconds(0.5, 1), seconds(0.5, 2)]))).toBe(true)
  })
})

describe('cutting', () => {
  test('stops an utterance: the carrier forgets it, nothing more of it leaves, and what was heard is told', () => {
    playout.play(1, seconds(5))
    clock.advance(1000)
    playout.stop(1)
    expect(sent.at(-1)?.event).toBe('clearAudio')
    const before = audioMs()
    clock.advance(5000)
    expect(audioMs()).toBe(before)
    expect(finished(1)).toEqual({ heardMs: 1000, cutBy: 'bot' })
  })

  test('sends again what waits behind a stopped utterance and was taken back with it', () => {
    playout.play(1, seconds(0.1, 1))
    playout.playEnd(1)
    playout.play(2, seconds(0.3, 2))
    playout.playEnd(2)
    clock.advance(50)
    playout.stop(1)
    clock.advance(300)
    const cleared = sent.findIndex(({ event }) => event === 'clearAudio')
    const again = sent.slice(cleared)
    const heard = Buffer.concat(again.map(({ media }) => Buffer.from(media?.payload ?? '', 'base64')))
    expect(heard.equals(Buffer.from(seconds(0.3, 2)))).toBe(true)
    expect(again.at(-1)?.event).toBe('checkpoint')
    playout.acknowledge(lastCheckpoint())
    expect(finished(1)).toEqual({ heardMs: 50, cutBy: 'bot' })
    expect(finished(2)).toEqual({ heardMs: 300 })
  })

  test('does not bother the carrier with an utterance that has been heard already', () => {
    playout.play(1, seconds(0.1))
    playout.playEnd(1)
    clock.advance(500)
    playout.stop(1)
    expect(sent.some(({ event }) => event === 'clearAudio')).toBe(false)
    expect(finished(1)).toEqual({ heardMs: 100, cutBy: 'bot' })
  })

  test('clears everything, with the checkpoints that wait', () => {
    playout.write(seconds(1))
    playout.play(1, seconds(1))
    playout.play(2, seconds(1))
    playout.checkpoint('never')
    playout.clear()
    clock.advance(10_000)
    expect(sent.at(-1)?.event).toBe('clearAudio')
    expect(finished(1)).toEqual({ heardMs: 0, cutBy: 'bot' })
    expect(finished(2)).toEqual({ heardMs: 0, cutBy: 'bot' })
  })

  test('plays on after clearing, from then', () => {
    playout.write(seconds(20))
    playout.clear()
    playout.play(1, seconds(1))
    expect(audioMs()).toBe(20_200)
  })

  test('ends with the stream: what was not heard is told, and no timer is left', () => {
    playout.play(1, seconds(2))
    playout.playEnd(1)
    playout.play(2, seconds(2))
    clock.advance(500)
    playout.end()
    expect(finished(1)).toEqual({ heardMs: 500, cutBy: 'hang-up' })
    expect(finished(2)).toEqual({ heardMs: 0, cutBy: 'hang-up' })
    expect(clock.pending).toBe(0)
  })
})

describe('checkpoints', () => {
  test("a bot's own goes out behind what was played before it", () => {
    playout.play(1, seconds(0.5))
    playout.playEnd(1)
    playout.checkpoint('mine')
    expect(sent.some(({ name }) => name === 'mine')).toBe(false)
    clock.advance(500)
    expect(sent.at(-1)).toMatchObject({ event: 'checkpoint', name: 'mine', streamId: 's' })
    expect(playout.acknowledge('mine')).toBe(false)
  })
})

describe('waiting for quiet', () => {
  test('is over at once when there is nothing to hear', () => {
    let quiet = false
    playout.whenQuiet(() => {
      quiet = true
    })
    expect(quiet).toBe(true)
  })

  test('lasts until what was written and played has been heard', () => {
    let quiet = false
    playout.write(seconds(1))
    playout.play(1, seconds(1))
    playout.playEnd(1)
    playout.whenQuiet(() => {
      quiet = true
    })
    clock.advance(1990)
    playout.acknowledge(lastCheckpoint())
    expect(quiet).toBe(false)
    clock.advance(20)
    expect(quiet).toBe(true)
    expect(clock.pending).toBe(0)
  })
})
