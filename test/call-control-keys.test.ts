import { describe, expect, test } from 'vitest'
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
import { type Exchange, longestSilenceMs, startExchange } from './support/exchange.ts'

describe('keys to the far end', () => {
  test('sound in their time', async () => {
    await using exchange = await startExchange({
      bot: `${tones}
    await beep(200)
    const began = performance.now()
    await call.sendDigits('1ww23')
    tell(performance.now() - began)
    await beep(900)`,
    })
    const { timeline } = await oneCall(exchange)
    const sent = timeline.filter((event) => event.type === 'bot-sent-dtmf')
    expect(sent.map(({ digits }) => digits)).toEqual(['1', '23'])
    await expect.poll(() => exchange.told[0]).toBeGreaterThanOrEqual(990)
  })

  test('that do not exist are refused before anything sounds', async () => {
    await using exchange = await startExchange({ bot: botThat(`sendDigits('1x')`) })
    const { timeline } = await oneCall(exchange)
    await expect.poll(() => exchange.told[0]).toMatchObject({ name: 'RangeError' })
    expect(timeline.some((event) => event.type === 'bot-sent-dtmf')).toBe(false)
  })

  test('stop when the caller hangs up', async () => {
    await using exchange = await startExchange({ bot: botThat(`sendDigits('1' + 'W'.repeat(20) + '2')`) })
    const { timeline } = await oneCallUntil(exchange, happened('bot-sent-dtmf'), hangsUp)
    await expect.poll(() => exchange.told.length).toBe(1)
    expect(timeline.filter((event) => event.type === 'bot-sent-dtmf')).toHaveLength(1)
  })
})

describe('digits with a prompt', () => {
  const asks = botThat(`digits({ max: 4, until: '#', timeoutMs: 1500, prompt: { say: 'Please type your number.' } })`)

  const isAsked = (exchange: Exchange) => () => exchange.api.answered.includes('POST Speak')

  test('spoken by Plivo are those that the caller types', async () => {
    await using exchange = await startExchange({ bot: asks })
    await oneCallUntil(exchange, isAsked(exchange), (call) => {
      for (const digit of '42#') call.press(digit)
    })
    await expect.poll(() => exchange.told).toEqual([{ digits: '42', endedBy: 'until' }, { heard: true }])
  })

  test('are none when the caller types nothing', async () => {
    await using exchange = await startExchange({ bot: asks })
    await oneCall(exchange)
    await expect.poll(() => exchange.told).toEqual([{ digits: '', endedBy: 'timeout' }, { heard: true }])
  })

  test('end with the call', async () => {
    await using exchange = await startExchange({ bot: asks })
    await oneCallUntil(exchange, isAsked(exchange), hangsUp)
    await expect.poll(() => exchange.told).toEqual([{ digits: '', endedBy: 'hang-up' }])
  })
})

describe('hold', () => {
  test('plays music until the bot has the caller back', async () => {
    await using exchange = await startExchange({
      bot: `${tones}
    call.hold()
    await new Promise((resolve) => setTimeout(resolve, 3000))
    call.unhold()
    tell({ heard: (await beep(500)).interrupted === false })`,
    })
    const result = await oneCall(exchange)
    await expect.poll(() => exchange.told).toEqual([{ heard: true }])
    expect(longestSilenceMs(result)).toBeLessThan(longestSilence)
  })

  test('ends when the caller is transferred', async () => {
    await using exchange = await startExchange({
      bot: `${tones}
    call.hold()
    await new Promise((resolve) => setTimeout(resolve, 1000))
    tell(await call.transfer('${desk}'))
    tell({ heard: (await beep(500)).interrupted === false })`,
      phones: { [desk]: { busy: true } },
    })
    await oneCall(exchange)
    await expect.poll(() => exchange.told).toEqual([expect.objectContaining({ outcome: 'busy' }), { heard: true }])
  })

  test('ends with the call', async () => {
    await using exchange = await startExchange({ bot: `call.hold(); await call.checkpoint(); tell('over')` })
    await oneCall(exchange, [{ do: 'wait-for-audio' }, { do: 'wait', ms: 200 }, { do: 'hang-up' }])
    await expect.poll(() => exchange.told).toEqual(['over'])
  })
})

describe('hangUp', () => {
  test('after an utterance waits until it was heard', async () => {
    await using exchange = await startExchange({
      bot: `${tones}
    const last = beep(1000)
    await call.hangUp({ after: last })
    tell(await last)`,
    })
    const { heard } = await oneCall(exchange)
    await expect.poll(() => exchange.told).toEqual([expect.objectContaining({ heardMs: 1000, interrupted: false })])
    expect(heard.samples.filter((sample) => Math.abs(sample) > 500).length).toBeGreaterThan(6000)
  })

  test('needs neither credentials nor the API', async () => {
    await using exchange = await startExchange({ bot: `await call.hangUp(); tell('over')`, weather: 500 })
    const { hangup } = await oneCall(exchange)
    await expect.poll(() => exchange.told).toEqual(['over'])
    expect(hangup.source).toBe('Answer XML')
    expect(exchange.api.seen).toEqual([])
  })

  test('while the caller is with somebody else goes through the API', async () => {
    await using exchange = await startExchange({
      bot: `${tones}
    await beep(200)
    await call.transfer('${desk}')
    await call.hangUp()`,
      phones: { [desk]: { answers: 300, script: [hums] } },
    })
    const { hangup } = await oneCall(exchange)
    expect(hangup.source).toBe('API Request')
  })
})
