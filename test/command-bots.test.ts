/** Server bots that the node starts itself: real processes. */
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { askWhatNext, openCall } from './support/foreign-client.ts'
import { startNode, type TestNode } from './support/node.ts'
import { patience } from './support/patience.ts'

const contractBot = resolve('test/support/contract-bot.mjs')
const command = [process.execPath, contractBot]

const startNodeFor = (environment: Record<string, string> = {}) =>
  startNode({ agents: [{ name: 'bot', command, environment }] })

const printed = (node: TestNode, wanted: RegExp) => node.log.all(wanted).filter(({ fields }) => fields['bot'] === true)

describe('a command', () => {
  test('serves a call: each message as it came, and back', async () => {
    await using node = await startNodeFor()
    using call = await openCall(node.answerUrl(), { From: '14155550123' })
    await call.stream.echoes(50)
    const { fields } = await node.log.until(/^body: /)
    expect(fields['session']).toBe(node.calls.find(call.callId)?.session.id)
    expect(printed(node, /"from":"14155550123"/)).toHaveLength(1)
    call.stream.dtmf('#')
    expect((await call.stream.closed).code).toBe(1000)
    expect(await askWhatNext(call.nextUrl, call.callId)).toMatch(/<Response><Hangup\/>/)
    await expect.poll(() => node.pool().status.free, patience).toBe(1)
  })
})
