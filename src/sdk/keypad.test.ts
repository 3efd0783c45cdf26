import { describe, expect, it } from 'vitest'
import { settled, SdkCall } from '../../test/support/sdk-call.ts'
import type { DigitsOptions } from './digits.ts'

const rate = { sampleRateHz: 8000 }
const silence = (ms: number) => new Int16Array(8 * ms)
const wav = './examples/prompts/welcome.wav'

/** What `digits` has come to, if it has. */
function watch(collecting: Promise<unknown>): { readonly result: unknown } {
  const state: { result: unknown } = { result: 'collecting' }
  collecting.then(
    (result) => (state.result = result),
    (error) => (state.result = error),
  )
  return state
}

async function ask(options: DigitsOptions) {
  const bench = new SdkCall()
  const state = watch(bench.call.digits(options))
  await expect.poll(() => bench.sent.length).toBeGreaterThan(0)
  await settled()
  return { bench, state }
}

describe('a prompt', () => {
  it('is played first, and the time for the first digit begins when it has ended', async () => {
    const { bench, state } = await ask({ prompt: wav, max: 3 })
    expect(bench.story).toEqual(['play 1', 'play-end 1'])
    bench.clock.advance(60_000)
    expect(state.result).toBe('collecting')
    bench.finish(1, 1000)
    await settled()
    bench.clock.advance(4999)
    await settled()
    expect(state.result).toBe('collecting')
    bench.clock.advance(1)
    await settled()
    expect(state.result).toEqual({ digits: '', endedBy: 'timeout' })
  })

  it('is cut by the first key, which counts, and the time between digits begins at once', async () => {
    const { bench, state } = await ask({ prompt: wav, max: 3 })
    bench.press('1')
    expect(bench.story.at(-1)).toBe('stop 1 by key')
    bench.clock.advance(1999)
    bench.press('2')
    bench.finish(1, 300, 'key')
    bench.clock.advance(2000)
    await settled()
    expect(state.result).toEqual({ digits: '12', endedBy: 'timeout' })
    expect(bench.of('stop').length).toBe(1)
  })

  it('that waits in line is cut before it begins, and what plays before it goes on', async () => {
    const bench = new SdkCall()
    const first = bench.call.play(silence(9000), rate)
    const state = watch(bench.call.digits({ prompt: wav }))
    await settled()
    bench.press('4')
    await settled()
    expect(state.result).toEqual({ digits: '4', endedBy: 'max' })
    expect(bench.story).toEqual(['play 1'])
    expect(first.interrupted).toBe(false)
  })

  it('that is not interruptible is heard to its end, and keys pressed meanwhile count', async () => {
    const { bench, state } = await ask({ prompt: wav, max: 3, interruptible: false })
    bench.press('12')
    bench.clock.advance(60_000)
    expect(bench.of('stop')).toEqual([])
    bench.finish(1, 1000)
    await settled()
    bench.clock.advance(1999)
    bench.press('3')
    await settled()
    expect(state.result).toEqual({ digits: '123', endedBy: 'max' })
  })

  it('can be cut by speech as well', async () => {
    const { bench } = await ask({ prompt: wav, interruptible: { by: ['speech', 'key'] } })
    bench.hearQuiet(100)
    bench.hearSpeech(400)
    expect(bench.story.at(-1)).toBe('stop 1 by speech')
  })

  it('can be an utterance that plays already', async () => {
    const bench = new SdkCall()
    const utterance = bench.call.play(silence(1000), rate)
    await settled()
    const state = watch(bench.call.digits({ prompt: utterance }))
    bench.press('9')
    await settled()
    expect(state.result).toEqual({ digits: '9', endedBy: 'max' })
    expect(bench.story.at(-1)).toBe('stop 1 by key')
  })

  it('can be said by the carrier', async () => {
    const { bench, state } = await ask({ prompt: { say: 'Press a key.', voice: 'Polly.Joanna' } })
    expect(bench.requests).toEqual([{ verb: 'say', text: 'Press a key.', voice: 'Polly.Joanna' }])
    bench.press('1')
    expect(bench.story.at(-1)).toBe('cancel 1 by key')
    await settled()
    expect(state.result).toEqual({ digits: '1', endedBy: 'max' })
  })

  it('is not played to a caller who has typed ahead', async () => {
    const bench = new SdkCall()
    bench.press('1')
    const state = watch(bench.call.digits({ prompt: { say: 'Two keys.' }, max: 2 }))
    await settled()
    bench.clock.advance(1999)
    bench.press('2')
    await settled()
    expect(state.result).toEqual({ digits: '12', endedBy: 'max' })
    expect(bench.sent).toEqual([])
  })

  it('that plays already is cut when the caller has typed ahead', async () => {
    const bench = new SdkCall()
    const utterance = bench.call.play(silence(1000), rate)
    await settled()
    bench.press('1')
    void bench.call.digits({ prompt: utterance, max: 2 })
    expect(utterance).toMatchObject({ interrupted: true, by: 'key' })
  })

  it('that plays already is cut when the keys that were typed ahead are enough', async () => {
    const bench = new SdkCall()
    const utterance = bench.call.play(silence(1000), rate)
    await settled()
    bench.press('1')
    expect(await bench.call.digits({ prompt: utterance })).toEqual({ digits: '1', endedBy: 'max' })
    expect(utterance).toMatchObject({ interrupted: true, by: 'key' })
  })

  it('that cannot be played rejects', async () => {
    const bench = new SdkCall()
    await expect(bench.call.digits({ prompt: './nowhere.wav' })).rejects.toThrow('there is no file')
    expect(bench.clock.pending).toBe(0)
  })
})

describe('retries', () => {
  it('play the prompt again when nothing came, and take no digits from the try before', async () => {
    const { bench, state } = await ask({ prompt: { say: 'Four digits.' }, max: 4, min: 4, retries: 1 })
    bench.reply(1, { heardMs: 900, totalMs: 900, uncertaintyMs: 100 })
    await settled()
    bench.press('12')
    bench.clock.advance(2000)
    await settled()
    expect(bench.story).toEqual(['request say'])
    expect(bench.requests.length).toBe(2)
    bench.press('3456')
    await settled()
    expect(state.result).toEqual({ digits: '3456', endedBy: 'max' })
  })

  it('end with what the last one brought', async () => {
    const { bench, state } = await ask({ prompt: wav, max: 4, min: 4, retries: 2, timeoutMs: 100 })
    for (let id = 1; id <= 3; id++) {
      expect(state.result).toBe('collecting')
      await expect.poll(() => bench.of('play-end').length).toBe(id)
      bench.finish(id, 1000)
      await settled()
      if (id === 3) bench.press('7')
      bench.clock.advance(2000)
      await settled()
    }
    expect(state.result).toEqual({ digits: '7', endedBy: 'timeout' })
  })

  it('do not count the end of the prompt before: it comes late when a key has cut it', async () => {
    const { bench, state } = await ask({ prompt: wav, max: 2, min: 2, retries: 1, timeoutMs: 100, betweenMs: 50 })
    bench.press('1')
    bench.clock.advance(50)
    bench.finish(1, 10, 'key')
    await settled()
    bench.clock.advance(1000)
    await settled()
    expect(state.result).toBe('collecting')
  })
})

describe('min', () => {
  it('is not reached by `until`, which then ends nothing and is no digit', async () => {
    const bench = new SdkCall()
    const state = watch(bench.call.digits({ max: 6, min: 4, until: '#' }))
    bench.press('12#34')
    await settled()
    expect(state.result).toBe('collecting')
    bench.press('#')
    await settled()
    expect(state.result).toEqual({ digits: '1234', endedBy: 'until' })
  })

  it('that is not reached in time ends with what there is', async () => {
    const bench = new SdkCall()
    const state = watch(bench.call.digits({ max: 6, min: 4 }))
    bench.press('12')
    bench.clock.advance(2000)
    await settled()
    expect(state.result).toEqual({ digits: '12', endedBy: 'timeout' })
  })
})

describe('flush', () => {
  it('forgets the keys that were pressed before', async () => {
    const bench = new SdkCall()
    bench.press('12')
    const state = watch(bench.call.digits({ flush: true }))
    expect(state.result).toBe('collecting')
    bench.press('3')
    await settled()
    expect(state.result).toEqual({ digits: '3', endedBy: 'max' })
  })
})

describe('the end of the call', () => {
  it('ends the prompt and the collecting', async () => {
    const { bench, state } = await ask({ prompt: wav, retries: 3, max: 2 })
    bench.press('1')
    bench.call.end('caller')
    await settled()
    expect(state.result).toEqual({ digits: '1', endedBy: 'hang-up' })
    expect(bench.clock.pending).toBe(0)
  })
})

describe('wrong options', () => {
  it.each<[DigitsOptions, string]>([
    [{ max: 0 }, 'digits: max must be'],
    [{ min: 3, max: 2 }, 'digits: min must be'],
    [{ min: -1 }, 'digits: min must be'],
    [{ until: '##' }, 'digits: until is one key'],
    [{ timeoutMs: -1 }, 'digits: timeoutMs must be milliseconds'],
    [{ betweenMs: Number.NaN }, 'digits: betweenMs must be milliseconds'],
    [{ retries: 0.5 }, 'digits: retries must be'],
    [{ interruptible: { keys: '' } }, 'interruptible: keys takes'],
  ])('%j reject and never throw', async (options, message) => {
    const bench = new SdkCall()
    const collecting = bench.call.digits(options)
    await expect(collecting).rejects.toThrow(message)
    await expect(collecting).rejects.toThrow(RangeError)
    expect(bench.printed).toEqual([expect.stringMatching(/^(digits: )?(digits|interruptible): \w+ .*\n$/)])
    expect(bench.printed.join('')).toContain(message)
    bench.press('1')
    expect(await bench.call.digits()).toMatchObject({ digits: '1' })
  })

  it('an utterance cannot be repeated', async () => {
    const bench = new SdkCall()
    const prompt = bench.call.play(silence(100), rate)
    await expect(bench.call.digits({ prompt, retries: 1 })).rejects.toThrow(TypeError)
  })
})
