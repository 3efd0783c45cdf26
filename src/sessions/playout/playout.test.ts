import { beforeEach, describe, expect, test } from 'vitest'
import { bytesOf, mulaw8k } from '../../audio/format.ts'
import { ManualClock } from '../../lib/manual-clock.ts'
import { encodePlayAudio } from '../../plivo/stream-codec.ts'
import type { UtteranceReport } from '../../sdk/protocol.ts'
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
    clock,
    report: (report) => reports.push(report),
    onOverflow: (ms) => {
      overflowMs += ms
    },
  })
  playout.attach({ streamId: 's', send })
})

let texts: string[] = []
const send = (text: string) => {
  texts.push(text)
  if (text.startsWith('{')) sent.push({ ...(JSON.parse(text) as Sent), at: clock.monotonic() })
}
const passed = (ms: number) =>
  encodePlayAudio({ encoding: 'audio/x-mulaw', sampleRate: 8000 }, new Uint8Array(bytesOf(mulaw8k, ms)))

const audioMs = () => audio().length / 8
const audio = () => Buffer.concat(sent.map(({ media }) => Buffer.from(media?.payload ?? '', 'base64')))
const finished = (utterance: number) => {
  const last = reports.filter((report) => report.utterance === utterance && report.finished)
  expect(last.length).toBeLessThanOrEqual(1)
  return last[0] && { heardMs: last[0].heardMs, ...last[0].finished }
}
const uncertaintyMs = (utterance: number) => reports.findLast((report) => report.utterance === utterance)?.uncertaintyMs
const acknowledge = (name: string) => playout.receive({ event: 'playedStream', name })
const cleared = () => playout.receive({ event: 'clearedAudio' })
const messages = () => sent.filter(({ event }) => event === 'playAudio')
const ours = () => sent.filter(({ name }) => name?.startsWith('offhook-'))
const lastCheckpoint = () => sent.findLast(({ event }) => event === 'checkpoint')?.name ?? ''

describe('what is written', () => {
  test('leaves at once, as it is', () => {
    playout.write(1, Uint8Array.of(1, 2, 3))
    expect([...audio()]).toEqual([1, 2, 3])
    expect(messages()).toHaveLength(1)
  })

  test('is cut into messages that the carrier takes', () => {
    playout.write(1, seconds(10))
    expect(messages().length).toBeGreaterThan(1)
    for (const { media } of messages()) expect(media?.payload.length).toBeLessThanOrEqual(16 * 1024)
    expect(audioMs()).toBe(10_000)
  })

  test('waits only beyond 30 s ahead of the caller, then goes on in order', () => {
    for (let n = 0; n < 50; n++) playout.write(1, seconds(1, n))
    expect(audioMs()).toBe(30_000)
    clock.advance(10_000)
    expect(audioMs()).toBeGreaterThanOrEqual(39_000)
    clock.advance(20_000)
    expect(audioMs()).toBe(50_000)
    expect(audio().equals(Buffer.concat(Array.from({ length: 50 }, (_, n) => seconds(1, n))))).toBe(true)
  })

  test('is dropped, and said so, when it is more than five minutes ahead', () => {
    for (let n = 0; n < 400; n++) playout.write(1, seconds(1))
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
    expect(messages().map(({ media }) => Buffer.from(media?.payload ?? '', 'base64').length)).toEqual([
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
    expect(acknowledge(lastCheckpoint())).toBe(true)
    expect(finished(1)).toEqual({ heardMs: 1000 })
    expect(uncertaintyMs(1)).toBe(0)
  })

  test('is reported as heard when the carrier never says so', () => {
    playout.play(1, seconds(1))
    playout.playEnd(1)
    clock.advance(2999)
    expect(finished(1)).toBeUndefined()
    clock.advance(1001)
    expect(finished(1)).toEqual({ heardMs: 1000 })
    expect(uncertaintyMs(1)).toBe(1000)
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
    playout.stop(1, 'bot')
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
    playout.stop(1, 'bot')
    clock.advance(300)
    const cleared = sent.findIndex(({ event }) => event === 'clearAudio')
    const again = sent.slice(cleared)
    const heard = Buffer.concat(again.map(({ media }) => Buffer.from(media?.payload ?? '', 'base64')))
    expect(heard.equals(Buffer.from(seconds(0.3, 2)))).toBe(true)
    expect(again.at(-1)?.event).toBe('checkpoint')
    acknowledge(lastCheckpoint())
    expect(finished(1)).toMatchObject({ cutBy: 'bot' })
    expect(finished(2)).toEqual({ heardMs: 300 })
  })

  test("what was cut for another's sake and then heard to its end was heard whole, with a doubt about the cut", () => {
    playout.write(1, seconds(0.15))
    playout.write(2, seconds(0.1))
    clock.advance(60)
    acknowledge(ours()[0]?.name ?? '')
    playout.stop(2, 'bot')
    cleared()
    playout.playEnd(1)
    acknowledge(lastCheckpoint())
    expect(finished(1)).toEqual({ heardMs: 150 })
    expect(uncertaintyMs(1)).toBeGreaterThan(0)
    expect(uncertaintyMs(1)).toBeLessThanOrEqual(60)
  })

  test('does not bother the carrier with an utterance that has been heard already', () => {
    playout.play(1, seconds(0.1))
    playout.playEnd(1)
    clock.advance(500)
    playout.stop(1, 'bot')
    expect(sent.some(({ event }) => event === 'clearAudio')).toBe(false)
    expect(finished(1)).toBeUndefined()
    acknowledge(lastCheckpoint())
    expect(finished(1)).toEqual({ heardMs: 100 })
  })

  test('asks about the last of an utterance that goes on and has been heard so far', () => {
    playout.write(1, seconds(0.07))
    for (const { name } of ours()) acknowledge(name ?? '')
    clock.advance(500)
    const before = ours().length
    playout.stop(1, 'bot')
    expect(ours()).toHaveLength(before + 1)
    acknowledge(lastCheckpoint())
    expect(finished(1)).toEqual({ heardMs: 70, cutBy: 'bot' })
    expect(uncertaintyMs(1)).toBe(0)
  })

  test('does not believe the carrier that it has played what it was never sent', () => {
    playout.play(1, seconds(0.1))
    playout.playEnd(1)
    acknowledge('offhook-999')
    expect(finished(1)).toBeUndefined()
  })

  test('says who stopped it', () => {
    playout.play(1, seconds(5))
    playout.stop(1, 'speech')
    cleared()
    expect(finished(1)).toMatchObject({ cutBy: 'speech' })
  })

  test('tells what was heard when the carrier has cleared, and no later than half a second after', () => {
    playout.play(1, seconds(5))
    clock.advance(1000)
    acknowledge(ours().findLast(({ at }) => at <= 800)?.name ?? '')
    playout.stop(1, 'bot')
    clock.advance(499)
    expect(finished(1)).toBeUndefined()
    clock.advance(1)
    expect(finished(1)).toEqual({ heardMs: 1000, cutBy: 'bot' })
    // The carrier may have heard of it as late as the audio lasted.
    expect(uncertaintyMs(1)).toBe(200)
  })

  test('a clear that is answered leaves 40 ms of doubt at most, where the carrier tells the time', () => {
    playout.play(1, seconds(5))
    for (let playedMs = 20; playedMs <= 760; playedMs += 20) {
      clock.advance(20)
      playout.receive({ event: 'media', media: { track: 'inbound', timestamp: playedMs, payload: '' } })
      let behindMs = 0
      for (const { media, name } of sent) {
        behindMs += Buffer.from(media?.payload ?? '', 'base64').length / 8
        if (name !== undefined && behindMs === playedMs) acknowledge(name)
      }
    }
    playout.clear()
    expect(cleared()).toBe(true)
    // The frame that had just begun counts as heard.
    expect(finished(1)).toEqual({ heardMs: 780, cutBy: 'bot' })
    expect(uncertaintyMs(1)).toBeLessThanOrEqual(40)
  })

  test('a clear that is answered leaves the distance of two checkpoints in doubt, where the carrier tells no time', () => {
    playout.play(1, seconds(5))
    clock.advance(1000)
    const reached = ours().filter(({ at }) => at <= 780)
    for (const { name } of reached) acknowledge(name ?? '')
    playout.clear()
    expect(cleared()).toBe(true)
    expect(finished(1)).toMatchObject({ cutBy: 'bot' })
    expect(uncertaintyMs(1)).toBeGreaterThan(40)
    expect(uncertaintyMs(1)).toBeLessThanOrEqual(200)
  })

  test('never tells of an utterance twice', () => {
    playout.play(1, seconds(0.1))
    playout.playEnd(1)
    playout.stop(1, 'bot')
    cleared()
    playout.stop(1, 'bot')
    playout.clear()
    clock.advance(5000)
    playout.end()
    expect(reports.filter((report) => report.finished)).toHaveLength(1)
  })

  test('clears everything, with the checkpoints that wait', () => {
    playout.write(1, seconds(1))
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
    playout.write(1, seconds(20))
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
    expect(acknowledge('mine')).toBe(false)
  })
})

describe("a bot's checkpoint", () => {
  test('stands behind audio that is held as well', () => {
    for (let n = 0; n < 40; n++) playout.write(1, seconds(1))
    playout.checkpoint('mine')
    expect(sent.some(({ name }) => name === 'mine')).toBe(false)
    clock.advance(12_000)
    expect(audioMs()).toBe(40_000)
    expect(sent.at(-1)?.name).toBe('mine')
  })

  test("that was taken back for another's sake goes out again, unless it was acknowledged", () => {
    playout.write(1, seconds(0.1, 1))
    playout.checkpoint('early')
    playout.write(2, seconds(0.1, 2))
    playout.checkpoint('late')
    clock.advance(110)
    acknowledge('early')
    playout.stop(2, 'bot')
    const again = sent.slice(sent.findIndex(({ event }) => event === 'clearAudio'))
    expect(again.map(({ name }) => name)).toContain('late')
    expect(again.map(({ name }) => name)).not.toContain('early')
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

  test('lasts until the carrier says that what was written and played has been heard', () => {
    let quiet = false
    playout.write(1, seconds(1))
    playout.play(2, seconds(1))
    playout.playEnd(2)
    playout.whenQuiet(() => {
      quiet = true
    })
    clock.advance(2050)
    expect(quiet).toBe(false)
    acknowledge(lastCheckpoint())
    expect(quiet).toBe(true)
    expect(clock.pending).toBe(0)
  })

  test('does not last longer than two seconds beyond the audio where the carrier says nothing', () => {
    let quiet = false
    playout.write(1, seconds(1))
    playout.whenQuiet(() => {
      quiet = true
    })
    clock.advance(2990)
    expect(quiet).toBe(false)
    clock.advance(20)
    expect(quiet).toBe(true)
  })

  test("lasts for audio in the carrier's words, too", () => {
    let quiet = false
    playout.passOn(passed(60))
    playout.whenQuiet(() => {
      quiet = true
    })
    expect(sent.at(-1)?.event).toBe('checkpoint')
    expect(quiet).toBe(false)
    acknowledge(lastCheckpoint())
    expect(quiet).toBe(true)
  })

  test('is told in milliseconds', () => {
    clock.advance(300)
    expect(playout.quietMs).toBe(300)
    playout.write(0, seconds(1))
    expect(playout.quietMs).toBe(0)
    clock.advance(1700)
    expect(playout.quietMs).toBe(700)
    playout.write(0, seconds(1))
    clock.advance(500)
    playout.clear()
    clock.advance(100)
    expect(playout.quietMs).toBe(100)
    playout.write(0, seconds(1))
    clock.advance(200)
    playout.detach()
    clock.advance(50)
    expect(playout.quietMs).toBe(50)
  })
})

describe('our own checkpoints', () => {
  test('stand behind the first frame and then at most 200 ms of audio apart', () => {
    playout.play(1, seconds(1))
    clock.advance(2000)
    let sinceMs = 0
    const distances: number[] = []
    for (const { event, media } of sent) {
      if (event === 'playAudio') sinceMs += Buffer.from(media?.payload ?? '', 'base64').length / 8
      else distances.push(sinceMs)
      if (event === 'checkpoint') sinceMs = 0
    }
    expect(distances[0]).toBe(20)
    expect(Math.max(...distances)).toBe(200)
  })

  test('stand no farther apart when the audio comes in odd pieces', () => {
    for (const ms of [130, 130, 139, 5, 370, 1]) playout.write(1, seconds(ms / 1000))
    let sinceMs = 0
    for (const { event, media } of sent) {
      sinceMs = event === 'checkpoint' ? 0 : sinceMs + Buffer.from(media?.payload ?? '', 'base64').length / 8
      expect(sinceMs).toBeLessThanOrEqual(200)
    }
  })

  test('stand behind the first frame after every gap in the audio', () => {
    playout.write(1, seconds(0.1))
    clock.advance(110)
    const before = ours().length
    playout.write(1, seconds(0.1))
    expect(ours()).toHaveLength(before + 1)
    clock.advance(100)
    playout.write(1, seconds(0.02))
    expect(ours()).toHaveLength(before + 1)
  })

  test('have names of their own, in all streams of a call', () => {
    playout.write(1, seconds(1))
    playout.detach()
    playout.attach({ streamId: 't', send })
    playout.write(1, seconds(1))
    expect(new Set(ours().map(({ name }) => name)).size).toBe(ours().length)
  })

  test('and what answers them are no business of the bot', () => {
    playout.write(1, seconds(1))
    expect(acknowledge(lastCheckpoint())).toBe(true)
    expect(acknowledge('offhook-999')).toBe(true)
    expect(cleared()).toBe(false)
    playout.clear()
    playout.passOn('{"event":"clearAudio"}')
    expect(cleared()).toBe(true)
    expect(cleared()).toBe(false)
  })
})

describe('streams that come and go', () => {
  test('what is played and written before the first stream waits for it', () => {
    playout = new Playout({ format: mulaw8k, clock, report: (report) => reports.push(report), onOverflow: () => {} })
    playout.write(1, seconds(0.1, 1))
    playout.playEnd(1)
    playout.play(2, seconds(0.1, 2))
    playout.checkpoint('mine')
    playout.playEnd(2)
    expect(sent).toEqual([])
    playout.attach({ streamId: 't', send })
    expect(audio().equals(Buffer.concat([seconds(0.1, 1), seconds(0.1, 2)]))).toBe(true)
    expect(sent.at(-1)).toMatchObject({ name: 'mine', streamId: 't' })
  })

  test('what was sent on one is not sent again on the next, and what was not goes on there', () => {
    playout.play(1, seconds(1))
    playout.playEnd(1)
    clock.advance(100)
    playout.detach()
    expect(clock.pending).toBe(0)
    const before = audioMs()
    expect(before).toBe(300)
    clock.advance(5000)
    expect(audioMs()).toBe(before)
    playout.attach({ streamId: 't', send })
    clock.advance(1000)
    expect(audioMs()).toBe(1000)
    acknowledge(lastCheckpoint())
    const [entry] = playout.ledger
    expect(finished(1)).toBeDefined()
    expect(entry).toMatchObject({ utterance: 1, kind: 'play', totalMs: 1000 })
    // Of the first 300 ms nobody knows how much was heard before the stream was left.
    expect(entry?.heardMs).toBeGreaterThanOrEqual(800)
    expect((entry?.heardMs ?? 0) - (entry?.uncertaintyMs ?? 0)).toBeLessThanOrEqual(700)
  })

  test('an utterance that had been sent whole ends with its stream', () => {
    playout.play(1, seconds(0.1))
    playout.playEnd(1)
    clock.advance(50)
    playout.detach()
    expect(finished(1)).toMatchObject({ cutBy: 'hang-up' })
  })

  test('what was written ends, too, when its end comes between two streams', () => {
    playout.write(1, seconds(0.1))
    playout.detach()
    playout.playEnd(1)
    playout.attach({ streamId: 't', send })
    expect(finished(1)).toBeUndefined()
    acknowledge(lastCheckpoint())
    expect(finished(1)).toBeDefined()
  })

  test('waiting for quiet is over with the stream when nothing is left to be sent, and not when something is', () => {
    let quiet = 0
    playout.write(1, seconds(1))
    playout.whenQuiet(() => quiet++)
    playout.detach()
    expect(quiet).toBe(1)
    playout.attach({ streamId: 't', send })
    playout.play(2, seconds(5))
    playout.whenQuiet(() => quiet++)
    playout.detach()
    clock.advance(10_000)
    expect(quiet).toBe(1)
    expect(clock.pending).toBe(0)
  })

  test("the node's own audio does not wait for a stream", () => {
    playout.detach()
    playout.write(0, seconds(1))
    playout.attach({ streamId: 't', send })
    expect(sent).toEqual([])
  })
})

describe("messages in the carrier's own words", () => {
  test('go out at once, byte for byte, with our checkpoints between them', () => {
    const raws = Array.from({ length: 25 }, () => passed(20))
    raws.splice(7, 0, '{ "event" : "checkpoint", "streamId": "s", "name": "theirs" }', 'no JSON')
    texts = []
    for (const raw of raws) playout.passOn(raw)
    expect(texts.filter((text) => !text.includes('offhook-'))).toEqual(raws)
    expect(texts.filter((text) => text.includes('offhook-'))).toHaveLength(2)
    expect(acknowledge('theirs')).toBe(false)
  })

  test('are one entry of the ledger until 500 ms of silence, or a clear', () => {
    for (let n = 0; n < 10; n++) playout.passOn(passed(20))
    clock.advance(200 + 400)
    playout.passOn(passed(20))
    clock.advance(2000)
    acknowledge(lastCheckpoint())
    playout.passOn(passed(1000))
    playout.passOn('{"event":"clearAudio","streamId":"s"}')
    cleared()
    playout.passOn(passed(60))
    expect(playout.ledger).toMatchObject([
      { kind: 'passed', utterance: 0, totalMs: 220, heardMs: 220, uncertaintyMs: 0 },
      { kind: 'passed', totalMs: 1000, cutBy: 'bot' },
      { kind: 'passed', totalMs: 60 },
    ])
  })

  test('that clear end what was sent whole, and let the rest go on', () => {
    playout.write(1, seconds(1))
    playout.playEnd(1)
    playout.write(2, seconds(1))
    playout.passOn('{"event":"clearAudio"}')
    cleared()
    expect(finished(1)).toMatchObject({ cutBy: 'bot' })
    expect(finished(2)).toBeUndefined()
  })

  test('are not certain to be played beyond what the carrier holds', () => {
    for (let n = 0; n < 50; n++) playout.passOn(passed(1000))
    acknowledge(lastCheckpoint())
    const [entry] = playout.ledger
    expect((entry?.heardMs ?? 0) - (entry?.uncertaintyMs ?? 0)).toBeLessThanOrEqual(40_000)
  })
})

describe('the ledger', () => {
  test('has an entry for each utterance, and none for what the node says', () => {
    playout.write(0, seconds(1))
    playout.write(7, seconds(0.1))
    playout.playEnd(7)
    expect(playout.ledger).toMatchObject([
      { utterance: 7, kind: 'write', startedAtMs: clock.now(), totalMs: 100, heardMs: 0 },
    ])
    acknowledge(lastCheckpoint())
    const [entry] = playout.ledger
    expect(entry).toMatchObject({ heardMs: 100, uncertaintyMs: 0 })
    expect(entry).not.toHaveProperty('cutBy')
    playout.end()
    expect(playout.ledger).toEqual([entry])
  })

  test('keeps the latest thousand entries', () => {
    for (let id = 1; id <= 1010; id++) {
      playout.play(id, seconds(0.02))
      playout.playEnd(id)
      clock.advance(20)
      acknowledge(lastCheckpoint())
    }
    expect(playout.ledger).toHaveLength(1000)
    expect(playout.ledger[0]?.utterance).toBe(11)
  })
})
