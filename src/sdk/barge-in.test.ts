import { describe, expect, it } from 'vitest'
import { settled, SdkCall } from '../../test/support/sdk-call.ts'
import type { Interruptible } from './barge-in.ts'

const rate = { sampleRateHz: 8000 }
const silence = (ms: number) => new Int16Array(8 * ms)

/** A call in which an utterance of `ms` plays that the caller may cut. */
async function playing(interruptible: Interruptible = true, ms = 3000) {
  const bench = new SdkCall()
  const utterance = bench.call.play(silence(ms), { ...rate, interruptible })
  await settled()
  bench.sent.length = 0
  bench.hearQuiet(100)
  return { bench, utterance }
}

describe('speech', () => {
  it('cuts what the caller hears, in the caller’s name', async () => {
    const { bench, utterance } = await playing()
    bench.hearSpeech(400)
    expect(bench.story).toEqual(['stop 1 by speech'])
    expect(utterance).toMatchObject({ interrupted: true, by: 'speech', playing: true })
    bench.finish(1, 480, 'speech')
    expect(await utterance).toMatchObject({ heardMs: 480, totalMs: 3000, interrupted: true, by: 'speech' })
  })

  it('that is shorter than a quarter of a second does not', async () => {
    const { bench } = await playing()
    bench.hearSpeech(240)
    bench.hearQuiet(1000)
    bench.hearSpeech(240)
    bench.hearQuiet(1000)
    expect(bench.sent).toEqual([])
  })

  it('cuts no sooner than 100 ms after it has been long enough', async () => {
    const { bench } = await playing({ minSpeechMs: 600 })
    bench.hearSpeech(680)
    expect(bench.sent).toEqual([])
    bench.hearSpeech(40)
    expect(bench.story).toEqual(['stop 1 by speech'])
  })

  it('may pause between two words', async () => {
    const { bench } = await playing()
    bench.hearSpeech(160)
    bench.hearQuiet(60)
    bench.hearSpeech(160)
    expect(bench.story).toEqual(['stop 1 by speech'])
  })

  it('that began before the utterance counts from the utterance on', async () => {
    const bench = new SdkCall()
    const first = bench.call.play(silence(3000), { ...rate, interruptible: true })
    await settled()
    bench.hearQuiet(100)
    bench.hearSpeech(400)
    expect(first.interrupted).toBe(true)
    bench.finish(1, 400, 'speech')
    const second = bench.call.play(silence(3000), { ...rate, interruptible: true })
    await settled()
    bench.hearSpeech(340)
    expect(second.interrupted).toBe(false)
    bench.hearSpeech(20)
    expect(second.interrupted).toBe(true)
  })

  it('cuts nothing that is not interruptible, and nothing that waits behind it', async () => {
    const bench = new SdkCall()
    bench.call.play(silence(500), rate)
    const second = bench.call.play(silence(500), { ...rate, interruptible: true })
    await settled()
    bench.hearQuiet(100)
    bench.hearSpeech(1000)
    expect(bench.of('stop')).toEqual([])
    bench.finish(1, 500)
    bench.hearSpeech(400)
    expect(second.by).toBe('speech')
  })

  it('cuts one utterance: what waits behind it goes on', async () => {
    const bench = new SdkCall()
    bench.call.play(silence(500), { ...rate, interruptible: true })
    const second = bench.call.play(silence(500), rate)
    await settled()
    bench.hearQuiet(100)
    bench.hearSpeech(1000)
    expect(bench.story.slice(-1)).toEqual(['stop 1 by speech'])
    expect(second.interrupted).toBe(false)
  })

  it('cuts everything when it is told to', async () => {
    const bench = new SdkCall()
    const first = bench.call.play(silence(500), { ...rate, interruptible: { clear: true } })
    const second = bench.call.play(silence(500), rate)
    const written = bench.call.checkpoint('end')
    await settled()
    bench.sent.length = 0
    bench.hearQuiet(100)
    bench.hearSpeech(400)
    expect(bench.story).toEqual(['stop 1 by speech', 'clear'])
    expect([first.by, second.by]).toEqual(['speech', 'bot'])
    expect(await written).toBe(false)
  })

  it('cuts nothing when only keys may', async () => {
    const { bench } = await playing({ by: ['key'] })
    bench.hearSpeech(1000)
    expect(bench.sent).toEqual([])
  })

  it('that the bot itself is heard with cuts nothing', async () => {
    const { bench } = await playing()
    for (let i = 0; i < 50; i++)
      bench.call.receive({ type: 'audio', audio: new Uint8Array(160).fill(i % 2 ? 0x10 : 0x20), track: 'outbound' })
    expect(bench.sent).toEqual([])
  })
})

describe('a key', () => {
  it('cuts at once, and is delivered as well', async () => {
    const { bench } = await playing()
    bench.press('5')
    expect(bench.story).toEqual(['stop 1 by key'])
    bench.call.end('caller')
    const types: string[] = []
    for await (const event of bench.call) if (event.type !== 'audio') types.push(event.type)
    expect(types).toEqual(['dtmf', 'ended'])
  })

  it('that cuts is a digit for whoever collects digits', async () => {
    const { bench } = await playing()
    const digits = bench.call.digits()
    bench.press('5')
    expect((await digits).digits).toBe('5')
    expect(bench.story).toEqual(['stop 1 by key'])
  })

  it('must be one of those that may', async () => {
    const { bench } = await playing({ keys: '*#' })
    bench.press('5')
    expect(bench.sent).toEqual([])
    bench.press('#')
    expect(bench.story).toEqual(['stop 1 by key'])
  })

  it('cuts nothing when only speech may', async () => {
    const { bench } = await playing({ by: ['speech'] })
    bench.press('5')
    expect(bench.sent).toEqual([])
  })
})

describe('call.interruptible', () => {
  it('lets the caller cut what plays already', async () => {
    const { bench, utterance } = await playing(false)
    expect(bench.call.interruptible(utterance)).toBe(utterance)
    bench.press('1')
    expect(bench.story).toEqual(['stop 1 by key'])
  })

  it('lets the caller cut what is being written, ahead of what is played', async () => {
    const bench = new SdkCall()
    bench.call.play(silence(1000), rate)
    await settled()
    const run = bench.call.interruptible(bench.call.write(new Uint8Array(8000)))
    bench.hearQuiet(100)
    bench.hearSpeech(400)
    expect(bench.story.slice(-1)).toEqual(['stop 2 by speech'])
    expect(run.interrupted).toBe(true)
  })

  it('counts with the options that were given last', async () => {
    const { bench, utterance } = await playing()
    bench.call.interruptible(utterance, { by: ['speech'] })
    bench.press('1')
    expect(bench.sent).toEqual([])
  })

  it.each([
    [{ by: [] }, TypeError],
    [{ by: ['noise'] }, TypeError],
    [{ minSpeechMs: -1 }, RangeError],
    [{ minSpeechMs: Number.NaN }, RangeError],
    [{ keys: 'x' }, RangeError],
  ])('refuses %j, as `play` does, and prints it', async (options, error) => {
    const wrong = options as Interruptible
    const { bench, utterance } = await playing(false)
    await expect(bench.call.interruptible(utterance, wrong)).rejects.toThrow(error)
    await expect(bench.call.play(silence(20), { ...rate, interruptible: wrong })).rejects.toThrow(error)
    expect(bench.printed.map((line) => line.split(': ').slice(0, 2))).toEqual([
      ['interruptible', expect.stringMatching(/^(by|keys|minSpeechMs) /)],
      ['play', 'interruptible'],
    ])
    expect(utterance.playing).toBe(true)
    expect(bench.sent).toEqual([])
  })

  it('of what is over does nothing', async () => {
    const { bench, utterance } = await playing(false)
    bench.finish(1, 3000)
    bench.call.interruptible(utterance)
    bench.press('1')
    bench.hearSpeech(500)
    expect(bench.sent).toEqual([])
  })
})
