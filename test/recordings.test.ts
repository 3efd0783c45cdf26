import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseWav } from '../src/audio/wav.ts'
import { type CallerAction, PhoneBook, type SimulatedCall, SimulatorServer } from '../src/simulator/index.ts'
import { runs, saysAndPressesHash, speech, tones } from './support/control-bots.ts'
import { account } from './support/exchange.ts'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform, type TestPlatform } from './support/platform.ts'

/** Tests ask often. */
const apiRate = { burst: 10_000, perSecond: 10_000 }
const bot = (body: string) => `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {${tones}
    ${body}
  })`

let plivo: SimulatorServer
let platform: TestPlatform
beforeAll(async () => {
  const { authId, authToken } = account
  plivo = await SimulatorServer.start({ account: { authId, authTokens: [authToken] }, phones: new PhoneBook({}) })
  platform = await startPlatform(undefined, { plivoApi: { authId, authToken, baseUrl: plivo.url }, apiRate })
  await platform.deploy(
    'pauses',
    bot(`const recording = await call.record({ format: 'wav', channels: 'mono' })
    await beep(400)
    await recording.pause()
    await beep(100)
    await recording.resume()
    await beep(200)
    await recording.stop()`),
  )
  await platform.deploy(
    'keeps',
    bot(`await call.record({ format: 'wav', save: true })
    await beep(600)
    await call.hangUp()`),
  )
  await platform.deploy('asks', bot(`await call.takeMessage({ silenceMs: 2000, until: '#' })`))
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  await plivo[Symbol.asyncDispose]()
  await removeHome(platform)
})

interface Listed {
  readonly id: string
  readonly recordingId: string
  readonly sessionId: string
  readonly url: string
  readonly format: string
  readonly channels: number
  readonly durationMs: number | null
  readonly kept: boolean
  readonly sizeBytes: number | null
  readonly startedAt: string
}

/** A call from its beginning to its end; `talk` may take part. Returns its CallUUID. */
async function callTo(
  agent: string,
  {
    on = platform,
    caller = [] as readonly CallerAction[],
    talk = async (_call: SimulatedCall): Promise<void> => {},
  } = {},
): Promise<string> {
  const base = `http://127.0.0.1:${on.open.server.port}`
  await using call = plivo.api.switchboard.receive({
    from: '14155550100',
    to: '14155550199',
    answerUrl: `${base}/plivo-xml?agent=${agent}&org=${on.organization}`,
    hangupUrl: `${base}/plivo/hangup`,
    caller,
    maxDurationMs: 20_000,
  })
  await talk(call)
  return (await call.ended).callUuid
}

const ask = (path: string, on = platform) => on.ask('GET', `/v1/offhook/organizations/${on.organization}${path}`)
/** The earliest first. */
async function recordingsOf(callId: string, on = platform): Promise<readonly Listed[]> {
  const { body } = await ask(`/recordings?callId=${callId}`, on)
  return (body['recordings'] as Listed[]).toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))
}

test('what a bot records is on record, each part between two pauses with its length', async () => {
  const { id = '' } = (await platform.open.store.organizations.findByName(platform.organization)) ?? {}
  const listening = new AbortController()
  const events = platform.open.platform.events(id, listening.signal)
  const ready: unknown[] = []
  const heard = (async () => {
    for await (const { type, data } of events) if (type === 'recording.ready') ready.push(data['recordingId'])
  })()
  const callId = await callTo('pauses')
  await expect
    .poll(async () => (await recordingsOf(callId)).map(({ durationMs }) => typeof durationMs), patience)
    .toEqual(['number', 'number'])
  const [first, second] = await recordingsOf(callId)
  const { items } = await platform.open.store.sessions.list(id, { callId })
  const known = { sessionId: items[0]?.id, callId, format: 'wav', channels: 1, kept: false, sizeBytes: null }
  expect([first, second]).toMatchObject([known, known])
  expect(first?.recordingId).not.toBe(second?.recordingId)
  // As Plivo has it.
  const atPlivo = await (await fetch(first?.url ?? '')).arrayBuffer()
  const wav = parseWav(new Uint8Array(atPlivo))
  const lengthMs = wav.ok ? (wav.value.samples.length / wav.value.sampleRateHz) * 1000 : 0
  expect(lengthMs).toBeGreaterThan(300)
  expect(Math.abs((first?.durationMs ?? 0) - lengthMs)).toBeLessThan(1000)
  expect(ready).toEqual([first?.recordingId, second?.recordingId])
  listening.abort()
  await heard
  expect(await ask(`/recordings/${first?.id}`)).toMatchObject({ status: 200, body: { url: first?.url } })
  expect((await ask(`/recordings/${first?.id}/audio`)).status).toBe(404)
})

test('a recording that ends with its call has its length, and its copy can be had from the node', async () => {
  const callId = await callTo('keeps')
  await expect.poll(async () => (await recordingsOf(callId))[0], patience).toMatchObject({ kept: true })
  const [recording] = await recordingsOf(callId)
  await expect.poll(async () => (await recordingsOf(callId))[0]?.durationMs, patience).toBeGreaterThan(300)
  expect(recording).toMatchObject({ format: 'wav', channels: 2 })
  const base = `http://127.0.0.1:${platform.open.server.port}/v1/offhook/organizations/${platform.organization}`
  const { token = '' } = platform.open.first ?? {}
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${base}/recordings/${recording?.id}/audio`, { headers })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'audio/wav'])
  const copy = Buffer.from(await answer.arrayBuffer())
  expect(copy.length).toBe(recording?.sizeBytes)
  expect(copy.equals(Buffer.from(await (await fetch(recording?.url ?? '')).arrayBuffer()))).toBe(true)
  // What is on record of the file says nothing of the machine.
  const [file = '?'] = await readdir(join(platform.home, 'recordings'))
  expect(JSON.stringify(recording)).not.toContain(platform.home)
  expect(file).toBe(`${recording?.recordingId}.wav`)
})

test('a message that a bot takes is a recording of its session', async () => {
  const talk = async (call: SimulatedCall) => {
    await expect.poll(() => runs('Record')(call), patience).toBe(true)
    await saysAndPressesHash(call)
  }
  const callId = await callTo('asks', { talk })
  await expect.poll(() => recordingsOf(callId), patience).toHaveLength(1)
  const [recording] = await recordingsOf(callId)
  expect(recording).toMatchObject({ kept: false, channels: 2 })
  expect(recording?.durationMs).toBeGreaterThan(500)
  expect((await ask(`/messages?callId=${callId}`)).body).toMatchObject({ total: 0 })
})

test('recordings of whole calls are on record as Plivo tells of them, and are no messages of callers', async () => {
  const whole = await startPlatform(undefined, { record: 'wav', apiRate })
  try {
    await whole.deploy('desk', bot('await beep(500)'))
    await whole.deploy('broken', bot(`throw new Error('out of luck')`), { call: { onCrash: 'message' } })
    const caller: readonly CallerAction[] = [
      { do: 'wait-for-audio' },
      { do: 'wait-for-quiet' },
      speech,
      { do: 'press', digits: '#' },
    ]
    const calls = [callTo('desk', { on: whole }), callTo('broken', { on: whole, caller })]
    const [callId = '', left = ''] = await Promise.all(calls)
    await expect.poll(() => recordingsOf(callId, whole), patience).toHaveLength(1)
    const [recording] = await recordingsOf(callId, whole)
    expect(recording).toMatchObject({ format: 'wav', channels: 2, kept: false })
    expect(recording?.durationMs).toBeGreaterThan(400)
    expect((await fetch(recording?.url ?? '')).status).toBe(200)

    const messages = async () => (await ask(`/messages?callId=${left}`, whole)).body
    await expect.poll(messages, patience).toMatchObject({ total: 1 })
    await expect.poll(() => recordingsOf(left, whole), patience).toHaveLength(1)
    const [message] = (await messages())['messages'] as { url: string }[]
    expect((await recordingsOf(left, whole))[0]?.url).not.toBe(message?.url)
    expect(await messages()).toMatchObject({ total: 1 })
  } finally {
    await whole[Symbol.asyncDispose]()
    await removeHome(whole)
  }
})
