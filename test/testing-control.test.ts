import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { tone } from '../src/audio/tone.ts'
import { encodeWav } from '../src/audio/wav.ts'
import { type Call, CallControlError, defineBot, type TransferOptions } from '../src/sdk/index.ts'
import { dialBot } from '../src/testing/index.ts'

const desk = '14155550123'

const beep = (frequencyHz: number, durationMs = 400) => ({
  samples: tone({ frequencyHz, durationMs, sampleRateHz: 8000 }),
  sampleRateHz: 8000,
})

const playTone = (call: Call, frequencyHz: number, durationMs = 400) =>
  call.play(beep(frequencyHz, durationMs).samples, { sampleRateHz: 8000 })

const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was thrown',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )

/** Plays 440 Hz, asks, tells what came of it, plays 880 Hz, and tells whether that was cut. */
function botThat(ask: (call: Call) => PromiseLike<unknown>) {
  const told: unknown[] = []
  const bot = defineBot(async (call) => {
    await playTone(call, 440)
    try {
      told.push(await ask(call))
    } catch (error) {
      told.push(error instanceof CallControlError ? error.code : error)
    }
    told.push((await playTone(call, 880)).interrupted)
  })
  return { bot, told }
}

const transferring = (options: TransferOptions = {}) => botThat((call) => call.transfer(desk, options))

describe('a transfer', () => {
  test('connects the caller with who answers, and ends the call when that one hangs up', async () => {
    const { bot, told } = transferring()
    await using call = await dialBot(bot, { phones: { [desk]: { answers: 2000 } } })
    await call.hearsTone(440)
    await call.isTransferredTo(desk)
    expect(await messageOf(call.isTransferredTo(desk, { outcome: 'busy' }))).toContain(
      `expected a transfer to ${desk} that is busy, and not answered within 5000 ms, in vain`,
    )
    const colleague = await call.isAnsweredBy(desk)
    await call.happens('leg-bridged')
    await Promise.all([call.says(beep(600)), colleague.hearsTone(600)])
    await Promise.all([colleague.says(beep(900)), call.hearsTone(900)])
    expect(told[0]).toEqual({ outcome: 'answered' })
    colleague.hangsUp()
    await colleague.hangsUpBy('caller')
    expect(await call.hangsUpBy('bot')).toMatchObject({ next: 'hang-up' })
  })

  test('brings the caller back to the same bot after the talk', async () => {
    const { bot, told } = transferring({ afterwards: 'bot' })
    await using call = await dialBot(bot, {
      phones: { [desk]: { answers: 500, script: [{ do: 'wait', ms: 3000 }, { do: 'hang-up' }] } },
    })
    await call.happens('leg-bridged')
    await call.hearsTone(880)
    await call.hangsUpBy('bot')
    expect(told).toEqual([{ outcome: 'answered', talkedMs: 3000 }, false])
    expect(call.timeline.filter(({ type }) => type === 'stream-started')).toHaveLength(2)
  })

  test('is announced to who answers, who takes the call with a key', async () => {
    const { bot } = transferring({ announce: 'Somebody about the roof. Press 1 to take the call.' })
    await using call = await dialBot(bot, { phones: { [desk]: { answers: 500 } } })
    const colleague = await call.isAnsweredBy(desk)
    await colleague.hearsSomething()
    await colleague.waits(2000)
    expect(call.timeline.some(({ type }) => type === 'leg-bridged')).toBe(false)
    colleague.press('1')
    await call.happens('leg-bridged')
    await Promise.all([call.says(beep(600)), colleague.hearsTone(600)])
  })

  test('who is asked and presses nothing has declined', async () => {
    const { bot, told } = transferring({ announce: 'Somebody about the roof. Press 1 to take the call.' })
    await using call = await dialBot(bot, { phones: { [desk]: { answers: 500 } } })
    await call.isTransferredTo(desk, { outcome: 'declined', withinMs: 20_000 })
    await call.hearsTone(880)
    expect(told[0]).toMatchObject({ outcome: 'declined' })
  })

  test.each([
    [{ busy: true }, 'busy', 'USER_BUSY'],
    [{ noAnswer: true }, 'no-answer', 'NO_ANSWER'],
    [{ rejects: true, afterMs: 1500 }, 'declined', 'CALL_REJECTED'],
    [{ unallocated: true }, 'failed', 'UNALLOCATED_NUMBER'],
  ] as const)('that nobody takes brings the caller back to the same bot: %j', async (phone, outcome, cause) => {
    const { bot, told } = transferring({ ringMs: 5000 })
    await using call = await dialBot(bot, { phones: { [desk]: phone } })
    await call.isTransferredTo(desk, { outcome, withinMs: 6000 })
    await call.hearsTone(880)
    const { next } = await call.hangsUpBy('bot')
    expect(told).toEqual([{ outcome, cause }, false])
    expect(next).toBe('hang-up')
  })

  test('says the parting words when nobody takes it', async () => {
    const { bot, told } = transferring({ ringMs: 1000, onFail: { say: 'Nobody is there.' } })
    await using call = await dialBot(bot, { phones: { [desk]: { noAnswer: true } } })
    const result = await call.hangsUpBy('bot', { withinMs: 6000 })
    expect(told[0]).toMatchObject({ outcome: 'no-answer' })
    expect(result.next).toBe('say')
  })

  test('ends when the caller hangs up while it rings', async () => {
    const { bot, told } = transferring()
    await using call = await dialBot(bot, { phones: { [desk]: { noAnswer: true } } })
    await call.happens('leg-ringing')
    await call.waits(3000)
    call.hangsUp()
    const { by, next } = await call.hangsUpBy('caller')
    expect({ by, next }).toEqual({ by: 'caller', next: undefined })
    await call.isTransferredTo(desk, { outcome: 'caller-hung-up' })
    expect(told).toEqual([{ outcome: 'caller-hung-up' }, true])
  })

  test('ends for both when the caller hangs up while they talk, although the bot is done', async () => {
    const told: unknown[] = []
    const bot = defineBot(async (call) => void told.push(await call.transfer(desk)))
    await using call = await dialBot(bot, { phones: { [desk]: { answers: 0 } } })
    const colleague = await call.isAnsweredBy(desk)
    await call.happens('leg-bridged')
    await call.waits(5000)
    expect(told).toEqual([{ outcome: 'answered' }])
    call.hangsUp()
    expect(await call.hangsUpBy('caller')).toMatchObject({ reason: 'the caller hung up' })
    await colleague.hangsUpBy('bot')
  })

  test('is made although the bot does not wait for it, and lasts as long as the two talk', async () => {
    const bot = defineBot(async (call) => {
      await playTone(call, 440)
      void call.transfer(desk)
    })
    await using call = await dialBot(bot, { phones: { [desk]: { answers: 700 } } })
    const colleague = await call.isAnsweredBy(desk)
    await call.happens('leg-bridged')
    await call.waits(60_000)
    await Promise.all([call.says(beep(600)), colleague.hearsTone(600)])
    colleague.hangsUp()
    await call.hangsUpBy('bot')
  })
})

describe('a message', () => {
  const prompt = 'Please leave a message after the tone.'
  const taking = () => botThat((call) => call.takeMessage({ prompt, silenceMs: 3000 }))

  test('is recorded, and the caller who ends it with a key is back with the bot', async () => {
    const { bot, told } = taking()
    await using call = await dialBot(bot)
    await call.isRecorded()
    await call.hearsTone(1000, { forMs: 250 })
    await call.waits(100)
    await call.says(beep(300, 2000))
    call.press('#')
    await call.hearsTone(880)
    await call.hangsUpBy('bot')
    expect(told).toEqual([
      {
        outcome: 'recorded',
        url: expect.stringMatching(/^https:\/\/media\.plivo\.com\/.*\.wav$/) as string,
        recordingId: expect.any(String) as string,
        durationMs: expect.closeTo(2100, -2) as number,
        key: '#',
      },
      false,
    ])
  })

  test('of a caller who speaks and hangs up is one', async () => {
    const { bot, told } = taking()
    await using call = await dialBot(bot)
    await call.isRecorded()
    await call.hearsTone(1000, { forMs: 250 })
    await call.says(beep(300, 2000))
    call.hangsUp()
    await call.hangsUpBy('caller')
    expect(told).toEqual([expect.objectContaining({ outcome: 'recorded' }), true])
  })

  test('of a caller who says nothing is none, and ends with the silence', async () => {
    const { bot, told } = botThat((call) => call.takeMessage({ silenceMs: 3000 }))
    await using call = await dialBot(bot)
    await call.hearsTone(1000, { forMs: 250 })
    const beeped = call.nowMs
    await call.hearsTone(880)
    expect(call.nowMs - beeped).toBeGreaterThan(3000)
    await call.hangsUpBy('bot')
    expect(told[0]).toEqual({ outcome: 'empty' })
  })

  test('of a caller who hangs up during the prompt is none', async () => {
    const { bot, told } = botThat((call) => call.takeMessage({ prompt }))
    await using call = await dialBot(bot)
    await call.happens('element', { where: ({ name }) => name === 'Speak' })
    await call.waits(500)
    call.hangsUp()
    await call.hangsUpBy('caller')
    expect(told).toEqual([{ outcome: 'caller-hung-up' }, true])
  })
})

describe('without credentials', () => {
  const words = 'Our office is closed today.'

  test('the carrier speaks between two streams', async () => {
    const { bot, told } = botThat((call) => call.say(words))
    await using call = await dialBot(bot)
    await call.happens('bot-audio-started', { where: ({ source }) => source === 'plivo' })
    await call.hearsTone(880)
    await call.hangsUpBy('bot')
    const spokenMs = (words.length / 15) * 1000
    expect(told).toEqual([
      expect.objectContaining({ interrupted: false, estimated: true, heardMs: expect.closeTo(spokenMs, -2) as number }),
      false,
    ])
    expect(call.timeline.filter(({ type }) => type === 'stream-started')).toHaveLength(2)
  })

  test('a caller who hangs up while the carrier speaks has heard a part', async () => {
    const { bot, told } = botThat((call) => call.say(words))
    await using call = await dialBot(bot)
    await call.happens('bot-audio-started', { where: ({ source }) => source === 'plivo' })
    await call.waits(600)
    call.hangsUp()
    await call.hangsUpBy('caller')
    expect(told).toEqual([expect.objectContaining({ interrupted: true, by: 'hang-up' }), true])
  })

  test('a recording in mid-call is not to be had, and the timeline says why', async () => {
    const { bot, told } = botThat((call) => call.record())
    await using call = await dialBot(bot)
    await call.hearsTone(880)
    expect(told[0]).toBe('no-credentials')
    const warning = await call.happens('warning', { where: ({ text }) => text.startsWith('not done for the bot') })
    expect(warning.text).toContain("takes Plivo's REST API")
  })
})

test.each([
  [true, 'at once'],
  [false, 'when Plivo asks'],
])('a bot that hangs up during its transfer ends the call; with the API (%j) %s', async (api, when) => {
  const bot = defineBot(async (call) => {
    const transferred = call.transfer(desk, { ringMs: 20_000 })
    await call.digits({ timeoutMs: 5000 })
    await call.hangUp()
    await transferred
  })
  await using call = await dialBot(bot, { api, phones: { [desk]: { noAnswer: true } } })
  const { reason, durationMs } = await call.hangsUpBy('bot', { withinMs: 30_000 })
  expect(reason).toBe('the bot hung up')
  expect(durationMs).toBeCloseTo(when === 'at once' ? 5000 : 20_100, -2)
})

test('with the API the bot can cut the carrier short, and a recording ends when it is told to', async () => {
  const { bot, told } = botThat(async (call) => {
    await call.record({ maxMs: 60_000 })
    const saying = call.say('Our office is closed today, and tomorrow, and the day after that, and for ever.')
    await call.digits({ max: 1 })
    saying.stop()
    return (await saying).by
  })
  await using call = await dialBot(bot, { api: true })
  await call.happens('bot-audio-started', { where: ({ source }) => source === 'plivo' })
  await call.waits(800)
  call.press('1')
  await call.hearsTone(880)
  const { atMs } = await call.happens('bot-audio-ended', { where: ({ source }) => source === 'plivo' })
  expect(atMs).toBeLessThan(2500)
  expect(told[0]).toBe('bot')
})

test('with the API the carrier speaks beside the stream, and the call is recorded', async () => {
  const { bot, told } = botThat(async (call) => {
    const recording = await call.record()
    const said = await call.say('Our office is closed today.')
    await recording.stop()
    return { said: said.interrupted, url: recording.url }
  })
  await using call = await dialBot(bot, { api: true })
  await call.happens('bot-audio-started', { where: ({ source }) => source === 'plivo' })
  await call.hearsTone(880)
  await call.hangsUpBy('bot')
  expect(told).toEqual([{ said: false, url: expect.stringContaining('/Recording/') as string }, false])
  expect(call.timeline.filter(({ type }) => type === 'stream-started')).toHaveLength(1)
})

test('a file on the web is fetched for real, and the bot goes on after it', async () => {
  const wav = encodeWav(beep(600, 500).samples, 8000)
  const server = createServer((_request, response) => void response.setHeader('content-type', 'audio/wav').end(wav))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { bot, told } = botThat((call) => call.play(`http://127.0.0.1:${port}/prompt.wav`))
  await using call = await dialBot(bot)
  await call.hearsTone(600, { forMs: 400 })
  await call.hearsTone(880)
  await call.hangsUpBy('bot')
  expect(told).toEqual([expect.objectContaining({ interrupted: false }), false])
  server.close()
})

test('a stream that breaks is followed by another, with the bot from its beginning', async () => {
  let calls = 0
  const bot = defineBot(async (call) => {
    const isFirst = ++calls === 1
    await playTone(call, 440, 3000)
    // One that does not notice the end must not keep the caller waiting.
    if (isFirst) await new Promise(() => undefined)
  })
  await using call = await dialBot(bot, { faults: { cutSocketAfterMs: 1000 } })
  const { atMs } = await call.happens('stream-closed', { where: ({ by }) => by === 'lost' })
  expect(atMs).toBe(1000)
  await call.hearsTone(440, { forMs: 2900 })
  expect(await call.hangsUpBy('bot')).toMatchObject({ reason: 'the bot returned' })
  expect(calls).toBe(2)
})

test('custom data that no answer URL could carry is refused', async () => {
  const body = { text: 'x'.repeat(5000) }
  await expect(
    dialBot(
      defineBot(() => undefined),
      { body },
    ),
  ).rejects.toThrow('body must be at most 4096 bytes of JSON')
})

test('the same transfer gives the same timeline every time', async () => {
  const run = async () => {
    const { bot } = transferring({ ringMs: 2000 })
    await using call = await dialBot(bot, { phones: { [desk]: { noAnswer: true } } })
    return await call.ended
  }
  const [first, second] = [await run(), await run()]
  expect(second.timeline).toEqual(first.timeline)
  expect(second.heard.samples).toEqual(first.heard.samples)
})

test('a number in a script of nobody is refused before the call', async () => {
  const phones = { [desk]: { answers: 0, script: [{ do: 'press', digits: 'x' }] } } as const
  await expect(
    dialBot(
      defineBot(() => undefined),
      { phones },
    ),
  ).rejects.toThrow(RangeError)
})
