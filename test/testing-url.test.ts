import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { tone } from '../src/audio/tone.ts'
import { dialUrl } from '../src/testing/index.ts'
import { startNode } from './support/node.ts'
import { pause } from './support/patience.ts'

const toneBot = `
  import { defineBot } from 'offhook'
  const beep = Int16Array.from({ length: 8000 }, (_, i) => 8000 * Math.sin((2 * Math.PI * 1000 * i) / 8000))
  export default defineBot(async (call) => {
    await call.play(beep, { sampleRateHz: 8000 })
    for await (const event of call) {
      if (event.type === 'audio') call.write(event.audio)
      if (event.type === 'dtmf' && event.digit === '5') call.sendDigits('55')
      if (event.type === 'dtmf' && event.digit === '9') throw new Error('nine')
      if (event.type === 'dtmf' && event.digit === '#') return
    }
  })`

const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was thrown',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )

/** A server that answers every request with the same XML. */
async function answering(xml: string) {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/xml')
    response.end(xml)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  }
}

test('a bot on a node is dialled by its answer URL: heard, spoken to, pressed, and hung up by', async () => {
  await using node = await startNode({ bot: toneBot })
  await using call = await dialUrl(node.answerUrl())
  await call.hearsTone(1000, { forMs: 500 })
  await call.hearsNothingFor(300, { withinMs: 2000 })
  await call.says({ samples: tone({ frequencyHz: 600, durationMs: 400, sampleRateHz: 8000 }), sampleRateHz: 8000 })
  await call.hearsTone(600, { forMs: 200 })
  await call.says('./examples/callers/hello.wav')
  await call.hears('./examples/callers/hello.wav')
  call.press('5')
  await call.hearsDigits('55')
  call.press('#')
  const result = await call.hangsUpBy('bot')
  expect(result.timeline.map(({ type }) => type)).toContain('stream-started')
  expect(result.heard.samples.length / result.heard.sampleRateHz).toBeCloseTo(result.durationMs / 1000, 0)
})

test('silence is told by what was heard, also where the machine falls behind', async () => {
  await using server = await answering('<Response><Wait length="5"/></Response>')
  await using call = await dialUrl(server.url)
  const quiet = call.hearsNothingFor(300)
  await pause(200)
  const busyUntil = performance.now() + 200
  while (performance.now() < busyUntil);
  await quiet
})

test('a signed call reaches a node that wants signatures, and an unsigned one is told apart', async () => {
  const authToken = 'a-token-for-the-test'
  await using node = await startNode({
    bot: toneBot,
    server: { plivoAuthTokens: [authToken], unsignedWebhooks: 'refuse' },
  })
  await using call = await dialUrl(node.answerUrl(), { authToken })
  await call.hearsTone(1000)
  call.hangsUp()
  await call.hangsUpBy('caller')
  await using refused = await dialUrl(node.answerUrl())
  expect(await messageOf(refused.hearsSomething())).toMatch(/expected to hear something .*\nthe call was over after/)
})

test('a bot that throws in a call by URL ends it with an error', async () => {
  await using node = await startNode({ bot: toneBot })
  await using call = await dialUrl(node.answerUrl())
  await call.hearsTone(1000)
  call.press('9')
  const { reason } = await call.hangsUpBy('error', { withinMs: 15_000 })
  expect(reason).toContain('the stream was closed with 1011 bot-threw')
})

test('what Plivo does without a bot can be expected by its events', async () => {
  await using server = await answering('<Response><Wait length="1"/><Hangup/></Response>')
  await using call = await dialUrl(server.url)
  await call.happens('element', { where: ({ name }) => name === 'Hangup' })
  await call.hangsUpBy('bot')
})

test('a transfer and a recording are expected by name', async () => {
  await using dialling = await answering('<Response><Dial><Number>4930123456</Number></Dial></Response>')
  await using transferred = await dialUrl(dialling.url)
  expect(await messageOf(transferred.isTransferredTo('4930999', { withinMs: 300 }))).toContain(
    'expected a transfer to 4930999 within 300 ms, in vain',
  )
  await transferred.isTransferredTo('+49 30 123456')

  await using taking = await answering('<Response><Record action="http://127.0.0.1:9/" maxLength="5"/></Response>')
  await using recorded = await dialUrl(taking.url)
  await recorded.isRecorded()
  expect(await messageOf(transferred.isRecorded({ withinMs: 100 }))).toContain('expected a recording within 100 ms')
})

test('a call that nobody answers is over, and says why', async () => {
  await using call = await dialUrl('http://127.0.0.1:9/', { hangupUrl: 'http://127.0.0.1:9/' })
  expect((await call.ended).by).toBe('error')
  expect(await messageOf(call.hearsSomething())).toContain('the call was over after 0.000 s: Error Reaching Answer URL')
})

test('an address that is no web address is refused', async () => {
  await expect(dialUrl('ws://127.0.0.1/')).rejects.toThrow(TypeError)
})
