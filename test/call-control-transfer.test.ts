import { describe, expect, test } from 'vitest'
import type { CallerAction, Phones } from '../src/simulator/index.ts'
import {
  botThat,
  desk,
  hangsUp,
  happened,
  hums,
  longestSilence,
  oneCall,
  oneCallUntil,
  tones,
} from './support/control-bots.ts'
import { documents, longestSilenceMs, startExchange } from './support/exchange.ts'

describe('transfer', () => {
  const bot = botThat(`transfer('${desk}', { ringMs: 3000 })`)
  const answersAndTalks: Phones = { [desk]: { answers: 500, script: [{ do: 'wait', ms: 1500 }, { do: 'hang-up' }] } }

  test('connects the caller, and the call ends when the two have talked', async () => {
    await using exchange = await startExchange({ bot, phones: { [desk]: { answers: 500, script: [hums] } } })
    const { legs, timeline } = await oneCallUntil(exchange, () => exchange.told.length > 0, hangsUp)
    expect(exchange.told[0]).toEqual({ outcome: 'answered' })
    expect(documents(timeline)).toEqual(['Stream Redirect', 'Dial Number Redirect'])
    expect(legs[0]?.answered).toBe(true)
  })

  test('brings the caller back to the same bot after the talk, when the bot wants that', async () => {
    const bot = botThat(`transfer('${desk}', { ringMs: 3000, afterwards: 'bot' })`)
    await using exchange = await startExchange({ bot, phones: answersAndTalks })
    const { timeline } = await oneCall(exchange)
    await expect
      .poll(() => exchange.told)
      .toEqual([{ outcome: 'answered', talkedMs: expect.any(Number) as number }, { heard: true }])
    const [{ talkedMs }] = exchange.told as [{ talkedMs: number }]
    expect(talkedMs).toBeGreaterThanOrEqual(1000)
    expect(documents(timeline)).toEqual(['Stream Redirect', 'Dial Number Redirect', 'Stream Redirect', 'Hangup'])
  })

  test.each([
    ['is busy', { busy: true }, 'busy'],
    ['does not answer', { noAnswer: true }, 'no-answer'],
    ['declines', { rejects: true }, 'declined'],
    ['does not exist', { unallocated: true }, 'failed'],
  ] as const)('who %s: the caller comes back to the same bot', async (_, phone, outcome) => {
    await using exchange = await startExchange({ bot, phones: { [desk]: phone } })
    const result = await oneCall(exchange)
    await expect.poll(() => exchange.told).toEqual([expect.objectContaining({ outcome }), { heard: true }])
    expect(longestSilenceMs(result)).toBeLessThan(longestSilence)
  })

  test('needs no credentials', async () => {
    await using exchange = await startExchange({ bot, phones: { [desk]: { busy: true } }, credentials: false })
    await oneCall(exchange)
    await expect.poll(() => exchange.told).toEqual([expect.objectContaining({ outcome: 'busy' }), { heard: true }])
    expect(exchange.api.seen).toEqual([])
  })

  test('a caller who hangs up while it rings ends it', async () => {
    await using exchange = await startExchange({ bot, phones: { [desk]: { noAnswer: true } } })
    await oneCallUntil(exchange, happened('leg-ringing'), hangsUp)
    await expect.poll(() => exchange.told).toEqual([{ outcome: 'caller-hung-up' }])
  })

  test('says the parting words when nobody answers and the bot wants no caller back', async () => {
    const bot = botThat(`transfer('${desk}', { ringMs: 1000, onFail: { say: 'Nobody is there.' } })`)
    await using exchange = await startExchange({ bot, phones: { [desk]: { noAnswer: true } } })
    const { timeline } = await oneCall(exchange)
    await expect.poll(() => exchange.told[0]).toMatchObject({ outcome: 'no-answer' })
    expect(documents(timeline).at(-1)).toBe('Speak Hangup')
  })

  test('is done although the bot does not wait for it', async () => {
    const bot = `${tones}
    await beep(300)
    void call.transfer('${desk}')`
    await using exchange = await startExchange({
      bot,
      phones: { [desk]: { answers: 300, script: [{ do: 'wait', ms: 700 }, { do: 'hang-up' }] } },
    })
    const { timeline, legs } = await oneCall(exchange)
    expect(documents(timeline)).toEqual(['Stream Redirect', 'Dial Number Redirect', 'Hangup'])
    expect(legs[0]?.callUuid).toBeDefined()
  })

  test('a second one at the same time is refused', async () => {
    const bot = `${tones}
    const first = call.transfer('${desk}', { ringMs: 1000 })
    tell(await call.transfer('${desk}').catch(failure))
    tell(await first)`
    await using exchange = await startExchange({ bot, phones: { [desk]: { noAnswer: true } } })
    await oneCall(exchange)
    await expect.poll(() => exchange.told[0]).toMatchObject({ code: 'busy' })
    await expect.poll(() => exchange.told[1]).toMatchObject({ outcome: 'no-answer' })
  })
})

describe('a transfer with an announcement', () => {
  const bot = botThat(
    `transfer('${desk}', { announce: 'A caller for you. Press 1.', ringMs: 3000, afterwards: 'bot' })`,
  )
  const listens: CallerAction[] = [{ do: 'wait-for-audio' }, { do: 'wait-for-quiet', ms: 300 }]

  test('is heard by whoever answers, who accepts with a key', async () => {
    const phone = {
      answers: 300,
      script: [...listens, { do: 'press', digits: '1' }, { do: 'wait', ms: 1000 }, { do: 'hang-up' }],
    } as const
    await using exchange = await startExchange({ bot, phones: { [desk]: phone } })
    const { legs } = await oneCall(exchange)
    await expect.poll(() => exchange.told).toEqual([expect.objectContaining({ outcome: 'answered' }), { heard: true }])
    expect(legs[0]?.heard.samples.some((sample) => Math.abs(sample) > 500)).toBe(true)
  })

  test('is declined by a human who does not press the key, and the caller comes back to the bot', async () => {
    const phone = { answers: 300, script: [...listens, { do: 'hang-up' }] } as const
    await using exchange = await startExchange({ bot, phones: { [desk]: phone } })
    const result = await oneCall(exchange)
    await expect.poll(() => exchange.told).toEqual([expect.objectContaining({ outcome: 'declined' }), { heard: true }])
    // Music, from the ringing to the end of the question.
    expect(longestSilenceMs(result)).toBeLessThan(longestSilence)
  })
})
