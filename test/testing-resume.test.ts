import { describe, expect, test } from 'vitest'
import { tone } from '../src/audio/tone.ts'
import { type Call, defineBot, type Resumed } from '../src/sdk/index.ts'
import type { Fallback } from '../src/sessions/detours/fallback.ts'
import { dialBot } from '../src/testing/index.ts'

const desk = '14155550123'
const comfortHz = 425

const playTone = (call: Call, frequencyHz: number, durationMs = 400) =>
  call.play(tone({ frequencyHz, durationMs, sampleRateHz: 8000 }), { sampleRateHz: 8000 })

/** Does `first` in the call's first run, and plays 880 Hz in every other one. */
function botThat(first: (call: Call) => PromiseLike<unknown> | void) {
  const runs: (Resumed | undefined)[] = []
  const bot = defineBot(async (call) => {
    runs.push(call.resumed)
    if (!call.resumed) await first(call)
    else await playTone(call, 880)
    await new Promise((resolve) => call.signal.addEventListener('abort', resolve))
  })
  return { bot, runs }
}

describe('a bot that crashes', () => {
  test('is followed by another run that knows what was saved and what was heard, and the caller keeps the line', async () => {
    const { bot, runs } = botThat(async (call) => {
      await call.save({ step: 1 })
      await playTone(call, 440)
      await call.save({ step: 2 })
      await playTone(call, 660, 5000)
    })
    await using call = await dialBot(bot)
    await call.hearsTone(440)
    await call.hearsTone(660)
    await call.waits(1000)
    const crashedAtMs = call.nowMs
    call.crashBot()
    await call.hearsTone(comfortHz, { withinMs: 200 })
    await call.hearsTone(880, { withinMs: 500 })
    expect(runs).toHaveLength(2)
    expect(runs[1]).toMatchObject({ reason: 'crash', count: 1, state: { step: 2 } })
    const [whole, cut, ...more] = runs[1]?.heard ?? []
    expect(more).toEqual([])
    expect(whole).toMatchObject({ utterance: 1, kind: 'play', totalMs: 400, heardMs: 400 })
    expect(whole).not.toHaveProperty('cutBy')
    expect(cut).toMatchObject({ utterance: 2, kind: 'play', cutBy: 'crash' })
    expect(Math.abs((cut?.heardMs ?? 0) - 1100)).toBeLessThan(250)
    // Nothing of what the dead one wanted heard is heard later.
    expect(call.timeline.filter(({ type }) => type === 'stream-started')).toHaveLength(1)
    expect(call.nowMs - crashedAtMs).toBeLessThan(1000)
    call.hangsUp()
    expect(await call.hangsUpBy('caller')).not.toHaveProperty('next')
  })

  test('for the third time costs the call: the caller hears an apology', async () => {
    const { bot, runs } = botThat((call) => void playTone(call, 440))
    await using call = await dialBot(bot)
    await call.hearsTone(440)
    for (const count of [1, 2]) {
      call.crashBot()
      await call.hearsTone(880)
      expect(runs.at(-1)).toMatchObject({ count })
    }
    call.crashBot()
    expect(await call.hangsUpBy('error')).toMatchObject({
      next: 'apologise',
      reason: 'the bot was lost: the test crashed the bot',
    })
    expect(runs).toHaveLength(3)
  })

  test('is not followed by what it had asked for and not got', async () => {
    const { bot } = botThat((call) => {
      void playTone(call, 440, 3000)
      void call.transfer(desk).catch(() => undefined)
    })
    await using call = await dialBot(bot)
    await call.hearsTone(440)
    call.crashBot()
    await call.hearsTone(880)
    await call.waits(70_000)
    expect(call.timeline.some(({ type }) => type === 'leg-dialled')).toBe(false)
    expect(call.timeline).toContainEqual(
      expect.objectContaining({ type: 'warning', text: expect.stringContaining('crashed before') }),
    )
  })

  test('while its caller is with somebody else is replaced, and the caller comes back to the new one', async () => {
    const { bot, runs } = botThat((call) => call.transfer(desk, { afterwards: 'bot' }))
    await using call = await dialBot(bot, {
      phones: { [desk]: { answers: 500, script: [{ do: 'wait', ms: 3000 }, { do: 'hang-up' }] } },
    })
    await call.happens('leg-bridged')
    call.crashBot()
    await call.waits(1000)
    // Whoever the caller talks with is not disturbed, and nobody plays anything to a caller who is not there.
    expect(runs).toHaveLength(1)
    await call.hearsTone(880)
    expect(runs).toHaveLength(2)
    expect(runs[1]).toMatchObject({ reason: 'crash', count: 1 })
    expect(call.timeline.filter(({ type }) => type === 'stream-started')).toHaveLength(2)
  })

  test('has its utterances counted on by the next: no number comes twice', async () => {
    const numbers: (number | undefined)[] = []
    const { bot, runs } = botThat((call) => void playTone(call, 440, 2000))
    await using call = await dialBot(bot)
    await call.hearsTone(440)
    call.crashBot()
    await call.hearsTone(880)
    call.crashBot()
    await call.hearsTone(880)
    numbers.push(...(runs.at(-1)?.heard ?? []).map(({ utterance }) => utterance))
    expect(numbers).toEqual([1, 2])
    expect(runs.at(-1)).toMatchObject({ count: 2, heard: [{ cutBy: 'crash' }, {}] })
  })

  test('leaves nothing of what it saved to the next call', async () => {
    const { bot, runs } = botThat((call) => call.save('secret'))
    for (const _ of [1, 2]) {
      await using call = await dialBot(bot)
      await call.waits(100)
    }
    expect(runs).toEqual([undefined, undefined])
  })

  test('cannot be crashed before it has the call, or once the call is over', async () => {
    await using call = await dialBot(defineBot(() => undefined))
    await call.ended
    expect(() => call.crashBot()).toThrow('crashBot: no bot has the call')
  })
})

describe('what a caller gets whose bot broke down for good', () => {
  const broken = defineBot(() => {
    throw new Error('out of luck')
  })
  const call = (onCrash: Fallback) => dialBot(broken, { policy: { onCrash } })

  test('is an apology, unless the agent says otherwise', async () => {
    await using apology = await dialBot(broken)
    expect(await apology.hangsUpBy('error')).toMatchObject({ next: 'apologise' })
    await using silent = await call({ type: 'hangup' })
    expect(await silent.hangsUpBy('error')).toMatchObject({ next: 'hang-up' })
    await using spoken = await call({ type: 'say', text: 'We call you back.' })
    expect(await spoken.hangsUpBy('error')).toMatchObject({ next: 'say' })
    expect(spoken.timeline).toContainEqual(expect.objectContaining({ type: 'element', name: 'Speak' }))
  })

  test('may be somebody else, and the apology when that one does not answer', async () => {
    await using taken = await call({ type: 'forward', to: desk })
    const colleague = await taken.isAnsweredBy(desk)
    await taken.happens('leg-bridged')
    colleague.hangsUp()
    expect(await taken.ended).toMatchObject({ next: 'hang-up' })
    await using missed = await dialBot(broken, {
      policy: { onCrash: { type: 'forward', to: desk } },
      phones: { [desk]: { busy: true } },
    })
    await missed.isTransferredTo(desk, { outcome: 'busy' })
    expect(await missed.ended).toMatchObject({ next: 'apologise' })
  })

  test('may be a recorder', async () => {
    await using message = await call({ type: 'message' })
    await message.isRecorded({ withinMs: 30_000 })
    await message.waits(1000)
    message.press('#')
    expect(await message.ended).toMatchObject({ next: 'say' })
  })
})

describe('a limit', () => {
  /** Plays a tone every five seconds for as long as the call lasts, and tells how it ended. */
  function talkative() {
    const told: unknown[] = []
    const bot = defineBot(async (call) => {
      void (async () => {
        while (!call.signal.aborted) {
          await playTone(call, 440)
          await call.digits({ timeoutMs: 5000 }).catch(() => undefined)
        }
      })()
      for await (const event of call) if (event.type === 'ended') told.push(event.reason)
    })
    return { bot, told }
  }

  test('on the length of a call ends it, with a word if the agent has one', async () => {
    const { bot, told } = talkative()
    await using call = await dialBot(bot, { policy: { maxSessionSeconds: 60, goodbye: 'Time is up.' } })
    const result = await call.hangsUpBy('bot', { withinMs: 90_000 })
    expect(result).toMatchObject({ next: 'say', reason: 'the call took as long as it may' })
    expect(Math.abs((call.timeline.find(({ type }) => type === 'stream-closed')?.atMs ?? 0) - 60_000)).toBeLessThan(500)
    expect(told).toEqual(['node'])
  })

  test('on silence spares a call in which somebody is heard, and ends the others', async () => {
    const policy = { maxSilenceMs: 8000 }
    await using lively = await dialBot(talkative().bot, { policy })
    await lively.waits(60_000)
    expect(lively.timeline.some(({ type }) => type === 'stream-closed')).toBe(false)
    const mute = defineBot(async (call) => {
      for await (const _ of call);
    })
    await using dead = await dialBot(mute, { policy })
    const result = await dead.hangsUpBy('bot', { withinMs: 10_000 })
    expect(result).toMatchObject({ next: 'hang-up', reason: 'nobody was heard any more' })
  })
})
