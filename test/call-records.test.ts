import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CallerAction, dial, PhoneBook } from '../src/simulator/index.ts'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform, type TestPlatform } from './support/platform.ts'

const colleague = '14155550177'
const bot = `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    await call.play(new Int16Array(1600).fill(9000), { sampleRateHz: 8000 })
    for await (const event of call) {
      if (event.type !== 'dtmf') continue
      if (event.digit === '2') void call.transfer('${colleague}', { ringMs: 3000 })
      return
    }
  })`

let platform: TestPlatform
let organizationId: string

beforeAll(async () => {
  platform = await startPlatform()
  await platform.deploy('desk', bot)
  organizationId = (await platform.open.store.organizations.findByName(platform.organization))?.id ?? ''
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  await removeHome(platform)
})

const press = (digits: string): readonly CallerAction[] => [{ do: 'wait-for-audio' }, { do: 'press', digits }]
const recordOf = (callUuid: string) => platform.open.store.calls.find(organizationId, callUuid)
const sessionsOf = async (callId: string) =>
  (await platform.open.store.sessions.list(organizationId, { callId })).items.map(({ endReason }) => endReason)

test('a call is over with what Plivo says of its end', async () => {
  const { callUuid } = await platform.call('desk', press('1')).ended
  await expect.poll(async () => (await recordOf(callUuid))?.hangupCause, patience).toBe('Normal Hangup')
  const record = await recordOf(callUuid)
  expect(record?.durationMs).toBeGreaterThanOrEqual(0)
  expect(record?.endedAt).toBeGreaterThanOrEqual(record?.createdAt ?? Infinity)
  expect(await sessionsOf(callUuid)).toEqual(['bot-returned'])
})

test('a call without a hangup webhook is over when Plivo is told to hang up', async () => {
  const call = dialDesk({ caller: press('1') })
  const { callUuid } = await call.ended
  await expect.poll(async () => (await recordOf(callUuid))?.endedAt, patience).toEqual(expect.any(Number))
})

test('a call goes on while a colleague has the caller, although its session is over', async () => {
  const phones = new PhoneBook({ [colleague]: { answers: 100 } })
  const call = dialDesk({ phones, caller: press('2'), hangupUrl: true })
  const { callUuid } = call
  await expect.poll(() => sessionsOf(callUuid), patience).toEqual(['bot-returned'])
  await expect.poll(() => call.timeline.some(({ type }) => type === 'leg-answered'), patience).toBe(true)
  expect((await recordOf(callUuid))?.endedAt).toBeNull()
  call.hangUp()
  await call.ended
  await expect.poll(async () => (await recordOf(callUuid))?.hangupCause, patience).toBe('Normal Hangup')
})

test('a session that somebody stops says so', async () => {
  const call = dialDesk({ hangupUrl: true })
  const path = `/v1/organizations/${platform.organization}/services/desk/sessions`
  await expect.poll(() => sessionsOf(call.callUuid), patience).toHaveLength(1)
  const [session] = (await platform.open.store.sessions.list(organizationId, { callId: call.callUuid })).items
  expect((await platform.ask('DELETE', `${path}/${session?.id ?? ''}`)).status).toBe(200)
  await call.ended
  await expect.poll(() => sessionsOf(call.callUuid), patience).toEqual(['stopped'])
})

test('a node that stops ends its calls, and one that begins anew ends what a dead one had', async () => {
  const first = await startPlatform()
  await first.deploy('desk', bot)
  const call = first.call('desk')
  await first.log.until('call started')
  await first[Symbol.asyncDispose]()
  const second = await startPlatform(first)
  try {
    const { calls, organizations } = second.open.store
    const { id = '' } = (await organizations.findByName(second.organization)) ?? {}
    const cause = (await calls.find(id, call.callUuid))?.hangupCause
    expect(cause).toBe('node stopped')
  } finally {
    await second[Symbol.asyncDispose]()
    await removeHome(first)
  }
})

function dialDesk({
  caller = [],
  phones,
  hangupUrl = false,
}: {
  readonly caller?: readonly CallerAction[]
  readonly phones?: PhoneBook
  readonly hangupUrl?: boolean
}) {
  const base = `http://127.0.0.1:${platform.open.server.port}`
  return dial({
    answerUrl: `${base}/plivo-xml?agent=desk&org=${platform.organization}`,
    hangupUrl: hangupUrl ? `${base}/plivo/hangup` : `${base}/nowhere`,
    authTokens: ['the-token-of-the-account'],
    caller,
    ...(phones && { phones }),
    maxDurationMs: 20_000,
  })
}
