import { describe, expect, it } from 'vitest'
import { settled, SdkCall } from '../../test/support/sdk-call.ts'
import { mulaw8k } from '../audio/format.ts'
import { rmsDbfs } from '../audio/level.ts'
import { fromPcm16, toPcm16 } from '../audio/transcode.ts'
import { encodeWav } from '../audio/wav.ts'
import { playWindowMs } from './protocol.ts'

const rate = { sampleRateHz: 8000 }
const samples = (ms: number, value: number) => new Int16Array(8 * ms).fill(value)

describe('hold', () => {
  it('plays a soft melody, which does not end', async () => {
    const bench = new SdkCall()
    bench.call.hold()
    await expect.poll(() => bench.audioOf(1).length).toBeGreaterThan(8 * (playWindowMs - 200))
    const level = rmsDbfs(toPcm16(bench.audioOf(1), mulaw8k))
    expect(level).toBeGreaterThan(-40)
    expect(level).toBeLessThan(-25)
    bench.report(1, 60_000, { sentMs: playWindowMs })
    await settled()
    expect(bench.audioOf(1).length).toBeGreaterThan(8 * 7000)
    expect(bench.story).toEqual(['play 1'])
  })

  it('repeats the music that it is given', async () => {
    const bench = new SdkCall()
    const wav = encodeWav(Int16Array.from([...samples(300, 4000), ...samples(300, -4000)]), 8000)
    bench.call.hold({ music: wav })
    await settled()
    const once = [...samples(300, 4000), ...samples(300, -4000)]
    const expected = fromPcm16(Int16Array.from(Array.from({ length: 6 }, () => once).flat()), mulaw8k)
    expect(bench.audioOf(1).subarray(0, expected.length).equals(expected)).toBe(true)
  })

  it('goes on with the melody when the music cannot be played or read again', async () => {
    async function* once() {
      yield samples(100, 4000)
    }
    for (const music of ['./nowhere.wav', 'https://example.com/music.mp3', encodeWav(samples(0, 0), 8000)]) {
      const bench = new SdkCall()
      bench.call.hold({ music })
      await expect.poll(() => bench.audioOf(1).length).toBeGreaterThan(8 * (playWindowMs - 200))
      expect(bench.printed.length).toBe(music instanceof Uint8Array ? 0 : 1)
      expect(bench.printed.join('')).toMatch(music instanceof Uint8Array ? /^$/ : /^hold: /)
    }
    const bench = new SdkCall({ format: mulaw8k })
    bench.call.hold({ music: once() })
    await expect.poll(() => bench.audioOf(1).length).toBeGreaterThan(8 * (playWindowMs - 200))
    expect(bench.printed).toEqual([expect.stringContaining('PCM needs its rate')])
  })

  it('goes behind what plays, and what is played meanwhile waits behind it', async () => {
    const bench = new SdkCall()
    bench.call.play(samples(100, 0), rate)
    bench.call.hold()
    bench.call.play(samples(100, 0), rate)
    bench.call.say('hello')
    await expect.poll(() => bench.story).toEqual(['play 1', 'play-end 1', 'play 2'])
    bench.call.unhold()
    await settled()
    expect(bench.story.slice(3)).toEqual(['stop 2 by bot', 'play 3', 'play-end 3'])
  })

  it('twice is one hold, and there can be another one after it', async () => {
    const bench = new SdkCall()
    bench.call.hold()
    bench.call.hold()
    await settled()
    bench.call.unhold()
    bench.call.unhold()
    bench.call.hold()
    await settled()
    expect(bench.story).toEqual(['play 1', 'stop 1 by bot', 'play 2'])
  })

  it('can begin again after `clear` has cut it', async () => {
    const bench = new SdkCall()
    bench.call.hold()
    await settled()
    bench.call.clear()
    bench.call.hold()
    await settled()
    expect(bench.story).toEqual(['play 1', 'clear', 'play 2'])
  })

  it('that waits in line is taken out of it by `unhold`', async () => {
    const bench = new SdkCall()
    bench.call.play(samples(playWindowMs + 1000, 0), rate)
    bench.call.hold()
    bench.call.unhold()
    await settled()
    expect(bench.story).toEqual(['play 1'])
  })

  it('ends with the bot’s function, which could not end otherwise', async () => {
    const bench = new SdkCall()
    bench.call.hold()
    await settled()
    await bench.call.handedOver()
    expect(bench.story).toEqual(['play 1', 'stop 1 by bot'])
  })

  it('ends with the call, and does nothing after it', async () => {
    const bench = new SdkCall()
    bench.call.hold()
    await settled()
    bench.call.end('caller')
    const { length } = bench.sent
    bench.call.unhold()
    bench.call.hold()
    await settled()
    expect(bench.sent.length).toBe(length)
    expect(bench.clock.pending).toBe(0)
  })
})
