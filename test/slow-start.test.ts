import { describe, expect, test } from 'vitest'
import type { CallPolicy } from '../src/sessions/call-policy.ts'
import { askForXml, ForeignStream, newCallUuid, streamUrlIn } from './support/foreign-client.ts'
import { startNode } from './support/node.ts'
import { patience } from './support/patience.ts'

/** Takes a while to load. Says nothing until it hears something. */
const slowBot = (ms: number) => `
  import { defineBot } from 'offhook'
  await new Promise((resolve) => setTimeout(resolve, ${ms}))
  export default defineBot(async (call) => {
    for await (const event of call) if (event.type === 'audio') call.write(event.audio)
  })`

const startSlow = (ms: number, policy: CallPolicy = {}) =>
  startNode({ cold: true, agents: [{ name: 'bot', bot: slowBot(ms), policy }] })

/** A call as far as its answer. */
async function ask(node: Awaited<ReturnType<typeof startSlow>>) {
  const callId = newCallUuid()
  const answer = await askForXml(node.answerUrl(), { CallUUID: callId })
  const session = node.calls.find(callId)?.session
  const ready = session?.state.name === 'ringing' && session.state.instanceReady
  return { callId, session, ready, streamUrl: streamUrlIn(await answer.text()) }
}

describe('a caller whose bot is slow to come', () => {
  test('hears a tone until it is there', async () => {
    await using node = await startSlow(1500)
    const { callId, streamUrl, session } = await ask(node)
    using stream = await new ForeignStream(streamUrl, callId).opened()
    stream.start()
    await expect.poll(() => stream.heard().length, patience).toBeGreaterThan(0)
    expect(session?.state.name).toBe('waiting')
    await expect.poll(() => session?.state.name, patience).toBe('talking')
    await node.log.until('call started')
    // Each time the whole of it, and then the bot's own words.
    await stream.echoes()
    const tones = stream.heard().length - 3 * 160
    expect(tones % 1920).toBe(0)
    // Once the bot has the call, its silence is its own.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(stream.heard().length).toBe(tones + 3 * 160)
  })

  test('hears nothing where the agent wants no tone', async () => {
    await using node = await startSlow(1500, { comfortTone: 'off' })
    const { callId, streamUrl } = await ask(node)
    using stream = await new ForeignStream(streamUrl, callId).opened()
    stream.start()
    await node.log.until('call started')
    expect(stream.heard().length).toBe(0)
  })

  test('hears the tone until it speaks, where the agent wants that', async () => {
    await using node = await startNode({
      agents: [{ name: 'bot', bot: slowBot(0), policy: { comfortTone: 'until-spoken' } }],
    })
    const { callId, streamUrl } = await ask(node)
    using stream = await new ForeignStream(streamUrl, callId).opened()
    stream.start()
    await node.log.until('call started')
    await expect.poll(() => stream.heard().length, patience).toBeGreaterThanOrEqual(2 * 1920)
    await stream.echoes()
    const heard = stream.heard().length
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(stream.heard().length).toBe(heard)
  })
})

describe('the telephone', () => {
  test('is answered at once, whether the bot is ready or not', async () => {
    await using node = await startSlow(20_000)
    expect((await ask(node)).ready).toBe(false)
  })

  test('rings on until the bot is ready, where the agent wants that', async () => {
    await using node = await startSlow(700, { ringUntilReadyMs: 30_000 })
    expect((await ask(node)).ready).toBe(true)
  })

  test('rings no longer than the agent wants', async () => {
    await using node = await startSlow(20_000, { ringUntilReadyMs: 200 })
    expect((await ask(node)).ready).toBe(false)
  })
})
