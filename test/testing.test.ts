import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as realSleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { tone } from '../src/audio/tone.ts'
import { parseWav } from '../src/audio/wav.ts'
import { type Bot, type Call, defineBot, type DigitsResult, type UtteranceResult } from '../src/sdk/index.ts'
import { dialBot, type TestCall } from '../src/testing/index.ts'
import { findDigits } from '../src/testing/tones.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

const example = (name: string) => new URL(`../examples/${name}`, import.meta.url)
const frontDesk = example('front-desk.ts')
const echo = example('echo.ts')

const beep = (frequencyHz: number, durationMs: number) => ({
  samples: tone({ frequencyHz, durationMs, sampleRateHz: 8000 }),
  sampleRateHz: 8000,
})

/** Plays a tone and gives what became of it. */
const playTone = (call: Call, frequencyHz: number, durationMs: number) =>
  call.play(beep(frequencyHz, durationMs).samples, { sampleRateHz: 8000 })

const silentBot = defineBot(async (call) => {
  for await (const _ of call) continue
})

const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was thrown',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )

describe('examples/front-desk.ts', () => {
  test('greets, and says the hours when 1 is pressed', async () => {
    await using call = await dialBot(frontDesk)
    await call.hears('./prompts/welcome.wav')
    expect(call.nowMs).toBeLessThan(2000)
    call.press('1')
    await call.hears('./prompts/hours.wav')
    await call.hearsNothingFor(1000)
  })

  test('says its whole menu to a caller who waits', async () => {
    await using call = await dialBot(frontDesk)
    await call.hears('./prompts/welcome.wav')
    await call.hears('./prompts/menu.wav')
  })

  test('repeats what the caller says', async () => {
    await using call = await dialBot(frontDesk)
    await call.hears('./prompts/welcome.wav')
    const speech = parseWav(await readFile(example('callers/hello.wav')))
    if (!speech.ok) throw new Error(speech.problem)
    // One sentence: what is said in two goes is repeated in two goes.
    const { samples, sampleRateHz } = speech.value
    const sentence = { samples: samples.subarray(0, 2 * sampleRateHz), sampleRateHz }
    await call.says(sentence)
    await call.hears(sentence)
  })

  test('says goodbye and hangs up when # is pressed', async () => {
    await using call = await dialBot(frontDesk)
    await call.hearsSomething()
    call.press('#')
    await call.hears('./prompts/goodbye.wav')
    const { next } = await call.hangsUpBy('bot', { withinMs: 500 })
    expect(next).toBe('hang-up')
  })

  test('does not understand other keys', async () => {
    await using call = await dialBot(frontDesk)
    call.press('7')
    await call.hears(example('prompts/not-understood.wav'))
  })
})

describe('examples/echo.ts', () => {
  test.each(['mulaw', 'l16-8k', 'l16-16k'] as const)('says back what it hears: %s', async (audio) => {
    await using call = await dialBot(echo, { audio })
    await call.says(beep(1000, 500))
    await call.hearsTone(1000, { forMs: 400 })
    await call.says('./callers/hello.wav')
    await call.hears('./callers/hello.wav')
    call.press('#')
    await call.hangsUpBy('bot')
  })

  test('answers 20 ms after the caller spoke, in two minutes of call time', async () => {
    await using call = await dialBot(echo)
    await call.waits(119_000)
    const saidAtMs = call.nowMs
    const saying = call.says(beep(500, 300))
    await call.hearsSomething()
    expect(saidAtMs).toBe(119_000)
    const started = await call.happens('bot-audio-started')
    expect(started.atMs).toBe(saidAtMs + 20)
    await saying
    await call.waits(120_000 - call.nowMs)
    expect(call.nowMs).toBe(120_000)
    expect(call.heard()).toHaveLength(120 * 8000)
  })
})

describe('virtual time', () => {
  test('a bot that plays and gathers for two minutes is two minutes older afterwards', async () => {
    const collected: string[] = []
    const bot = defineBot(async (call) => {
      while (!call.signal.aborted) {
        await playTone(call, 440, 2000)
        const { digits } = await call.digits({ max: 2, timeoutMs: 3000 })
        collected.push(digits)
      }
    })
    await using call = await dialBot(bot)
    for (let round = 0; round < 24; round++) {
      await call.hearsTone(440)
      await call.hearsNothingFor(500, { withinMs: 3000 })
      call.press('42')
      await call.waits(5000 * (round + 1) - call.nowMs)
    }
    expect(call.nowMs).toBe(120_000)
    expect(collected.length).toBeGreaterThanOrEqual(24)
    expect(new Set(collected.slice(0, 24))).toEqual(new Set(['42']))
  })

  test('stands still while the test does something else', async () => {
    await using call = await dialBot(echo)
    await call.waits(100)
    await realSleep(30)
    expect(call.nowMs).toBe(100)
  })

  test('passes while the test waits for a promise of its own', async () => {
    const { promise, resolve } = Promise.withResolvers<DigitsResult>()
    const bot = defineBot(async (call) => resolve(await call.digits({ timeoutMs: 7000 })))
    await using call = await dialBot(bot)
    await call.waits(promise)
    expect(await promise).toEqual({ digits: '', endedBy: 'timeout' })
    expect(call.nowMs).toBe(7000)
  })

  test('the same test gives the same timeline and the same audio every time', async () => {
    const run = async () => {
      await using call = await dialBot(frontDesk)
      await call.hears('./prompts/welcome.wav')
      await call.says('./callers/hello.wav')
      call.press('3')
      await call.hears('./prompts/joke.wav')
      call.press('#')
      return await call.ended
    }
    const [first, second] = [await run(), await run()]
    expect(second.timeline).toEqual(first.timeline)
    expect(second.heard.samples).toEqual(first.heard.samples)
    expect(first.timeline.length).toBeGreaterThan(15)
  })

  test('a file that is played takes no time to be read', async () => {
    await using call = await dialBot(frontDesk)
    await call.hearsSomething()
    const started = await call.happens('bot-audio-started')
    expect(started.atMs).toBe(0)
  })

  test('keeps real pace while the bot waits for a real timer', async () => {
    const bot = defineBot(async (call) => {
      await realSleep(200)
      await playTone(call, 600, 400)
      await call.digits()
    })
    const startedAt = performance.now()
    await using call = await dialBot(bot)
    await call.hearsTone(600)
    const { atMs } = await call.happens('bot-audio-started')
    expect(performance.now() - startedAt).toBeGreaterThan(190)
    // Real pace, not faster: at most what really went by.
    expect(atMs).toBeLessThan(performance.now() - startedAt + 40)
  })

  test('keeps real pace while the bot fetches', async () => {
    const server = createServer((_request, response) => void setTimeout(() => response.end('900'), 150))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const bot = defineBot(async (call) => {
      const answer = await fetch(url, { signal: call.signal })
      await playTone(call, Number(await answer.text()), 500)
    })
    const startedAt = performance.now()
    await using call = await dialBot(bot)
    await call.hearsTone(900)
    const { atMs } = await call.happens('bot-audio-started')
    expect(atMs).toBeLessThan(performance.now() - startedAt + 40)
    await call.hangsUpBy('bot')
    server.close()
    server.closeAllConnections()
  })

  test('fake timers of the test do not stop it', async () => {
    vi.useFakeTimers()
    try {
      await using call = await dialBot(echo)
      await call.waits(1000)
      expect(call.nowMs).toBe(1000)
    } finally {
      vi.useRealTimers()
    }
  })

  test('two calls at once are two calls', async () => {
    await using one = await dialBot(frontDesk)
    await using other = await dialBot(echo)
    await Promise.all([one.hears('./prompts/welcome.wav'), other.says(beep(700, 300))])
    await other.hearsTone(700)
    one.hangsUp()
    await one.hangsUpBy('caller')
    await other.waits(100)
  })
})

describe('a bot is told', () => {
  test('who calls, whom, and with what', async () => {
    const calls: Call[] = []
    const bot = defineBot(async (call) => void calls.push(call))
    await using call = await dialBot(bot, { from: '4930123', to: '4930456', body: { plan: 'gold' } })
    await call.hangsUpBy('bot')
    expect(calls).toHaveLength(1)
    expect(calls[0]).toMatchObject({ from: '4930123', to: '4930456', direction: 'inbound', body: { plan: 'gold' } })
  })

  test('its prewarm runs once for many calls, and its throw is thrown by the dialling', async () => {
    let warmed = 0
    const bot: Bot = { onCall: () => undefined, prewarm: () => void warmed++ }
    for (let i = 0; i < 3; i++) await (await dialBot(bot))[Symbol.asyncDispose]()
    expect(warmed).toBe(1)
    const cold: Bot = { onCall: () => undefined, prewarm: () => Promise.reject(new Error('no model')) }
    await expect(dialBot(cold)).rejects.toThrow('no model')
  })

  test('a file that is no bot is refused by name', async () => {
    await using folder = await TemporaryFolder.create()
    const file = join(folder.path, 'nothing.mjs')
    await writeFile(file, 'export default 42')
    await expect(dialBot(file)).rejects.toThrow(/nothing\.mjs has no bot: write `export default defineBot/)
  })
})

describe('digits', () => {
  /** Collects once and lets the test see what came of it. */
  const gathering = (options: Parameters<Call['digits']>[0]) => {
    const { promise, resolve } = Promise.withResolvers<DigitsResult>()
    return { result: promise, bot: defineBot(async (call) => resolve(await call.digits(options))) }
  }

  test('time out after the first wait, and after the wait between two', async () => {
    const none = gathering({ max: 4, timeoutMs: 6000 })
    await using quiet = await dialBot(none.bot)
    await quiet.hangsUpBy('bot', { withinMs: 7000 })
    expect(await none.result).toEqual({ digits: '', endedBy: 'timeout' })
    expect(quiet.nowMs).toBe(6000)

    const some = gathering({ max: 4, timeoutMs: 6000, betweenMs: 1500 })
    await using slow = await dialBot(some.bot)
    await slow.waits(5980)
    slow.press('12')
    await slow.hangsUpBy('bot')
    expect(await some.result).toEqual({ digits: '12', endedBy: 'timeout' })
    expect(slow.nowMs).toBe(5980 + 250 + 1500)
  })

  test('end with a key, with the call, or when there are enough', async () => {
    const until = gathering({ max: 10, until: '#' })
    await using first = await dialBot(until.bot)
    first.press('12#')
    await first.ended
    expect(await until.result).toEqual({ digits: '12', endedBy: 'until' })

    const cut = gathering({ max: 3 })
    await using second = await dialBot(cut.bot)
    second.press('1')
    await second.waits(100)
    second.hangsUp()
    await second.hangsUpBy('caller')
    expect(await cut.result).toEqual({ digits: '1', endedBy: 'hang-up' })
  })

  test('that the bot sends are heard', async () => {
    await using call = await dialBot(
      defineBot(async (call) => {
        void call.sendDigits('1226#')
        await call.digits()
      }),
    )
    await call.hearsDigits('1226#')
    await call.waits(1500)
    expect(findDigits({ samples: call.heard(), sampleRateHz: 8000 })).toBe('1226#')
    await using other = await dialBot(defineBot((call) => call.sendDigits('12')))
    expect(await messageOf(other.hearsDigits('13', { withinMs: 1000 }))).toContain('expected to hear the keys 13')
  })

  test('that the bot plays as tones are heard', async () => {
    const { dtmfTone, silence } = await import('../src/audio/tone.ts')
    const bot = defineBot(async (call) => {
      for (const key of '4410') {
        call.play(dtmfTone(key, 120, 8000), { sampleRateHz: 8000 })
        call.play(silence(80, 8000), { sampleRateHz: 8000 })
      }
      await call.digits()
    })
    await using call = await dialBot(bot)
    await call.hearsDigits('4410')
  })
})

describe('the end of a call', () => {
  test('of a bot that throws is an error, with what it threw', async () => {
    const bot = defineBot(async (call) => {
      await playTone(call, 500, 300)
      throw new Error('the oven is cold')
    })
    await using call = await dialBot(bot)
    await call.hearsTone(500)
    const result = await call.hangsUpBy('error')
    expect(result).toMatchObject({ by: 'error', next: 'apologise' })
    expect(result.reason).toMatch(/^the bot threw: Error: the oven is cold\n\s+at /)
  })

  test('fails an expectation as soon as the caller has heard the apology, with the reason', async () => {
    const bot = defineBot(() => {
      throw new Error('the oven is cold')
    })
    await using call = await dialBot(bot)
    const message = await messageOf(call.hears('./examples/prompts/welcome.wav'))
    expect(message).toMatch(/the call was over after 3\.\d+ s: the bot threw: Error: the oven is cold/)
    expect(call.nowMs).toBeLessThan(4000)
  })

  test('by a bot that never returns is for the caller to bring about', async () => {
    const bot = defineBot(() => new Promise(() => undefined))
    await using call = await dialBot(bot, { maxDurationMs: 30_000 })
    const message = await messageOf(call.hangsUpBy('bot', { withinMs: 10_000 }))
    expect(message).toContain('expected a hang-up by bot within 10000 ms, in vain')
    expect(call.nowMs).toBe(10_000)
    const { by, durationMs } = await call.ended
    expect({ by, durationMs }).toEqual({ by: 'caller', durationMs: 30_000 })
  })

  test('is told apart: who hung up', async () => {
    await using call = await dialBot(defineBot((call) => call.hangUp()))
    expect((await call.hangsUpBy('bot')).reason).toBe('the bot hung up')
    await using other = await dialBot(silentBot)
    other.hangsUp()
    expect(await messageOf(other.hangsUpBy('bot'))).toContain('expected a hang-up by bot, not by caller')
  })

  test('leaves nothing behind', async () => {
    // The test runner sets timers of its own.
    const resources = () => process.getActiveResourcesInfo().filter((type) => !['Immediate', 'Timeout'].includes(type))
    const before = resources()
    {
      await using call = await dialBot(frontDesk)
      await call.hears('./prompts/welcome.wav')
    }
    expect(resources()).toEqual(before)
  })

  test('may be waited for more than once, and a call hung up twice', async () => {
    const call = await dialBot(frontDesk)
    call.hangsUp()
    call.hangsUp()
    const [first, second] = await Promise.all([call.ended, call.ended])
    expect(second).toBe(first)
    await call[Symbol.asyncDispose]()
    await call[Symbol.asyncDispose]()
    await call.waits(1000)
    await using next = await dialBot(frontDesk)
    await next.hears('./prompts/welcome.wav')
  })

  test('lets the bot finish what it does after the call', async () => {
    let done = false
    const bot = defineBot(async (call) => {
      for await (const _ of call) continue
      await realSleep(20)
      done = true
    })
    {
      await using call = await dialBot(bot)
      await call.waits(100)
    }
    expect(done).toBe(true)
  })
})

describe('interruptions', () => {
  test('what is cut is not heard, and the bot knows how much was', async () => {
    const results: UtteranceResult[] = []
    const bot = defineBot(async (call) => {
      const utterance = playTone(call, 800, 5000)
      for await (const event of call) {
        if (event.type !== 'dtmf') continue
        call.clear()
        results.push(await utterance)
        await playTone(call, 1200, 400)
        return
      }
    })
    await using call = await dialBot(bot)
    await call.waits(1500)
    call.press('1')
    await call.hearsTone(800)
    await call.hearsTone(1200, { forMs: 300 })
    await call.hangsUpBy('bot')
    expect(results).toMatchObject([{ interrupted: true, by: 'bot' }])
    expect(Math.abs((results[0]?.heardMs ?? 0) - 1500)).toBeLessThanOrEqual(20)
    const { droppedMs } = await call.happens('audio-cleared')
    expect(droppedMs).toBeGreaterThan(0)
  })

  test('speech of the caller is noticed while the bot speaks', async () => {
    await using call = await dialBot(frontDesk)
    await call.hears('./prompts/welcome.wav')
    const speaking = call.says('./callers/hello.wav')
    await call.happens('audio-cleared', { where: ({ droppedMs }) => droppedMs > 0 })
    await speaking
  })
})

describe('a failure', () => {
  const failing = async (expectation: (call: TestCall) => Promise<unknown>) => {
    await using call = await dialBot(frontDesk)
    return await messageOf(expectation(call))
  }

  test('shows what was heard instead, how loud, and what happened', async () => {
    const message = await failing((call) => call.hears('./prompts/hours.wav'))
    expect(message).toContain('expected to hear examples/prompts/hours.wav begin within 5000 ms, to its end, in vain')
    expect(message).toMatch(/heard from 0\.000 s on, 100 ms a character:\n {3}0\.000 s \|[▁▂▃▄▅▆▇█ ]{50}\|\n/)
    expect(message).toMatch(/0\.000 s {2}examples\/prompts\/welcome\.wav, whole/)
    expect(message).toMatch(/2\.0\d\d s {2}examples\/prompts\/menu\.wav, its first \d+ of 12126 ms/)
    expect(message).toMatch(/0\.000 s {2}stream-started streamId=/)
    expect(message).not.toContain('a tone')
  })

  test('names tones', async () => {
    const bot = defineBot(async (call) => void (await playTone(call, 1000, 1000)))
    await using call = await dialBot(bot)
    const message = await messageOf(call.hearsTone(1100))
    expect(message).toContain('expected to hear a tone of 1100 Hz for 100 ms within 5000 ms, in vain')
    expect(message).toMatch(/0\.\d00 s {2}a tone of about 1000 Hz/)
  })

  test('of silence says what broke it', async () => {
    expect(await failing((call) => call.hearsNothingFor(1000))).toContain(
      'expected to hear nothing for 1000 ms, in vain',
    )
    await using over = await dialBot(defineBot(() => undefined))
    expect(await messageOf(over.hearsNothingFor(1000))).toContain('the call was over after 0.000 s: the bot returned')
    await using call = await dialBot(silentBot)
    await call.hearsNothingFor(1000)
    expect(call.nowMs).toBe(1000)
    expect(await messageOf(call.hearsSomething({ withinMs: 300 }))).toContain(
      'expected to hear something within 300 ms',
    )
    expect(call.nowMs).toBe(1300)
  })

  test('of a prompt that is not there names the places', async () => {
    expect(await failing((call) => call.hears('./prompts/nope.wav'))).toMatch(
      /^\.\/prompts\/nope\.wav: there is no file .*examples\/prompts\/nope\.wav and none .*prompts\/nope\.wav$/,
    )
  })

  test('shows what the bot could not play', async () => {
    const bot = defineBot(async (call) => {
      call.play('./prompts/absent.wav')
      await call.digits()
    })
    await using call = await dialBot(bot, { folder: 'examples' })
    expect(await messageOf(call.hearsSomething())).toContain(
      'the bot printed: play: ./prompts/absent.wav: there is no file',
    )
  })

  test('names an event that did not happen', async () => {
    expect(await failing((call) => call.happens('recorded', { withinMs: 100 }))).toContain(
      'expected "recorded" to happen within 100 ms, in vain',
    )
  })
})

test('expectations follow one another: what was heard once is not heard again', async () => {
  await using call = await dialBot(frontDesk)
  await call.hears('./prompts/welcome.wav')
  expect(await messageOf(call.hears('./prompts/welcome.wav', { withinMs: 1000 }))).toContain('in vain')
})

test('a recording of both sides can be saved', async () => {
  await using folder = await TemporaryFolder.create()
  const path = join(folder.path, 'call.wav')
  await using call = await dialBot(echo)
  await call.says(beep(440, 1000))
  await call.saveRecording(path)
  const wav = parseWav(await readFile(path))
  expect(wav).toMatchObject({ ok: true, value: { channels: 2, sampleRateHz: 8000 } })
  expect(call.heard(0, 500)).toHaveLength(4000)
})

test('keys that do not exist are refused', async () => {
  await using call = await dialBot(silentBot)
  expect(() => call.press('1x')).toThrow(RangeError)
})
