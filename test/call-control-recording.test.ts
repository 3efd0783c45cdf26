import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parseWav } from '../src/audio/wav.ts'
import { botThat, longestSilence, oneCall, speech, tones } from './support/control-bots.ts'
import { documents, longestSilenceMs, startExchange } from './support/exchange.ts'

describe('record', () => {
  const records = `${tones}
    const recording = await call.record({ format: 'wav', channels: 'mono', maxMs: 60000 })
    tell({ url: recording.url })
    await beep(1200)
    tell(await recording.stop({ save: true }).catch(failure))`

  test('has a file at Plivo and a copy on the node', async () => {
    await using exchange = await startExchange({ bot: records })
    await oneCall(exchange)
    const [, files] = exchange.told as [unknown, [{ url: string; path: string }]]
    expect(exchange.api.seen.filter((request) => request.endsWith('Record'))).toEqual(['POST Record', 'DELETE Record'])
    const copy = await readFile(files[0].path)
    expect(copy.equals(Buffer.from(await (await fetch(files[0].url)).arrayBuffer()))).toBe(true)
    const wav = parseWav(copy)
    expect(wav.ok && wav.value.samples.some((sample) => Math.abs(sample) > 1000)).toBe(true)
  })

  test('pauses by ending its file, and goes on in another', async () => {
    const bot = `${tones}
    const recording = await call.record({ format: 'wav' })
    await beep(500)
    await recording.pause()
    await beep(300)
    await recording.resume()
    await beep(500)
    tell((await recording.stop()).map(({ recordingId }) => recordingId))`
    await using exchange = await startExchange({ bot })
    await oneCall(exchange)
    const [ids] = exchange.told as [string[]]
    expect(new Set(ids).size).toBe(2)
  })

  test('without credentials is refused, with what to do', async () => {
    await using exchange = await startExchange({ bot: botThat('record()'), credentials: false })
    await oneCall(exchange)
    await expect
      .poll(() => exchange.told)
      .toEqual([
        expect.objectContaining({ code: 'no-credentials', fix: expect.stringContaining('PLIVO_AUTH_ID') as string }),
        { heard: true },
      ])
  })

  test.each([
    [500, 'unavailable'],
    [400, 'refused'],
    ['answer lost', 'unknown-outcome'],
    ['silent', 'unknown-outcome'],
  ] as const)(
    'when the API answers with %s fails as %s, and the caller is not left in silence',
    async (weather, code) => {
      await using exchange = await startExchange({ bot: botThat('record()'), weather })
      const result = await oneCall(exchange)
      await expect.poll(() => exchange.told).toEqual([expect.objectContaining({ code }), { heard: true }])
      expect(longestSilenceMs(result)).toBeLessThan(longestSilence)
    },
  )

  test('is kept by the node when it ends with the call', async () => {
    const bot = `${tones}
    await call.record({ format: 'wav', save: true })
    await beep(1000)
    await call.hangUp()`
    await using exchange = await startExchange({ bot })
    await oneCall(exchange)
    const { fields } = await exchange.node.log.until('a recording was kept')
    expect((await readFile(String(fields['path']))).length).toBeGreaterThan(8000)
  })

  test('of whole calls needs no credentials: the setting puts it into the first document', async () => {
    const node = { agents: [{ name: 'bot', recording: { format: 'wav', channels: 'stereo' } as const }] }
    await using exchange = await startExchange({ node, credentials: false })
    const { timeline } = await oneCall(exchange, [speech, { do: 'press', digits: '#' }])
    expect(documents(timeline)).toEqual(['Record Stream Redirect', 'Hangup'])
    const { fields } = await exchange.node.log.until('a recording is ready')
    expect((await fetch(String(fields['url']))).status).toBe(200)
  })
})
