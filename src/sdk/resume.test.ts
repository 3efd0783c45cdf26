import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { settled, SdkCall } from '../../test/support/sdk-call.ts'
import { l16At8k } from '../audio/format.ts'
import { encodeL16 } from '../audio/l16.ts'
import { playWindowMs } from './protocol.ts'

const rate = { sampleRateHz: 8000, interruptible: true } as const
/** Samples that are all different, so that a lost or repeated one shows. */
const numbered = (ms: number, from = 0) => Int16Array.from({ length: 8 * ms }, (_, i) => ((from + i) % 65_000) - 32_500)
const l16 = { format: l16At8k }

/** A source that gives 100 ms whenever it is told to. */
function tap() {
  const asked: PromiseWithResolvers<void>[] = []
  const state = { given: 0, closed: false }
  async function* source() {
    try {
      for (;;) {
        const next = Promise.withResolvers<void>()
        asked.push(next)
        await next.promise
        yield numbered(100, 800 * state.given++)
      }
    } finally {
      state.closed = true
    }
  }
  const drip = async () => {
    asked.at(-1)?.resolve()
    await settled()
  }
  return { source: source(), drip, state }
}

describe('resume', () => {
  it('plays what was not heard, to the sample, and then the rest of the source', async () => {
    const heards = fc.integer({ min: 0, max: playWindowMs * 8 })
    await fc.assert(
      fc.asyncProperty(heards, fc.integer({ min: 100, max: 9000 }), async (heardSamples, totalMs) => {
        const bench = new SdkCall(l16)
        const utterance = bench.call.play(numbered(totalMs), rate)
        await settled()
        const handed = bench.audioOf(1).length / 2
        const heard = Math.min(heardSamples, handed)
        bench.report(1, heard / 16)
        utterance.stop()
        const resumed = utterance.resume()
        bench.finish(1, heard / 8, 'bot')
        for (let round = 0; round < 5; round++) {
          await settled()
          bench.report(2, 0, { sentMs: resumed.totalMs })
        }
        const whole = Buffer.concat([bench.audioOf(1).subarray(0, 2 * heard), bench.audioOf(2)])
        expect(whole.equals(encodeL16(numbered(totalMs)))).toBe(true)
        expect(bench.story.at(-1)).toBe('play-end 2')
      }),
      { numRuns: 25 },
    )
  })

  it('goes on reading a source that was waited for when the utterance was cut', async () => {
    const bench = new SdkCall(l16)
    const { source, drip, state } = tap()
    const utterance = bench.call.play(source, rate)
    await settled()
    await drip()
    await drip()
    bench.press('1')
    bench.finish(1, 150, 'key')
    expect((await utterance).heardMs).toBe(150)
    await drip()
    const resumed = utterance.resume()
    await settled()
    await drip()
    const whole = Buffer.concat([bench.audioOf(1).subarray(0, 2 * 8 * 150), bench.audioOf(2)])
    expect(whole.equals(encodeL16(numbered(400)))).toBe(true)
    expect(resumed.playing).toBe(true)
    expect(state.closed).toBe(false)
  })

  it('can be cut and resumed in its turn', async () => {
    const bench = new SdkCall(l16)
    const first = bench.call.play(numbered(1000), rate)
    await settled()
    bench.press('1')
    bench.finish(1, 200, 'key')
    const second = first.resume()
    await settled()
    bench.press('1')
    expect(second.by).toBe('key')
    bench.finish(2, 300, 'key')
    second.resume()
    await settled()
    expect(bench.audioOf(3).equals(encodeL16(numbered(1000).subarray(8 * 500)))).toBe(true)
  })

  it('can be cut and resumed again before the node has said what was heard of the first', async () => {
    const bench = new SdkCall(l16)
    const first = bench.call.play([numbered(500), { text: 'later' }, numbered(500, 4000)], rate)
    await settled()
    bench.press('1')
    const second = first.resume()
    second.stop()
    const third = second.resume()
    await settled()
    expect(bench.story).toEqual(['play 1', 'play-end 1', 'stop 1 by key'])
    bench.finish(1, 200, 'key')
    await settled()
    expect(await second).toMatchObject({ heardMs: 0, totalMs: 0, interrupted: true, by: 'bot' })
    expect(bench.audioOf(3).equals(encodeL16(numbered(1000).subarray(8 * 200)))).toBe(true)
    expect(third.marks).toEqual([{ atMs: 300, text: 'later' }])
  })

  it('stands in line behind what waits already', async () => {
    const bench = new SdkCall(l16)
    const first = bench.call.play(numbered(playWindowMs + 1000), rate)
    bench.call.play(numbered(20), { sampleRateHz: 8000 })
    await settled()
    first.stop()
    first.resume()
    bench.finish(1, 1000, 'bot')
    await settled()
    expect(bench.story.slice(0, 5)).toEqual(['play 1', 'stop 1 by bot', 'play 2', 'play-end 2', 'play 3'])
  })

  it('keeps the words: those cut off come again, and those still to come have the right time', async () => {
    const bench = new SdkCall(l16)
    const source = [
      { text: 'one ' },
      numbered(400),
      { text: 'two ' },
      numbered(400, 3200),
      { text: 'three' },
      numbered(400),
    ]
    const first = bench.call.play(source, rate)
    await settled()
    expect(first.marks.map(({ atMs }) => atMs)).toEqual([0, 400, 800])
    bench.press('1')
    bench.finish(1, 500, 'key')
    expect((await first).textHeard).toBe('one ')
    const second = first.resume()
    await settled()
    expect(second.marks).toEqual([
      { atMs: 0, text: 'two ' },
      { atMs: 300, text: 'three' },
    ])
    bench.finish(2, 700)
    expect((await second).textHeard).toBe('two three')
  })

  it('gives words that come later their time in the utterance in which they are heard', async () => {
    const bench = new SdkCall(l16)
    const source = [numbered(playWindowMs + 500), { text: 'late' }, numbered(1000)]
    const first = bench.call.play(source, { ...rate, marks: [{ atMs: 0, text: 'early ' }] })
    await settled()
    bench.press('1')
    bench.finish(1, 1500, 'key')
    const second = first.resume()
    await settled()
    expect(second.marks).toEqual([
      { atMs: 0, text: 'early ' },
      { atMs: playWindowMs - 1000, text: 'late' },
    ])
    bench.press('1')
    bench.finish(2, 500, 'key')
    const third = second.resume()
    await settled()
    expect(third.marks.at(-1)).toEqual({ atMs: playWindowMs - 1500, text: 'late' })
  })

  it('of what the node has not heard of plays all of it', async () => {
    const bench = new SdkCall(l16)
    bench.call.play(numbered(playWindowMs + 1000), rate)
    const second = bench.call.play(numbered(100), rate)
    await settled()
    second.stop()
    expect(await second).toMatchObject({ heardMs: 0, interrupted: true })
    second.resume()
    bench.finish(1, playWindowMs + 1000)
    await settled()
    expect(bench.audioOf(3).equals(encodeL16(numbered(100)))).toBe(true)
  })
})

it('is possible for what was made interruptible while it played', async () => {
  const bench = new SdkCall(l16)
  const utterance = bench.call.play(numbered(1000), { sampleRateHz: 8000 })
  await settled()
  bench.call.interruptible(utterance)
  bench.press('1')
  bench.finish(1, 300, 'key')
  utterance.resume()
  await settled()
  expect(bench.audioOf(2).equals(encodeL16(numbered(1000).subarray(8 * 300)))).toBe(true)
})

describe('what was cut', () => {
  const nothingKept = { name: 'CallControlError', code: 'invalid', fix: expect.stringContaining('interruptible: true') }

  async function cut(options: { interruptible?: boolean } = { interruptible: true }) {
    const bench = new SdkCall(l16)
    const { source, drip, state } = tap()
    const utterance = bench.call.play(source, { sampleRateHz: 8000, ...options })
    await settled()
    await drip()
    utterance.stop()
    bench.finish(1, 50, 'bot')
    return { bench, utterance, state, drip }
  }

  it('is let go after 30 s', async () => {
    const { bench, utterance, state, drip } = await cut()
    bench.clock.advance(29_999)
    expect(bench.clock.pending).toBe(1)
    bench.clock.advance(1)
    await drip()
    expect(state.closed).toBe(true)
    expect(bench.clock.pending).toBe(0)
    await expect(utterance.resume()).rejects.toMatchObject(nothingKept)
    expect(bench.printed.join('')).toMatch(/^resume: nothing is kept of this utterance: play it with/)
  })

  it('is let go when the call ends, and resuming is over then', async () => {
    const { bench, utterance, state, drip } = await cut()
    bench.call.end('caller')
    await drip()
    expect(state.closed).toBe(true)
    expect(bench.clock.pending).toBe(0)
    expect(await utterance.resume()).toMatchObject({ heardMs: 0, interrupted: true, by: 'hang-up' })
  })

  it('is resumed once', async () => {
    const { bench, utterance } = await cut()
    utterance.resume()
    expect(bench.clock.pending).toBe(0)
    await expect(utterance.resume()).rejects.toMatchObject(nothingKept)
  })

  it('is not kept when the caller could not have cut it', async () => {
    const { utterance, state, drip } = await cut({})
    await drip()
    expect(state.closed).toBe(true)
    await expect(utterance.resume()).rejects.toMatchObject(nothingKept)
  })

  it('is nothing while it plays, and when it was heard', async () => {
    const bench = new SdkCall(l16)
    const utterance = bench.call.play(numbered(100), rate)
    await settled()
    await expect(utterance.resume()).rejects.toMatchObject(nothingKept)
    bench.finish(1, 100)
    await expect(utterance.resume()).rejects.toMatchObject(nothingKept)
    expect(utterance.interrupted).toBe(false)
    expect(bench.clock.pending).toBe(0)
  })
})
