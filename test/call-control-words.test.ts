import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { tone } from '../src/audio/tone.ts'
import { encodeWav } from '../src/audio/wav.ts'
import {
  botThat,
  hangsUp,
  longestSilence,
  oneCall,
  oneCallUntil,
  runs,
  says,
  saysAndPressesHash,
  tones,
} from './support/control-bots.ts'
import { documents, longestSilenceMs, startExchange } from './support/exchange.ts'

describe('takeMessage', () => {
  const bot = botThat(`takeMessage({ prompt: 'Please speak.', maxMs: 20000, silenceMs: 2000 })`)

  test('has the URL of what the caller said, and the caller comes back', async () => {
    await using exchange = await startExchange({ bot, credentials: false })
    await oneCallUntil(exchange, runs('Record'), saysAndPressesHash)
    await expect
      .poll(() => exchange.told)
      .toEqual([
        expect.objectContaining({ outcome: 'recorded', key: '#', url: expect.stringMatching(/^http/) as string }),
        { heard: true },
      ])
    const [{ url }] = exchange.told as [{ url: string }]
    expect((await fetch(url)).status).toBe(200)
  })

  test('takes a hang-up for the end of the message', async () => {
    await using exchange = await startExchange({ bot })
    await oneCallUntil(exchange, runs('Record'), (call) => says(call).then(() => hangsUp(call)))
    await expect.poll(() => exchange.told).toEqual([expect.objectContaining({ outcome: 'recorded' })])
  })
})

describe('say', () => {
  const bot = botThat(`say('Good morning to you.')`)

  test('without credentials is spoken between two streams', async () => {
    await using exchange = await startExchange({ bot, credentials: false })
    const result = await oneCall(exchange)
    expect(documents(result.timeline)).toEqual(['Stream Redirect', 'Speak Redirect', 'Stream Redirect', 'Hangup'])
    await expect
      .poll(() => exchange.told)
      .toEqual([expect.objectContaining({ estimated: true, interrupted: false }), { heard: true }])
    expect(longestSilenceMs(result)).toBeLessThan(longestSilence)
  })

  test('with credentials is spoken beside the stream, which stays', async () => {
    await using exchange = await startExchange({ bot })
    const { timeline } = await oneCall(exchange)
    expect(documents(timeline)).toEqual(['Stream Redirect', 'Hangup'])
    expect(exchange.api.seen).toEqual(['POST Speak'])
    await expect
      .poll(() => exchange.told)
      .toEqual([expect.objectContaining({ estimated: true, interrupted: false }), { heard: true }])
  })

  test('is spoken between two streams when the API fails', async () => {
    await using exchange = await startExchange({ bot, weather: 500 })
    const result = await oneCall(exchange)
    expect(documents(result.timeline)).toEqual(['Stream Redirect', 'Speak Redirect', 'Stream Redirect', 'Hangup'])
    expect(longestSilenceMs(result)).toBeLessThan(longestSilence)
  })

  test.each(['answer lost', 'silent'] as const)(
    'is not said twice when nobody knows whether it was: %s',
    async (weather) => {
      await using exchange = await startExchange({ bot, weather })
      const result = await oneCall(exchange)
      await expect
        .poll(() => exchange.told)
        .toEqual([expect.objectContaining({ code: 'unknown-outcome' }), { heard: true }])
      expect(documents(result.timeline)).toEqual(['Stream Redirect', 'Hangup'])
      expect(longestSilenceMs(result)).toBeLessThan(longestSilence)
    },
  )

  test('ends with the call', async () => {
    await using exchange = await startExchange({ bot: botThat(`say('A very long sentence, '.repeat(20))`) })
    await oneCallUntil(exchange, () => exchange.api.answered.includes('POST Speak'), hangsUp)
    await expect.poll(() => exchange.told).toEqual([expect.objectContaining({ interrupted: true, by: 'hang-up' })])
  })
})

describe('play of a URL', () => {
  test('is played by the carrier, between two streams', async () => {
    const bot = `${tones}
    await beep(400)
    tell(await call.play(call.body.url).catch(failure))
    tell({ heard: (await beep(600)).interrupted === false })`
    await using exchange = await startExchange({ bot, credentials: false })
    const file = await toneServer()
    const answerUrl = `${exchange.node.answerUrl()}&body=${encodeURIComponent(Buffer.from(JSON.stringify({ url: file.url })).toString('base64'))}`
    const call = exchange.plivo.api.switchboard.receive({
      from: '1',
      to: '2',
      answerUrl,
      hangupUrl: `${exchange.node.url}/plivo/hangup`,
    })
    const result = await call.ended
    expect(documents(call.timeline)).toEqual(['Stream Redirect', 'Play Redirect', 'Stream Redirect', 'Hangup'])
    await expect
      .poll(() => exchange.told)
      .toEqual([expect.objectContaining({ estimated: true, interrupted: false }), { heard: true }])
    expect(longestSilenceMs(result)).toBeLessThan(longestSilence)
    await file.close()
  })

  test('ends with the call', async () => {
    const file = await toneServer(20_000)
    await using exchange = await startExchange({ bot: botThat(`play('${file.url}')`), credentials: false })
    await oneCallUntil(exchange, runs('Play'), hangsUp)
    await expect.poll(() => exchange.told).toEqual([expect.objectContaining({ interrupted: true, by: 'hang-up' })])
    await file.close()
  })

  test('of a file that is not there leaves the caller with the bot', async () => {
    const bot = botThat(`play('http://127.0.0.1:9/none.mp3')`)
    await using exchange = await startExchange({ bot, credentials: false })
    await oneCall(exchange)
    await expect.poll(() => exchange.told.at(-1)).toEqual({ heard: true })
  })
})

/** A WAV file of tone, on a server. */
async function toneServer(durationMs = 1000): Promise<{ readonly url: string; close(): Promise<void> }> {
  const wav = encodeWav([tone({ frequencyHz: 700, durationMs, sampleRateHz: 8000 })], 8000)
  const http = createServer((_, response) => response.writeHead(200, { 'content-type': 'audio/wav' }).end(wav))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/tone.wav`,
    async close() {
      http.close()
      http.closeAllConnections()
      await once(http, 'close')
    },
  }
}
