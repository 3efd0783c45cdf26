import { describe, expect, it } from 'vitest'
import { settled, SdkCall } from '../../test/support/sdk-call.ts'
import { l16At8k } from '../audio/format.ts'

const frame = () => new Uint8Array(160).fill(0xff)
const rate = { sampleRateHz: 8000 }

/** Writes `count` frames of 20 ms, one every 20 ms. */
function writeFrames({ call, clock }: SdkCall, count: number) {
  let run = call.write(frame())
  for (let i = 1; i < count; i++) {
    clock.advance(20)
    run = call.write(frame())
  }
  return run
}

describe('what is written without a pause', () => {
  it('is one utterance, which is heard when the node says so', async () => {
    const bench = new SdkCall()
    const run = writeFrames(bench, 50)
    expect(bench.story).toEqual(['write 1'])
    bench.report(1, 400, { uncertaintyMs: 10 })
    expect(run).toMatchObject({ id: 1, heardMs: 400, uncertaintyMs: 10, totalMs: 1000, playing: true })
    bench.clock.advance(219)
    expect(bench.story).toEqual(['write 1'])
    bench.clock.advance(1)
    expect(bench.story).toEqual(['write 1', 'play-end 1'])
    bench.finish(1, 1000)
    expect(await run).toEqual({ heardMs: 1000, uncertaintyMs: 0, totalMs: 1000, interrupted: false, by: undefined })
  })

  it('ends no sooner when it is written faster than it is heard', () => {
    const bench = new SdkCall()
    bench.call.write(new Uint8Array(80_000))
    bench.clock.advance(10_199)
    expect(bench.story).toEqual(['write 1'])
    expect(bench.call.write(frame()).id).toBe(1)
    bench.clock.advance(20)
    expect(bench.story).toEqual(['write 1'])
    bench.clock.advance(201)
    expect(bench.story).toEqual(['write 1', 'play-end 1'])
  })

  it('goes on after a pause that is short enough, and ends 200 ms after what came last should have been heard', () => {
    const bench = new SdkCall()
    bench.call.write(frame())
    bench.clock.advance(219)
    expect(bench.call.write(frame()).id).toBe(1)
    bench.clock.advance(219)
    expect(bench.story).toEqual(['write 1'])
    bench.clock.advance(1)
    expect(bench.story).toEqual(['write 1', 'play-end 1'])
  })

  it('needs one timer, however often it is written to', () => {
    const bench = new SdkCall()
    writeFrames(bench, 500)
    expect(bench.clock.pending).toBe(1)
    bench.clock.advance(10_000)
    expect(bench.clock.pending).toBe(0)
  })

  it('is another utterance after a pause, numbered with those that are played', async () => {
    const bench = new SdkCall()
    bench.call.write(frame())
    bench.clock.advance(220)
    const played = bench.call.play(new Int16Array(160), rate)
    expect(played.id).toBe(2)
    expect(bench.call.write(frame()).id).toBe(3)
    await settled()
    expect(bench.story).toEqual(['write 1', 'play-end 1', 'write 3', 'play 2', 'play-end 2'])
  })

  it.each(['play', 'say', 'hold'] as const)('ends when something is to be heard behind it: %s', async (verb) => {
    const bench = new SdkCall()
    bench.call.write(frame())
    if (verb === 'play') bench.call.play(new Int16Array(160), rate)
    else if (verb === 'say') bench.call.say('hello')
    else bench.call.hold()
    expect(bench.story).toEqual(['write 1', 'play-end 1'])
    expect(bench.clock.pending).toBe(0)
  })

  it('ends at `clear`, before the cut, and is reported as cut', async () => {
    const bench = new SdkCall()
    const run = bench.call.write(frame())
    bench.call.clear()
    expect(bench.story).toEqual(['write 1', 'play-end 1', 'clear'])
    expect(run).toMatchObject({ interrupted: true, by: 'bot', playing: true })
    bench.finish(1, 5, 'bot')
    expect(await run).toMatchObject({ heardMs: 5, totalMs: 20, interrupted: true, by: 'bot' })
    expect(bench.call.write(frame()).id).toBe(2)
  })

  it('is another utterance once it was stopped', async () => {
    const bench = new SdkCall()
    const run = bench.call.write(frame())
    run.stop()
    run.stop()
    expect(bench.call.write(frame()).id).toBe(2)
    expect(bench.story).toEqual(['write 1', 'stop 1 by bot', 'write 2'])
    bench.clock.advance(1000)
    expect(bench.story).toEqual(['write 1', 'stop 1 by bot', 'write 2', 'play-end 2'])
    expect(bench.clock.pending).toBe(0)
  })

  it('is not ended by the pause that would have ended the one before, which was stopped', () => {
    const bench = new SdkCall()
    bench.call.write(frame()).stop()
    bench.clock.advance(150)
    bench.call.write(frame())
    bench.clock.advance(219)
    expect(bench.of('play-end')).toEqual([])
    bench.clock.advance(1)
    expect(bench.story.at(-1)).toBe('play-end 2')
  })

  it('ends with the call, with what was heard of it', async () => {
    const bench = new SdkCall()
    const run = bench.call.write(frame())
    bench.report(1, 15)
    bench.call.end('caller')
    expect(await run).toMatchObject({ heardMs: 15, totalMs: 20, interrupted: true, by: 'hang-up' })
    expect(bench.clock.pending).toBe(0)
    expect(await bench.call.write(frame())).toMatchObject({ heardMs: 0, by: 'hang-up' })
    expect(bench.story).toEqual(['write 1'])
  })

  it('that is nothing is an utterance that the node never hears of', async () => {
    const bench = new SdkCall()
    const run = bench.call.write(new Uint8Array(0))
    bench.clock.advance(200)
    expect(await run).toMatchObject({ heardMs: 0, totalMs: 0, interrupted: false })
    expect(bench.sent).toEqual([])
  })

  it('is all handed over when the bot’s function returns', async () => {
    const bench = new SdkCall()
    bench.call.write(frame())
    await bench.call.handedOver()
    expect(bench.story).toEqual(['write 1', 'play-end 1'])
  })

  it('cannot be resumed: nobody keeps it', async () => {
    const bench = new SdkCall()
    const run = bench.call.interruptible(bench.call.write(frame()))
    run.stop()
    await expect(run.resume()).rejects.toMatchObject({ name: 'CallControlError', code: 'invalid' })
  })

  it('must be bytes', async () => {
    const bench = new SdkCall()
    const numbers: unknown = [1, 2]
    await expect(bench.call.write(numbers as Uint8Array)).rejects.toThrow(TypeError)
    expect(bench.printed.join('')).toContain('write takes a Uint8Array')
  })
})

describe('16-bit audio that is cut in the middle of a sample', () => {
  it('is not shifted: the half of a sample waits for its other half', () => {
    const bench = new SdkCall({ format: l16At8k })
    const audio = Uint8Array.from({ length: 320 }, (_, i) => i % 251)
    for (const [from, to] of [
      [0, 101],
      [101, 102],
      [102, 102],
      [102, 207],
      [207, 320],
    ])
      bench.call.write(audio.subarray(from, to))
    expect(bench.of('write').every((command) => command.audio.length % 2 === 0)).toBe(true)
    expect(bench.audioOf(1).equals(audio)).toBe(true)
  })

  it('leaves no half for the next utterance', () => {
    const bench = new SdkCall({ format: l16At8k })
    bench.call.write(Uint8Array.of(1, 2, 3))
    bench.call.clear()
    bench.call.write(Uint8Array.of(5, 6))
    expect([...bench.audioOf(1)]).toEqual([1, 2])
    expect([...bench.audioOf(2)]).toEqual([5, 6])
  })
})
