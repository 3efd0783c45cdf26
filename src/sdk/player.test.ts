import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { bytesOf, durationMs, mulaw8k } from '../audio/format.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { Player } from './player.ts'
import type { NewUtterance } from './playing.ts'
import { type PlaySource, readPlaySource } from './play-source.ts'
import { type BotCommand, playWindowMs } from './protocol.ts'
import type { Utterance } from './utterance.ts'

const rate = { sampleRateHz: 8000 }
const silence = (ms: number) => new Int16Array(ms * 8)

/** Longer than anything that goes through promises alone. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => void setImmediate(resolve))
}

/** A player, what it sent, and what failed. */
class Bench {
  readonly sent: BotCommand[] = []
  readonly clock = new ManualClock()
  readonly resumed: Utterance[] = []
  readonly errors: unknown[] = []
  /** Told of every command as it is sent. */
  onSend: (command: BotCommand) => void = () => undefined
  readonly player = new Player({
    format: mulaw8k,
    send: (command) => {
      this.sent.push(command)
      this.onSend(command)
    },
    clock: this.clock,
    onError: (error) => this.errors.push(error),
    onResumed: (utterance) => this.resumed.push(utterance),
  })

  play(source: PlaySource, about: NewUtterance = {}): Utterance {
    return this.player.play(readPlaySource(source, rate, mulaw8k), about)
  }

  /** The commands without their audio: `play 1`, `play-end 1`, … Runs of `play` are one. */
  get story(): string[] {
    const lines = this.sent.map((command) =>
      'utterance' in command ? `${command.type} ${command.utterance}` : command.type,
    )
    return lines.filter((line, i) => line !== lines[i - 1])
  }

  /** Milliseconds of audio handed over, of one utterance or of all. */
  handedMs(utterance?: number): number {
    return this.sent
      .filter((command) => command.type === 'play')
      .filter((command) => utterance === undefined || command.utterance === utterance)
      .reduce((ms, { audio }) => ms + durationMs(mulaw8k, audio.length), 0)
  }

  sentOn(utterance: number, sentMs: number): void {
    this.player.report({ utterance, sentMs, heardMs: Math.max(0, sentMs - 100), uncertaintyMs: 20 })
  }

  heard(utterance: number, heardMs = this.handedMs(utterance)): void {
    this.player.report({ utterance, sentMs: this.handedMs(utterance), heardMs, uncertaintyMs: 0, finished: {} })
  }
}

/** A source that gives 20 ms at a time, when it is told to. */
function tap() {
  const closed = Promise.withResolvers<void>()
  const waiting: Int16Array[] = []
  let wake = () => {}
  async function* source() {
    try {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift() ?? silence(0)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    } finally {
      closed.resolve()
    }
  }
  const drip = () => {
    waiting.push(silence(20))
    wake()
  }
  return { source: source(), drip, closed: closed.promise }
}

describe('order', () => {
  it('hands utterances over one after another, each with its end', async () => {
    const bench = new Bench()
    for (const ms of [300, 100, 20]) bench.play(silence(ms))
    await settled()
    expect(bench.story).toEqual(['play 1', 'play-end 1', 'play 2', 'play-end 2', 'play 3', 'play-end 3'])
    expect([1, 2, 3].map((id) => bench.handedMs(id))).toEqual([300, 100, 20])
  })

  it('waits for a slow source before it starts the next one', async () => {
    const bench = new Bench()
    const slow = tap()
    bench.play(slow.source)
    bench.play(silence(20))
    slow.drip()
    await settled()
    expect(bench.story).toEqual(['play 1'])
  })

  it('hands over an utterance without audio as its end alone', async () => {
    const bench = new Bench()
    const nothing = bench.play(silence(0))
    await settled()
    expect(bench.story).toEqual(['play-end 1'])
    bench.heard(1)
    expect(await nothing).toMatchObject({ heardMs: 0, totalMs: 0, interrupted: false })
  })

  it('does something in order: once all that was asked for has been handed over', async () => {
    const bench = new Bench()
    bench.player.inOrder(() => bench.sent.push({ type: 'checkpoint', name: 'first' }))
    expect(bench.story).toEqual(['checkpoint'])
    bench.play(silence(20))
    bench.player.inOrder(() => bench.sent.push({ type: 'checkpoint', name: 'second' }))
    bench.play(silence(20))
    await settled()
    expect(bench.story).toEqual(['checkpoint', 'play 1', 'play-end 1', 'checkpoint', 'play 2', 'play-end 2'])
  })
})

describe('the result', () => {
  it('says how much was heard of how much', async () => {
    const bench = new Bench()
    const utterance = bench.play(silence(300))
    await settled()
    bench.sentOn(1, 200)
    expect(utterance.playing).toBe(true)
    bench.heard(1)
    expect(await utterance).toEqual({ heardMs: 300, uncertaintyMs: 0, totalMs: 300, interrupted: false, by: undefined })
  })

  it('takes no notice of reports about what it does not know', () => {
    const bench = new Bench()
    expect(() => bench.heard(9)).not.toThrow()
  })
})

describe('the window', () => {
  it('is filled and not overfilled', async () => {
    const bench = new Bench()
    bench.play(silence(playWindowMs + 1000))
    await settled()
    expect(bench.handedMs()).toBeLessThanOrEqual(playWindowMs)
    expect(bench.handedMs()).toBeGreaterThan(playWindowMs - 200)
  })

  it('moves on with what the node reports', async () => {
    const bench = new Bench()
    bench.play(silence(2 * playWindowMs))
    await settled()
    const before = bench.handedMs()
    bench.sentOn(1, 1000)
    await settled()
    expect(bench.handedMs() - before).toBe(1000)
  })

  it('is one for the whole call, not one for each utterance', async () => {
    const bench = new Bench()
    for (let i = 0; i < 10; i++) bench.play(silence(1000))
    await settled()
    expect(bench.handedMs()).toBeLessThanOrEqual(playWindowMs)
    bench.heard(1)
    await settled()
    expect(bench.handedMs()).toBeLessThanOrEqual(playWindowMs + 1000)
    expect(bench.story).toContain('play 5')
  })

  it('has room again for what was cut', async () => {
    const bench = new Bench()
    const long = bench.play(silence(2 * playWindowMs))
    bench.play(silence(1000))
    await settled()
    long.stop()
    await settled()
    expect(bench.handedMs(2)).toBe(1000)
  })

  it('holds, and everything is heard in order, whatever the lengths and however reports come', async () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 6000 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(lengths, fc.integer({ min: 1, max: 3000 }), async (lengths, stepMs) => {
        const bench = new Bench()
        const handed = new Map<number, { ms: number; sentMs: number; ended: boolean }>()
        let widestMs = 0
        bench.onSend = (command) => {
          if (command.type !== 'play' && command.type !== 'play-end') return
          const of = handed.get(command.utterance) ?? { ms: 0, sentMs: 0, ended: false }
          handed.set(command.utterance, of)
          if (command.type === 'play') of.ms += durationMs(mulaw8k, command.audio.length)
          else of.ended = true
          widestMs = Math.max(
            widestMs,
            [...handed.values()].reduce((ms, of) => ms + of.ms - of.sentMs, 0),
          )
        }
        const utterances = lengths.map((ms) => bench.play(silence(ms)))
        const results = Promise.all(utterances)
        for (let step = 0; utterances.some((utterance) => utterance.playing); step++) {
          expect(step).toBeLessThan(lengths.length * 6001)
          await new Promise<void>((resolve) => void setImmediate(resolve))
          const next = [...handed].find(([id]) => utterances[id - 1]?.playing)
          if (!next) continue
          const [id, of] = next
          of.sentMs = Math.min(of.ms, of.sentMs + stepMs)
          const whole = of.ended && of.sentMs === of.ms
          const report = { utterance: id, sentMs: of.sentMs, heardMs: of.sentMs, uncertaintyMs: 0 }
          bench.player.report(whole ? { ...report, finished: {} } : report)
        }
        expect(widestMs).toBeLessThanOrEqual(playWindowMs)
        expect((await results).map((result) => result.heardMs)).toEqual(lengths)
        const order = bench.sent.flatMap((command) => ('utterance' in command ? [command.utterance] : []))
        expect(order).toEqual(order.toSorted((a, b) => a - b))
      }),
      { numRuns: 25 },
    )
  })
})

describe('stop', () => {
  it('of an utterance that the node has not heard of cuts it here, and the node never does', async () => {
    const bench = new Bench()
    const first = bench.play(silence(20))
    const second = bench.play(silence(20))
    second.stop()
    expect(await second).toEqual({ heardMs: 0, uncertaintyMs: 0, totalMs: 0, interrupted: true, by: 'bot' })
    await settled()
    expect(bench.story).toEqual(['play 1', 'play-end 1'])
    expect(first.playing).toBe(true)
  })

  it('does not even open a source that was never started', async () => {
    const bench = new Bench()
    let opened = false
    function* source() {
      opened = true
      yield silence(20)
    }
    bench.play(source()).stop()
    await settled()
    expect(opened).toBe(false)
    expect(bench.story).toEqual([])
  })

  it('of an utterance that the node has asks the node, which says what was heard', async () => {
    const bench = new Bench()
    const utterance = bench.play(silence(playWindowMs + 1000))
    await settled()
    utterance.stop()
    utterance.stop()
    expect(bench.story).toEqual(['play 1', 'stop 1'])
    expect(utterance.playing).toBe(true)
    bench.player.report({ utterance: 1, sentMs: 260, heardMs: 180, uncertaintyMs: 0, finished: { cutBy: 'bot' } })
    expect(await utterance).toMatchObject({ heardMs: 180, interrupted: true, by: 'bot' })
    await settled()
    expect(bench.story).toEqual(['play 1', 'stop 1'])
  })

  it('lets what waits behind it go on', async () => {
    const bench = new Bench()
    const first = bench.play(silence(playWindowMs + 1000))
    bench.play(silence(20))
    await settled()
    first.stop()
    await settled()
    expect(bench.story).toEqual(['play 1', 'stop 1', 'play 2', 'play-end 2'])
  })

  it('lets it go on even when the source of the first has stalled', async () => {
    const bench = new Bench()
    const stalled = tap()
    const first = bench.play(stalled.source)
    stalled.drip()
    await settled()
    bench.play(silence(20))
    first.stop()
    await settled()
    expect(bench.story).toEqual(['play 1', 'stop 1', 'play 2', 'play-end 2'])
    stalled.drip()
    await stalled.closed
    expect(bench.story).toEqual(['play 1', 'stop 1', 'play 2', 'play-end 2'])
  })

  it('closes the source', async () => {
    const bench = new Bench()
    let closed = false
    function* endless() {
      try {
        for (;;) yield silence(100)
      } finally {
        closed = true
      }
    }
    const utterance = bench.play(endless())
    await settled()
    expect(closed).toBe(false)
    utterance.stop()
    await settled()
    expect(closed).toBe(true)
  })
})

describe('clear', () => {
  it('cuts everything: what the node has is reported by it, the rest is over at once', async () => {
    const bench = new Bench()
    const first = bench.play(silence(playWindowMs + 1000))
    const second = bench.play(silence(20))
    await settled()
    bench.player.clear()
    expect(await second).toMatchObject({ heardMs: 0, interrupted: true, by: 'bot' })
    expect(first.playing).toBe(true)
    bench.player.report({ utterance: 1, sentMs: 260, heardMs: 100, uncertaintyMs: 0, finished: { cutBy: 'bot' } })
    expect(await first).toMatchObject({ heardMs: 100, by: 'bot' })
    await settled()
    expect(bench.story).toEqual(['play 1', 'clear'])
  })

  it('reaches written audio too: the node is always told', () => {
    const bench = new Bench()
    bench.player.clear()
    expect(bench.story).toEqual(['clear'])
  })

  it('does not touch what is played afterwards', async () => {
    const bench = new Bench()
    bench.play(tap().source)
    bench.player.clear()
    bench.play(silence(20))
    await settled()
    expect(bench.story).toEqual(['clear', 'play 2', 'play-end 2'])
  })
})

describe('the end of the call', () => {
  it('ends everything, with what the node last said of it', async () => {
    const bench = new Bench()
    const first = bench.play(silence(playWindowMs + 1000))
    const second = bench.play(silence(20))
    await settled()
    bench.sentOn(1, 600)
    bench.player.end()
    expect(await first).toMatchObject({ heardMs: 500, uncertaintyMs: 20, interrupted: true, by: 'hang-up' })
    expect(await second).toEqual({ heardMs: 0, uncertaintyMs: 0, totalMs: 0, interrupted: true, by: 'hang-up' })
    const { length } = bench.sent
    await settled()
    expect(bench.sent.length).toBe(length)
  })

  it('keeps the node’s last word, which comes before it', async () => {
    const bench = new Bench()
    const utterance = bench.play(silence(400))
    await settled()
    bench.player.report({ utterance: 1, sentMs: 400, heardMs: 310, uncertaintyMs: 0, finished: { cutBy: 'hang-up' } })
    bench.player.end()
    expect(await utterance).toEqual({ heardMs: 310, uncertaintyMs: 0, totalMs: 400, interrupted: true, by: 'hang-up' })
  })

  it('leaves nothing to be played', async () => {
    const bench = new Bench()
    bench.player.end()
    const late = bench.play('./nowhere.wav')
    late.stop()
    expect(await late).toEqual({ heardMs: 0, uncertaintyMs: 0, totalMs: 0, interrupted: true, by: 'hang-up' })
    await settled()
    expect(bench.sent).toEqual([])
    expect(bench.errors).toEqual([])
  })
})

describe('a source that fails', () => {
  async function* broken(ms: number, error: unknown) {
    if (ms > 0) yield silence(ms)
    throw error
  }

  it('before its first audio rejects, is told, and lets the next one go on', async () => {
    const bench = new Bench()
    const error = new Error('no voice today')
    const utterance = bench.play(broken(0, error))
    bench.play(silence(20))
    await expect(utterance).rejects.toBe(error)
    await settled()
    expect(bench.errors).toEqual([error])
    expect(bench.story).toEqual(['play 2', 'play-end 2'])
  })

  it('in the middle takes back what the node has', async () => {
    const bench = new Bench()
    const utterance = bench.play(broken(100, new Error('cut off')))
    await expect(utterance).rejects.toThrow('cut off')
    expect(bench.story).toEqual(['play 1', 'stop 1'])
    bench.player.report({ utterance: 1, sentMs: 100, heardMs: 40, uncertaintyMs: 0, finished: { cutBy: 'bot' } })
    expect(bench.errors.length).toBe(1)
  })

  it('hurts nobody when nobody awaits it', async () => {
    const unhandled = vi.fn<(reason: unknown) => void>()
    process.on('unhandledRejection', unhandled)
    try {
      const bench = new Bench()
      bench.play(broken(0, new Error('no voice today')))
      await settled()
      expect(bench.errors.length).toBe(1)
      expect(unhandled).not.toHaveBeenCalled()
    } finally {
      process.off('unhandledRejection', unhandled)
    }
  })

  it.each(['stopped', 'over'])('is no news once it is %s: a download that was broken off on purpose', async (how) => {
    const bench = new Bench()
    const breakOff = Promise.withResolvers<void>()
    async function* download() {
      yield silence(100)
      await breakOff.promise
    }
    const utterance = bench.play(download())
    await settled()
    if (how === 'stopped') utterance.stop()
    else bench.player.end()
    breakOff.reject(new DOMException('This operation was aborted', 'AbortError'))
    await settled()
    bench.player.report({ utterance: 1, sentMs: 100, heardMs: 60, uncertaintyMs: 0, finished: { cutBy: 'bot' } })
    expect((await utterance).interrupted).toBe(true)
    expect(bench.errors).toEqual([])
    expect(bench.story).toEqual(how === 'stopped' ? ['play 1', 'stop 1'] : ['play 1'])
  })
})

it('hands audio over in pieces of 200 ms', async () => {
  const bench = new Bench()
  bench.play(silence(1000))
  await settled()
  const sizes = bench.sent.flatMap((command) => (command.type === 'play' ? [command.audio.length] : []))
  expect(sizes).toEqual(Array.from({ length: 5 }, () => bytesOf(mulaw8k, 200)))
})
