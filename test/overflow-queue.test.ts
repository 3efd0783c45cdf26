import { describe, expect, test } from 'vitest'
import { ManualClock } from '../src/lib/manual-clock.ts'
import { defaultQueueing, type Queueing } from '../src/sessions/overflow/overflow.ts'
import { askForXml, ForeignStream, newCallUuid, streamUrlIn, tell } from './support/foreign-client.ts'
import { startNode, startNodeOn, type TestNode } from './support/node.ts'
import { patience } from './support/patience.ts'

/** Two agents with one place each. */
const agentsThat = (queueing: Partial<Queueing>) => {
  const policy = { comfortTone: 'off', overflow: { type: 'queue', ...defaultQueueing, ...queueing } } as const
  return ['bot', 'other'].map((name) => ({ name, maxSessions: 1, policy }))
}
const start = (queueing: Partial<Queueing> = {}) => startNode({ agents: agentsThat(queueing) })

/** A caller whose stream is up. */
async function call(node: TestNode, agent = 'bot') {
  const callId = newCallUuid()
  const xml = await (await askForXml(node.answerUrl(agent), { CallUUID: callId })).text()
  const stream = await new ForeignStream(streamUrlIn(xml), callId).opened()
  stream.start()
  const session = node.calls.find(callId)?.session
  const [, next = ''] = /<Redirect>([^<#]+)/.exec(xml) ?? []
  return {
    callId,
    stream,
    state: () => session?.state.name,
    /** What Plivo asks when the stream has ended. */
    asksWhatNext: async () => (await tell(next, { CallUUID: callId, Event: 'Redirect' })).text(),
    async hangsUp() {
      stream.socket.close()
      await tell(`${node.url}/plivo/hangup`, { CallUUID: callId, Event: 'Hangup', CallStatus: 'completed' })
    },
    [Symbol.dispose]: () => stream[Symbol.dispose](),
  }
}

const talks = (caller: Awaited<ReturnType<typeof call>>) => expect.poll(caller.state, patience).toBe('talking')
const waits = (caller: Awaited<ReturnType<typeof call>>) => expect.poll(caller.state, patience).toBe('queued')

describe('a caller in line', () => {
  test('hears music, and then a bot that hears nothing of what was said before', async () => {
    await using node = await start()
    using first = await call(node)
    await talks(first)
    using second = await call(node)
    await waits(second)
    second.stream.media(Buffer.alloc(160, 0x11))
    // Half a second a note.
    await expect.poll(() => second.stream.heard().length, patience).toBeGreaterThanOrEqual(2 * 4000)
    expect(node.calls.active).toBe(1)
    await first.hangsUp()
    await talks(second)
    await second.stream.echoes()
    // Whole notes, and what the bot said back.
    expect((second.stream.heard().length - 3 * 160) % 4000).toBe(0)
  })

  test('gets a place in the order of arrival, and nobody overtakes', async () => {
    await using node = await start()
    using first = await call(node)
    await talks(first)
    using second = await call(node)
    using third = await call(node)
    await waits(third)
    await first.hangsUp()
    using late = await call(node)
    await waits(late)
    await talks(second)
    expect([third.state(), late.state()]).toEqual(['queued', 'queued'])
    await second.hangsUp()
    await talks(third)
    await waits(late)
    await third.hangsUp()
    await talks(late)
  })

  test('does not hold up the callers of another agent', async () => {
    await using node = await start()
    using first = await call(node)
    using second = await call(node)
    await waits(second)
    using other = await call(node, 'other')
    await talks(other)
    await talks(first)
  })

  test('who has waited long enough gets what comes then', async () => {
    const clock = new ManualClock()
    const queueing = { maxWaitMs: 300, afterwards: { type: 'forward', to: '14155550123' } } as const
    await using node = await startNodeOn(clock, { agents: agentsThat(queueing) })
    using first = await call(node)
    using second = await call(node)
    await waits(second)
    clock.advance(300)
    expect(await second.stream.closed).toEqual({ code: 1000, reason: 'no-room' })
    expect(await second.asksWhatNext()).toMatch(/<Dial .*<Number>14155550123<\/Number>/)
    await talks(first)
  })

  test('who hangs up takes no place', async () => {
    await using node = await start()
    using first = await call(node)
    using second = await call(node)
    using third = await call(node)
    await waits(third)
    await second.hangsUp()
    await expect.poll(() => node.calls.queued.length, patience).toBe(1)
    await first.hangsUp()
    await talks(third)
    expect(node.calls.active).toBe(1)
  })

  test('is one of so many; whoever comes then does not wait', async () => {
    await using node = await start({ maxWaiting: 1, afterwards: { type: 'say', text: 'Later.' } })
    using first = await call(node)
    using second = await call(node)
    const xml = await (await askForXml(node.answerUrl(), { CallUUID: newCallUuid() })).text()
    expect(xml).toContain('<Speak>Later.</Speak>')
    await waits(second)
    await talks(first)
  })

  test('still gets a place on a node that stops, which takes nobody else', async () => {
    await using node = await start()
    using first = await call(node)
    using second = await call(node)
    await waits(second)
    const drained = node.calls.drain()
    const xml = await (await askForXml(node.answerUrl('other'), { CallUUID: newCallUuid() })).text()
    expect(xml).toMatch(/<Speak>.*lines are busy/)
    await first.hangsUp()
    await talks(second)
    await second.hangsUp()
    await drained
  })

  test('has a stream that is closed when the node ends its calls', async () => {
    await using node = await start()
    using first = await call(node)
    using second = await call(node)
    await waits(second)
    await node.calls[Symbol.asyncDispose]()
    expect((await second.stream.closed).code).toBe(1001)
    expect((await first.stream.closed).code).toBe(1001)
  })

  test('who has not come yet, and never does, leaves the line', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock, { agents: agentsThat({ maxWaitMs: 400 }) })
    using first = await call(node)
    await talks(first)
    await askForXml(node.answerUrl(), { CallUUID: newCallUuid() })
    clock.advance(399)
    expect(node.calls.queued).toHaveLength(1)
    clock.advance(1)
    expect(node.calls.queued).toHaveLength(0)
    await first.hangsUp()
    expect(node.calls.active).toBe(0)
  })
})
