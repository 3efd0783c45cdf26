import { describe, expect, test } from 'vitest'
import { mulaw8k } from '../audio/format.ts'
import { tone } from '../audio/tone.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { defaultAssumptions } from './assumptions.ts'
import { followScript, type CallerAction } from './caller-script.ts'
import { Line, type LineStream } from './line.ts'
import { Timeline } from './timeline.ts'

const sampleRateHz = 8000
const hum = (durationMs: number) => ({ samples: tone({ frequencyHz: 300, durationMs, sampleRateHz }), sampleRateHz })

function openLine() {
  const clock = new ManualClock()
  const timeline = new Timeline(clock)
  const line = new Line({ clock, timeline, maxKeptMs: 60_000 })
  line.start()
  /** Time passes, and promises get their turn twice a frame. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 10) {
      clock.advance(10)
      for (let i = 0; i < 5; i++) await Promise.resolve()
    }
  }
  return { clock, timeline, line, pass }
}

/** A stream that plays what the caller says, one tick later. */
function echoStream(pressed: string[] = []): LineStream & { open: boolean } {
  let last: Int16Array | undefined
  return {
    format: mulaw8k,
    open: true,
    tick(said) {
      const played = last
      last = said
      return played
    },
    press: (digit) => pressed.push(digit),
    stop: () => undefined,
  }
}

describe('a line', () => {
  test('keeps both sides on one scale of time, which starts at the answer', async () => {
    const { line, timeline, pass } = openLine()
    line.stream = echoStream()
    await pass(100)
    void line.speak(hum(40))
    await pass(1000)
    const onset = (samples: Int16Array) => samples.findIndex((sample) => sample !== 0) / 8
    expect(Math.floor(onset(line.said.slice().samples))).toBe(120)
    expect(onset(line.heard.slice().samples) - onset(line.said.slice().samples)).toBe(20)
    expect(timeline.events).toMatchObject([
      { type: 'caller-speech-started', atMs: 120 },
      { type: 'bot-audio-started', source: 'stream', atMs: 140 },
      { type: 'caller-speech-ended', quietSinceMs: 160 },
      { type: 'bot-audio-ended', source: 'stream', quietSinceMs: 180 },
    ])
  })

  test('mixes what Plivo announces with what the bot plays, and clips what is too loud', async () => {
    const { line, pass } = openLine()
    const loud = { samples: new Int16Array(160).fill(30_000), sampleRateHz }
    line.stream = echoStream()
    void line.speak(loud)
    await pass(10)
    void line.announce(loud)
    await pass(40)
    expect(Math.max(...line.heard.slice().samples)).toBe(32_767)
  })

  test('lets go of everything when it stops', async () => {
    const { line, clock, pass } = openLine()
    const done: string[] = []
    void line.speak(hum(10_000)).then(() => done.push('speech'))
    void line.when(() => false).then(() => done.push('wait'))
    await pass(40)
    line.stop()
    await pass(20)
    expect(done).toEqual(['speech', 'wait'])
    expect(clock.pending).toBe(0)
    await line.speak(hum(1000))
    await line.when(() => false)
  })

  test('keeps no more audio than it may, and says so once', async () => {
    const clock = new ManualClock()
    const timeline = new Timeline(clock)
    const line = new Line({ clock, timeline, maxKeptMs: 100 })
    line.start()
    clock.advance(1000)
    expect(line.heard.keptMs).toBe(100)
    expect(line.positionMs).toBe(1020)
    expect(timeline.events).toHaveLength(1)
  })
})

describe('a caller', () => {
  async function run(actions: CallerAction[], during: (line: Line, elapsedMs: number) => void = () => undefined) {
    const { clock, line, timeline, pass } = openLine()
    const pressed: [number, string][] = []
    const stream = echoStream()
    stream.press = (digit) => pressed.push([clock.monotonic(), digit])
    line.stream = stream
    const over = new AbortController()
    let hungUpAt: number | undefined
    const hangUp = () => (hungUpAt = clock.monotonic())
    const script = followScript(actions, {
      assumptions: defaultAssumptions,
      clock,
      line,
      timeline,
      over: over.signal,
      hangUp,
    })
    for (let elapsed = 0; elapsed < 4000; elapsed += 20) {
      during(line, elapsed)
      await pass(20)
    }
    over.abort()
    line.stop()
    await script
    return { hungUpAt, pressed, timeline }
  }

  test('presses keys 250 ms apart', async () => {
    const { pressed } = await run([{ do: 'press', digits: '1#' }])
    expect(pressed.map(([, digit]) => digit)).toEqual(['1', '#'])
    expect((pressed[1]?.[0] ?? 0) - (pressed[0]?.[0] ?? 0)).toBe(250)
  })

  test('speaks to its end before going on', async () => {
    const { hungUpAt } = await run([{ do: 'speak', audio: hum(500) }, { do: 'hang-up' }])
    expect(hungUpAt).toBe(20 + 500)
  })

  test('keeps its first words until the stream is open', async () => {
    const { timeline } = await run([{ do: 'speak', audio: hum(100) }], (line, elapsed) => {
      if (line.stream) line.stream = Object.assign(line.stream, { open: elapsed >= 1000 })
    })
    expect(timeline.events.find(({ type }) => type === 'caller-speech-started')?.atMs).toBeGreaterThan(1000)
  })

  test('waits until the bot is heard, and then until it has been quiet', async () => {
    const actions: CallerAction[] = [{ do: 'wait-for-audio' }, { do: 'wait-for-quiet' }, { do: 'hang-up' }]
    const { hungUpAt } = await run(actions, (line, elapsed) => {
      if (elapsed === 1000) void line.announce(hum(500))
    })
    expect(hungUpAt).toBe(1500 + 700)
  })

  test('does not take silence from before for quiet', async () => {
    const { hungUpAt } = await run([{ do: 'wait', ms: 1000 }, { do: 'wait-for-quiet', ms: 300 }, { do: 'hang-up' }])
    expect(hungUpAt).toBe(1300)
  })

  test('gives up waiting, with a warning', async () => {
    const { hungUpAt, timeline } = await run([{ do: 'wait-for-audio', timeoutMs: 500 }, { do: 'hang-up' }])
    expect(hungUpAt).toBe(500)
    expect(timeline.events).toMatchObject([{ type: 'warning' }])
  })
})
