import { describe, expect, test } from 'vitest'
import { goertzel, tone } from '../src/audio/tone.ts'
import type { UtteranceResult } from '../src/sdk/index.ts'
import type { CallerAction } from '../src/simulator/index.ts'
import { startNode, type TestNode } from './support/node.ts'
import { patience } from './support/patience.ts'
import { extentMs, partOf, simulate, type Simulated, untilBelow } from './support/simulated.ts'

/** The longest that a caller may go on hearing what was cut, and that an account of it may be wrong. */
const toleranceMs = 60

/** Plays, and says in the log what became of it. */
const bot = `
  import { defineBot } from 'offhook'
  const tone = (hertz, ms) =>
    Int16Array.from({ length: ms * 8 }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * hertz * i) / 8000)))
  export default defineBot(async (call) => {
    const tell = (name, utterance) => utterance.then((result) => console.log(name + ' ' + JSON.stringify(result)))
    let first
    for await (const event of call) {
      if (event.type !== 'dtmf') continue
      if (event.digit === '1') void tell('first', (first = call.play(tone(1000, 10_000), { sampleRateHz: 8000 })))
      if (event.digit === '2') void tell('second', call.play(tone(2000, 800), { sampleRateHz: 8000 }))
      if (event.digit === '3') call.write(new Uint8Array(80_000).fill(0x10))
      if (event.digit === '8') first.stop()
      if (event.digit === '9') call.clear()
      if (event.digit === '#') return
    }
  })`

const press = (digits: string): CallerAction => ({ do: 'press', digits })
const wait = (ms: number): CallerAction => ({ do: 'wait', ms })
const hangUp: CallerAction = { do: 'hang-up' }

const call = (node: TestNode, caller: readonly CallerAction[]) => simulate({ answerUrl: node.answerUrl(), caller })

/** What the bot said of an utterance in this call. */
async function told(node: TestNode, { callUuid }: Simulated, name: string): Promise<UtteranceResult> {
  const find = () =>
    node.log
      .all(new RegExp(`^${name} `))
      .find(({ fields }) => fields['call'] === callUuid)
      ?.message.slice(name.length + 1)
  await expect.poll(find, patience).toBeDefined()
  return JSON.parse(find() ?? '') as UtteranceResult
}

/** When `digit` was pressed, on the scale of what was heard. */
function pressedAt(heard: Simulated, digit: string): number {
  const pressed = heard.all('pressed').find((event) => event.digit === digit)
  if (!pressed) throw new Error(`${digit} was not pressed`)
  return heard.position(pressed)
}

/** How much of the bot's audio the simulator played out. */
const playedMs = ({ streams }: Simulated): number =>
  streams.flatMap(({ played }) => played).reduce((sum, { fromByte, toByte }) => sum + (toByte - fromByte) / 8, 0)

describe('nothing is heard any more, neither at once nor later,', () => {
  test.each([
    ['of what is played, after clear', '1', '9'],
    ['of what is played, after its stop', '1', '8'],
    ['of what was written, after clear', '3', '9'],
  ])('%s', async (_what, start, cut) => {
    await using node = await startNode({ bot })
    const heardAfterwards = await untilBelow(toleranceMs, async () => {
      const heard = await call(node, [
        press(start),
        { do: 'wait-for-audio' },
        wait(800),
        press(cut),
        wait(1000),
        hangUp,
      ])
      const { from, to } = extentMs(heard.heard)
      expect(to - from).toBeGreaterThan(600)
      return to - pressedAt(heard, cut)
    })
    expect(heardAfterwards).toBeLessThan(toleranceMs)
  })

  test('of what is played, after its stop, and what waited behind it is heard whole', async () => {
    await using node = await startNode({ bot })
    const script = [press('12'), { do: 'wait-for-audio' } as const, wait(800), press('8'), wait(1500), hangUp]
    const restOfFirst = await untilBelow(-45, async () => {
      const heard = await call(node, script)
      expect(await told(node, heard, 'first')).toMatchObject({ interrupted: true, by: 'bot' })
      expect(await told(node, heard, 'second')).toEqual({
        heardMs: 800,
        uncertaintyMs: 0,
        totalMs: 800,
        interrupted: false,
      })
      const from = pressedAt(heard, '8') + toleranceMs + 20
      expect(goertzel(partOf(heard.heard, from, from + 500), 8000, 2000)).toBeGreaterThan(-15)
      return goertzel(partOf(heard.heard, from, from + 500), 8000, 1000)
    })
    expect(restOfFirst).toBeLessThan(-45)
  })
})

describe('the account of an utterance', () => {
  test.each([
    ['clear', '9'],
    ['its stop', '8'],
  ])('after %s says that the bot cut it, and how much was heard', async (_how, cut) => {
    await using node = await startNode({ bot })
    const error = await untilBelow(toleranceMs, async () => {
      const heard = await call(node, [press('1'), { do: 'wait-for-audio' }, wait(700), press(cut), wait(300), hangUp])
      const result = await told(node, heard, 'first')
      expect(result).toMatchObject({ interrupted: true, by: 'bot' })
      expect(result.totalMs).toBeGreaterThanOrEqual(result.heardMs)
      expect(result.totalMs).toBeLessThanOrEqual(10_000)
      const { from, to } = extentMs(heard.heard)
      return Math.max(Math.abs(result.heardMs - playedMs(heard)), Math.abs(result.heardMs - (to - from)))
    })
    expect(error).toBeLessThan(toleranceMs)
  })

  test('that was heard to its end says so', async () => {
    await using node = await startNode({ bot })
    const heard = await call(node, [press('2'), { do: 'wait-for-audio' }, wait(1500), hangUp])
    expect(await told(node, heard, 'second')).toEqual({
      heardMs: 800,
      uncertaintyMs: 0,
      totalMs: 800,
      interrupted: false,
    })
    expect(playedMs(heard)).toBe(800)
  })

  test('that the caller left in the middle says so, and how much was heard', async () => {
    await using node = await startNode({ bot })
    const error = await untilBelow(toleranceMs, async () => {
      const heard = await call(node, [press('1'), { do: 'wait-for-audio' }, wait(700), hangUp])
      const result = await told(node, heard, 'first')
      expect(result).toMatchObject({ interrupted: true, by: 'hang-up' })
      return Math.abs(result.heardMs - playedMs(heard))
    })
    expect(error).toBeLessThan(toleranceMs)
  })

  test('that never had its turn says that nothing was heard', async () => {
    await using node = await startNode({ bot })
    const heard = await call(node, [press('12'), { do: 'wait-for-audio' }, wait(300), press('9'), wait(300), hangUp])
    expect(await told(node, heard, 'second')).toMatchObject({ heardMs: 0, interrupted: true, by: 'bot' })
    expect(goertzel(heard.heard.samples, 8000, 2000)).toBeLessThan(-45)
  })

  test('that waits for its end when the bot returns is heard whole before the stream closes', async () => {
    await using node = await startNode({ bot })
    const heard = await call(node, [press('2'), { do: 'wait-for-audio' }, press('#'), wait(10_000)])
    expect(heard.hangup.source).toBe('Answer XML')
    expect(playedMs(heard)).toBe(800)
    expect(heard.all('stream-closed')[0]).toMatchObject({ by: 'server', code: 1000 })
  })
})

test.each([
  ['mulaw', 8000],
  ['l16-8k', 8000],
  ['l16-16k', 16_000],
])('a tone of 1 kHz comes back from examples/echo.ts as one of 1 kHz: %s', async (audio, rateHz) => {
  await using node = await startNode({ agents: [{ name: 'bot', file: 'examples/echo.ts' }] })
  const samples = tone({ frequencyHz: 1000, durationMs: 1000, sampleRateHz: 16_000 })
  // Frames that come late on a busy machine leave a hole, which makes it fainter, and less pure.
  const [fainterBy, impurity] = [3, -20]
  const error = await untilBelow(0, async () => {
    const heard = await simulate({
      answerUrl: `${node.answerUrl()}&audio=${audio}`,
      caller: [{ do: 'speak', audio: { samples, sampleRateHz: 16_000 } }, wait(1000), press('#')],
    })
    expect(heard.hangup.source).toBe('Answer XML')
    expect(heard.heard.sampleRateHz).toBe(rateHz)
    const { from, to } = extentMs(heard.heard)
    expect(to - from).toBeGreaterThan(990)
    const middle = partOf(heard.heard, from + 100, from + 600)
    const level = goertzel(middle, rateHz, 1000)
    const others = [500, 1500, 2000, 3000].map((other) => goertzel(middle, rateHz, other) - level)
    return Math.max(Math.abs(level + 12) - fainterBy, ...others.map((other) => other - impurity))
  })
  expect(error).toBeLessThan(0)
})
