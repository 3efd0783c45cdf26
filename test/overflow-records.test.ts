import { afterAll, beforeAll, expect, test } from 'vitest'
import { tone } from '../src/audio/tone.ts'
import type { CallerAction } from '../src/simulator/index.ts'
import { askForXml, newCallUuid, tell } from './support/foreign-client.ts'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform, type TestPlatform } from './support/platform.ts'
import { WebhookReceiver } from './support/webhook-receiver.ts'

const token = 'the-token-of-the-account'
const bot = `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    for await (const event of call);
  })`
const broken = `
  import { defineBot } from 'offhook'
  export default defineBot(() => { throw new Error('out of luck') })`
const leavesMessage: readonly CallerAction[] = [
  { do: 'wait-for-audio' },
  { do: 'wait-for-quiet' },
  {
    do: 'speak',
    audio: { samples: tone({ frequencyHz: 300, durationMs: 800, sampleRateHz: 8000 }), sampleRateHz: 8000 },
  },
  { do: 'press', digits: '#' },
]

let platform: TestPlatform
beforeAll(async () => {
  platform = await startPlatform()
  const autoScaling = { minAgents: 0, maxAgents: 1 }
  await platform.deploy('desk', bot, { autoScaling, call: { overflow: 'message' } })
  await platform.deploy('line', bot, { autoScaling, call: { overflow: 'queue', overflowWaitSeconds: 3600 } })
  await platform.deploy('broken', broken, { call: { onCrash: 'message' } })
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  await removeHome(platform)
})

const answerUrl = (agent: string) =>
  `http://127.0.0.1:${platform.open.server.port}/plivo-xml?agent=${agent}&org=${platform.organization}`
/** Plivo asks about a new call, and no stream comes. */
async function callFor(agent: string): Promise<string> {
  const callId = newCallUuid()
  await askForXml(answerUrl(agent), { CallUUID: callId }, { token })
  return callId
}
const hangUp = (agent: string, callId: string) =>
  tell(answerUrl(agent), { CallUUID: callId, Event: 'Hangup', HangupCauseName: 'Normal Hangup' }, { token })
const read = async (path: string) =>
  (await platform.ask('GET', `/v1/offhook/organizations/${platform.organization}${path}`)).body

test('messages of callers are on record, whether there was no place or the bot broke down', async () => {
  await using receiver = await WebhookReceiver.start()
  const base = `/v1/offhook/organizations/${platform.organization}`
  await platform.ask('POST', `${base}/webhooks`, { url: receiver.url, events: ['message.left'] })
  await callFor('desk')
  const calls = [platform.call('desk', leavesMessage), platform.call('broken', leavesMessage)]
  const [refused, crashed] = await Promise.all(calls.map(({ ended }) => ended))
  const messageOf = async (callUuid = '') => (await read(`/messages?callId=${callUuid}`))['messages']
  const message = {
    messageId: expect.any(String) as string,
    from: '14155550100',
    to: '14155550199',
    durationMs: expect.any(Number) as number,
    url: expect.stringMatching(/^\w+:/) as string,
  }
  await expect
    .poll(() => messageOf(refused?.callUuid), patience)
    .toEqual([expect.objectContaining({ ...message, agent: 'desk', callId: refused?.callUuid, sessionId: null })])
  await expect
    .poll(() => messageOf(crashed?.callUuid), patience)
    .toEqual([expect.objectContaining({ ...message, agent: 'broken', sessionId: expect.any(String) as string })])
  await receiver.waitFor(2)
  const told = receiver.received.map(({ body }) => JSON.parse(body) as { data: Record<string, unknown> })
  expect(told.map(({ data }) => data)).toContainEqual(
    expect.objectContaining({
      service: 'desk',
      session_id: null,
      call: { id: refused?.callUuid, from: message.from, to: message.to, direction: 'inbound' },
      url: message.url,
      duration_ms: message.durationMs,
    }),
  )
  expect(await read('/messages?agent=desk')).toMatchObject({ total: 1 })
  expect(await read('/messages?agent=nobody')).toMatchObject({ status: 404 })
  const record = { overflow: 'message', overflowOutcome: 'message-left', hangupCause: expect.any(String) as string }
  await expect.poll(() => read(`/call-records/${refused?.callUuid}`), patience).toMatchObject(record)
  expect(await read(`/call-records/${crashed?.callUuid}`)).toMatchObject({ overflow: null, overflowOutcome: null })
})

test('a call that had no place is on record, with what became of it, and told and counted once', async () => {
  const listening = new AbortController()
  const { id = '' } = (await platform.open.store.organizations.findByName(platform.organization)) ?? {}
  const events = platform.open.platform.events(id, listening.signal)[Symbol.asyncIterator]()
  const seen: unknown[] = []
  const heard = (async () => {
    for (let next = await events.next(); !next.done; next = await events.next()) {
      if (next.value.type === 'call.overflowed') seen.push(next.value.data)
    }
  })()
  const first = await callFor('line')
  const second = await callFor('line')
  const third = await callFor('line')
  await expect.poll(() => read(`/call-records/${second}`), patience).toMatchObject({ overflow: 'queue', endedAt: null })
  expect(await read('/calls')).toMatchObject({
    calls: expect.arrayContaining([expect.objectContaining({ callId: second })]) as unknown,
  })
  await hangUp('line', third)
  await hangUp('line', first)
  await expect.poll(() => read(`/call-records/${second}`), patience).toMatchObject({ overflowOutcome: 'served' })
  await expect
    .poll(() => read(`/call-records/${third}`), patience)
    .toMatchObject({ overflowOutcome: 'caller-hung-up', endedAt: expect.any(String) as string, sessions: [] })
  expect(seen).toEqual([second, third].map((callId) => ({ callId, agentName: 'line', overflow: 'queue' })))
  const records = await read('/call-records?overflowed=true&agent=line')
  expect(records).toMatchObject({ total: 2 })
  const metrics = await (await fetch(`http://127.0.0.1:${platform.open.server.port}/metrics`)).text()
  expect(metrics).toMatch(/^offhook_calls_overflowed_total\{.*agent="line",overflow="queue"\} 2$/m)
  listening.abort()
  await heard
})
