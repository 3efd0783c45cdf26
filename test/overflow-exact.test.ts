import { describe, expect, test } from 'vitest'
import { ManualClock } from '../src/lib/manual-clock.ts'
import { dial, PhoneBook } from '../src/simulator/index.ts'
import { askForXml, ForeignStream, newCallUuid, streamUrlIn, tell } from './support/foreign-client.ts'
import { startNode, startNodeOn, type TestNode } from './support/node.ts'
import { patience } from './support/patience.ts'

const policy = { overflow: { type: 'busy' } } as const
const ask = async (node: TestNode, callId = newCallUuid(), agent = 'bot') => ({
  callId,
  xml: await (await askForXml(node.answerUrl(agent), { CallUUID: callId })).text(),
})
const isIn = ({ xml }: { readonly xml: string }) => xml.includes('<Stream ')
const isRefused = ({ xml }: { readonly xml: string }) => xml.includes('<Hangup reason="busy"/>')

/** The caller's stream is up, and the bot has the call. */
async function talk(node: TestNode, { callId, xml }: { readonly callId: string; readonly xml: string }) {
  const stream = await new ForeignStream(streamUrlIn(xml), callId).opened()
  stream.start()
  await expect.poll(() => node.calls.find(callId)?.session.state.name, patience).toBe('talking')
  return stream
}

describe('of fifty calls at once, where there are twenty places', () => {
  test('twenty are answered by bots and thirty are refused, though Plivo asks twice about each', async () => {
    await using node = await startNode({
      agents: [{ name: 'bot', maxSessions: 20, sessionsPerInstance: 20, warmInstances: 1, policy }],
      server: { maxCalls: 100 },
    })
    const callIds = Array.from({ length: 50 }, () => newCallUuid())
    const answers = await Promise.all([...callIds, ...callIds].map((callId) => ask(node, callId)))
    expect([answers.filter(isIn).length, answers.filter(isRefused).length]).toEqual([40, 60])
    const admitted = answers
      .filter(isIn)
      .filter(({ callId }, index, all) => all.findIndex((one) => one.callId === callId) === index)
    expect(admitted).toHaveLength(20)
    expect(node.calls.refused).toBe(30)
    const streams = await Promise.all(admitted.map((answer) => talk(node, answer)))
    await Promise.all(streams.map((stream) => stream.echoes()))
    expect(node.calls.active).toBe(20)

    for (const stream of streams.splice(0, 5)) {
      stream.socket.close()
      await tell(`${node.url}/plivo/hangup`, { CallUUID: stream.callId, Event: 'Hangup', CallStatus: 'completed' })
    }
    const more = await Promise.all(Array.from({ length: 10 }, () => ask(node)))
    expect(more.filter(isIn)).toHaveLength(5)
    for (const stream of streams) stream[Symbol.dispose]()
  })

  test('of several agents, the places of the node are as exact', async () => {
    const agents = ['bot', 'other'].map((name) => ({ name, policy }))
    await using node = await startNode({ agents, server: { maxCalls: 20 } })
    const asked = Array.from({ length: 50 }, (_, index) => ask(node, undefined, index % 2 === 0 ? 'bot' : 'other'))
    const answers = await Promise.all(asked)
    expect([answers.filter(isIn).length, answers.filter(isRefused).length]).toEqual([20, 30])
  })
})

describe('a place', () => {
  const desk = '14155550123'

  test('is kept by a caller who is with somebody else', async () => {
    const bot = `
      import { defineBot } from 'offhook'
      export default defineBot(async (call) => {
        await call.transfer('${desk}', { afterwards: 'bot' })
      })`
    await using node = await startNode({ agents: [{ name: 'bot', bot, maxSessions: 1, policy }] })
    const phones = new PhoneBook({ [desk]: { answers: 100 } })
    await using call = dial({ answerUrl: node.answerUrl(), phones, maxDurationMs: 30_000 })
    await expect.poll(() => call.timeline.some(({ type }) => type === 'leg-bridged'), patience).toBe(true)
    expect(node.calls.find(call.callUuid)?.session.state.name).toBe('away')
    expect(isRefused(await ask(node))).toBe(true)
    call.hangUp()
    await call.ended
    await expect.poll(async () => isIn(await ask(node)), patience).toBe(true)
  })

  test('is free again when the stream does not come within a minute', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock, { agents: [{ name: 'bot', maxSessions: 1, policy }] })
    expect(isIn(await ask(node))).toBe(true)
    clock.advance(59_000)
    expect(isRefused(await ask(node))).toBe(true)
    clock.advance(1000)
    expect(isIn(await ask(node))).toBe(true)
  })

  test('that somebody else took while a stream was lost is not given twice: the caller is told', async () => {
    await using node = await startNode({ agents: [{ name: 'bot', maxSessions: 1, policy }] })
    const first = await ask(node)
    using stream = await talk(node, first)
    stream.socket.terminate()
    await expect.poll(() => node.calls.active, patience).toBe(0)
    expect(isIn(await ask(node))).toBe(true)
    const [, next = ''] = /<Redirect>([^<#]+)/.exec(first.xml) ?? []
    const asked = await tell(next, { CallUUID: first.callId, Event: 'Redirect' })
    expect(await asked.text()).toMatch(/<Speak>.*lines are busy.*<Hangup\/>/)
    expect(node.calls.active).toBe(1)
  })
})
