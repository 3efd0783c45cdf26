/** Our own client of Plivo's REST API beside the official one: the same requests, the same answers, verb by verb. */
import { randomUUID } from 'node:crypto'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseWav } from '../src/audio/wav.ts'
import { PlivoRest } from '../src/plivo/index.ts'
import { PhoneBook } from '../src/simulator/index.ts'
import { SimulatorServer, type SimulatorServerOptions } from '../src/simulator/rest/server.ts'
import { officialSdk, PlivoProxy, Witness, type Fields, type SdkClient } from './plivo-rest-support.ts'
import { startStreamServer, xml, type TestServer } from './simulator-support.ts'
import { createCertificate } from './support/certificate.ts'
import { patience } from './support/patience.ts'

const authId = 'MAEXAMPLE00000000000'
const authToken = 'token-of-the-tests'
const from = '14155550199'
const to = '14155550100'

const certificate = createCertificate('api.plivo.com')
let trusted: string[] = []
beforeAll(() => {
  trusted = tls.getCACertificates('default')
  tls.setDefaultCACertificates([...trusted, certificate.cert])
})
afterAll(() => tls.setDefaultCACertificates(trusted))

// The SDK prints the arguments of applications.create.
beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => undefined))
afterEach(() => void vi.restoreAllMocks())

/** The simulator with both clients, what they sent, and a server with a call of each kind that it may need. */
async function startBoth(options: Partial<SimulatorServerOptions> = {}) {
  await using stack = new AsyncDisposableStack()
  const simulator = stack.use(
    await SimulatorServer.start({
      account: { authId, authTokens: [authToken] },
      phones: new PhoneBook({}, { unknown: { answers: 5 } }),
      limits: { callsPerSecond: 100 },
      numbers: [from],
      ...options,
      callAssumptions: { ringAfterMs: 5, speech: 'tones' },
      assumptions: { callRecordDelayMs: 0, ...options.assumptions },
    }),
  )
  const witness = stack.use(await Witness.start(simulator.url))
  const proxy = stack.use(new PlivoProxy(witness.port, certificate))
  const routes = { '/answer': () => xml('<Wait length="600"/>'), '/next': () => xml('<Wait length="600"/>') }
  const server = stack.use(await startStreamServer({ routes }))
  const rest = new PlivoRest({ authId, authToken, baseUrl: witness.url })
  const sdk = new officialSdk.Client(authId, authToken, { proxy: await proxy.start() })
  const owned = stack.move()
  return { simulator, witness, server, rest, sdk, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

type Both = Awaited<ReturnType<typeof startBoth>>

const answerUrl = (server: TestServer) => `${server.url}/answer`

/** A call that is up. */
async function answeredCall({ rest, server }: Both): Promise<string> {
  const { requestUuids } = await rest.makeCall({ from, to, answerUrl: answerUrl(server) })
  const callUuid = String(requestUuids[0])
  await expect.poll(async () => (await rest.getLiveCall(callUuid))?.status, patience).toBe('in-progress')
  return callUuid
}

/** What our client sent for `ours`, and the SDK for `theirs`, and what they made of the answer. */
async function requestsOf<T, U>({ witness }: Both, ours: () => Promise<T>, theirs: () => Promise<U>) {
  const taken = async <V>(act: () => Promise<V>) => {
    const before = witness.requests.length
    const answer = await act()
    expect(witness.requests).toHaveLength(before + 1)
    return { answer, request: witness.requests[before] }
  }
  return { ours: await taken(ours), theirs: await taken(theirs) }
}

const failure = (act: () => Promise<unknown>): Promise<{ readonly status?: number; readonly message?: string }> =>
  act().then(
    () => ({}),
    (error: { status?: number; message?: string }) => error,
  )

interface Verb {
  readonly name: string
  readonly ours: (rest: PlivoRest, callUuid: string, server: TestServer) => Promise<unknown>
  readonly theirs: (sdk: SdkClient, callUuid: string, server: TestServer) => Promise<Fields>
  /** What only our client sends. */
  readonly more?: Fields
}

const streamUrl = (server: TestServer) => server.url.replace('http', 'ws')
const contentType = 'audio/x-mulaw;rate=8000'

/** Each against a call that is up; what stops something comes behind what starts it. */
const actions: readonly Verb[] = [
  {
    name: 'startRecording',
    ours: (rest, id, { url }) =>
      rest.startRecording(id, {
        timeLimitSeconds: 30,
        fileFormat: 'wav',
        channelType: 'mono',
        callbackUrl: `${url}/r`,
        callbackMethod: 'GET',
      }),
    theirs: ({ calls }, id, { url }) =>
      calls.record(id, {
        timeLimit: 30,
        fileFormat: 'wav',
        recordChannelType: 'mono',
        callbackUrl: `${url}/r`,
        callbackMethod: 'GET',
      }),
  },
  {
    name: 'stopRecording',
    ours: (rest, id) => rest.stopRecording(id),
    theirs: ({ calls }, id) => calls.stopRecording(id),
  },
  {
    name: 'stopRecording of one',
    ours: (rest, id) => rest.stopRecording(id, { url: 'http://a/b.wav?c=d&e' }),
    theirs: ({ calls }, id) => calls.stopRecording(id, { URL: 'http://a/b.wav?c=d&e' }),
    more: { URL: 'http://a/b.wav?c=d&e' },
  },
  {
    name: 'startPlay',
    ours: (rest, id, { url }) =>
      rest.startPlay(id, { urls: [`${url}/a.wav`, `${url}/b.wav`], lengthSeconds: 9, legs: 'both', loop: true }),
    theirs: ({ calls }, id, { url }) =>
      calls.playMusic(id, `${url}/a.wav,${url}/b.wav`, { length: 9, legs: 'both', loop: true }),
  },
  { name: 'stopPlay', ours: (rest, id) => rest.stopPlay(id), theirs: ({ calls }, id) => calls.stopPlayingMusic(id) },
  {
    name: 'startSpeak',
    ours: (rest, id) =>
      rest.startSpeak(id, { text: 'Grüß "Gott" & mehr', voice: 'MAN', language: 'de-DE', mix: false }),
    theirs: ({ calls }, id) =>
      calls.speakText(id, 'Grüß "Gott" & mehr', { voice: 'MAN', language: 'de-DE', mix: false }),
  },
  { name: 'stopSpeak', ours: (rest, id) => rest.stopSpeak(id), theirs: ({ calls }, id) => calls.stopSpeakingText(id) },
  {
    name: 'sendDigits',
    ours: (rest, id) => rest.sendDigits(id, '1w2*#', { leg: 'aleg' }),
    theirs: ({ calls }, id) => calls.sendDigits(id, '1w2*#', { leg: 'aleg' }),
  },
  {
    name: 'transferCall',
    ours: (rest, id, { url }) => rest.transferCall(id, { alegUrl: `${url}/next`, alegMethod: 'POST' }),
    theirs: ({ calls }, id, { url }) =>
      calls.transfer(id, { legs: 'aleg', alegUrl: `${url}/next`, alegMethod: 'POST' }),
  },
  { name: 'getLiveCall', ours: (rest, id) => rest.getLiveCall(id), theirs: ({ calls }, id) => calls.getLiveCall(id) },
  { name: 'listLiveCalls', ours: (rest) => rest.listLiveCalls(), theirs: ({ calls }) => calls.listLiveCalls() },
  {
    name: 'makeCall',
    ours: (rest, id, server) =>
      rest.makeCall({
        from,
        to: [to, '14155550101', 'sip:desk@phone.example.com'],
        answerUrl: answerUrl(server),
        answerMethod: 'GET',
        hangupUrl: `${server.url}/hangup`,
        callerName: 'Ada',
        timeLimitSeconds: 60,
        ringTimeoutSeconds: 20,
        machineDetection: 'hangup',
        sipHeaders: { Tenant: 'acme', k: '1' },
        parentCallUuid: id,
      }),
    theirs: ({ calls }, id, server) =>
      calls.create(from, [to, '14155550101', 'sip:desk@phone.example.com'], answerUrl(server), {
        answerMethod: 'GET',
        hangupUrl: `${server.url}/hangup`,
        callerName: 'Ada',
        timeLimit: 60,
        ringTimeout: 20,
        machineDetection: 'hangup',
        sipHeaders: 'Tenant=acme,k=1',
        parentCallUuid: id,
      }),
  },
]

describe('in a call that is up', () => {
  test.each(actions)('$name sends what the official SDK sends, and both succeed', async ({ ours, theirs, more }) => {
    await using both = await startBoth()
    const callUuid = await answeredCall(both)
    const sent = await requestsOf(
      both,
      () => ours(both.rest, callUuid, both.server),
      () => theirs(both.sdk, callUuid, both.server),
    )
    const { method, path, authorization, fields } = { ...sent.theirs.request }
    expect(sent.ours.request).toMatchObject({ method, path, authorization })
    expect(sent.ours.request?.fields).toEqual({ ...fields, ...more })
  })

  test.each(actions.filter(({ name }) => name !== 'listLiveCalls' && name !== 'makeCall'))(
    '$name is "not found" for both when the call is not live',
    async ({ name, ours, theirs }) => {
      await using both = await startBoth()
      const none = randomUUID()
      expect(await failure(() => theirs(both.sdk, none, both.server))).toMatchObject({ status: 404 })
      if (name === 'getLiveCall') expect(await ours(both.rest, none, both.server)).toBeUndefined()
      else if (name.startsWith('stop')) expect(await ours(both.rest, none, both.server)).toBe(false)
      else
        await expect(ours(both.rest, none, both.server)).rejects.toMatchObject({
          name: 'PlivoApiError',
          kind: 'not-found',
          status: 404,
          message: expect.stringContaining('404 call not found'),
          apiId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          retryable: false,
        })
    },
  )

  test('streams are started and stopped as the official SDK does it', async () => {
    await using both = await startBoth()
    const { rest, sdk, server } = both
    const options = { bidirectional: true, contentType, streamTimeoutSeconds: 60, extraHeaders: 'a=b' } as const
    const [first, second] = [await answeredCall(both), await answeredCall(both)]
    const started = await requestsOf(
      both,
      () => rest.startStream(first, { ...options, url: streamUrl(server), statusCallbackUrl: `${server.url}/s` }),
      () =>
        sdk.calls.stream(second, streamUrl(server), {
          bidirectional: true,
          contentType,
          streamTimeout: 60,
          extraHeaders: 'a=b',
          statusCallbackUrl: `${server.url}/s`,
        }),
    )
    expect(started.ours.request?.fields).toEqual(started.theirs.request?.fields)
    expect(started.ours.answer).toEqual({ streamId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    const { streamId } = started.ours.answer
    await expect.poll(() => server.streams.length, patience).toBe(2)
    expect(await rest.stopStream(first, streamId)).toBe(true)
    expect(await rest.stopStream(first, streamId)).toBe(false)
    expect(await rest.stopStream(second)).toBe(true)
    expect(await rest.stopStream(second)).toBe(false)
  })

  test('what says which recording to stop is where the documentation wants it, and where the official SDK puts it', async () => {
    await using both = await startBoth()
    await both.rest.stopRecording(await answeredCall(both), { url: 'http://a/b.wav' })
    const { method, inQuery, inBody, contentType } = { ...both.witness.requests.at(-1) }
    expect({ method, inQuery, inBody, contentType }).toEqual({
      method: 'DELETE',
      inQuery: ['URL', 'url'],
      inBody: ['URL', 'url'],
      contentType: 'application/json',
    })
    await both.rest.stopRecording(await answeredCall(both))
    expect(both.witness.requests.at(-1)).toMatchObject({ inQuery: [], inBody: [] })
  })

  test('hanging up works once, and says so the second time', async () => {
    await using both = await startBoth()
    const callUuid = await answeredCall(both)
    expect(await both.rest.hangUpCall(callUuid)).toBe(true)
    expect(await both.rest.hangUpCall(callUuid)).toBe(false)
    expect(await failure(() => both.sdk.calls.hangup(callUuid))).toMatchObject({ status: 404 })
    expect(await both.rest.getLiveCall(callUuid)).toBeUndefined()
    expect(await both.rest.listLiveCalls()).toEqual([])
  })
})

describe('what is read', () => {
  test('of a live call and of its record is what the official SDK reads', async () => {
    await using both = await startBoth()
    const { rest, sdk } = both
    const callUuid = await answeredCall(both)
    const theirLive = await sdk.calls.getLiveCall(callUuid)
    expect(await rest.getLiveCall(callUuid)).toEqual({
      callUuid: theirLive['callUuid'],
      status: theirLive['callStatus'],
      direction: theirLive['direction'],
      from: theirLive['from'],
      to: theirLive['to'],
      callerName: undefined,
      requestUuid: theirLive['requestUuid'],
      sessionStart: theirLive['sessionStart'],
    })
    expect(await rest.listLiveCalls({ direction: 'outbound' })).toEqual([callUuid])
    expect(await rest.listLiveCalls({ direction: 'inbound' })).toEqual([])
    expect(await rest.getCall(callUuid)).toBeUndefined()
    await rest.hangUpCall(callUuid)
    await expect.poll(() => rest.getCall(callUuid), patience).toBeDefined()
    const theirs = await sdk.calls.get(callUuid)
    expect(await rest.getCall(callUuid)).toEqual({
      callUuid,
      parentCallUuid: undefined,
      direction: 'outbound',
      from,
      to,
      state: theirs['callState'],
      initiationTime: theirs['initiationTime'],
      answerTime: theirs['answerTime'],
      endTime: theirs['endTime'],
      durationSeconds: theirs['callDuration'],
      billedSeconds: theirs['billedDuration'],
      hangupCauseCode: 4000,
      hangupCauseName: 'Normal Hangup',
      hangupSource: 'API Request',
      totalAmount: theirs['totalAmount'],
    })
  })

  test('of recordings is what the official SDK reads, and their file is there', async () => {
    await using both = await startBoth()
    const { rest, sdk } = both
    const callUuid = await answeredCall(both)
    const started = await rest.startRecording(callUuid, { timeLimitSeconds: 60, fileFormat: 'wav' })
    const recordingId = String(started.recordingId)
    expect(await rest.getRecording(recordingId)).toBeUndefined()
    await rest.stopRecording(callUuid, { url: String(started.url) })
    await expect.poll(() => rest.getRecording(recordingId), patience).toBeDefined()
    const theirs = await sdk.recordings.get(recordingId)
    const ours = await rest.getRecording(recordingId)
    expect(ours).toEqual({
      recordingId,
      url: started.url,
      callUuid,
      format: 'wav',
      durationMs: Number(theirs['recordingDurationMs']),
      addedAt: theirs['addTime'],
      from,
      to,
    })
    const filter = { callUuid, addedSince: Date.now() - 86_400_000, addedBefore: Date.now() + 60_000 }
    expect(await rest.listRecordings(filter)).toEqual({ items: [ours], total: 1, nextOffset: undefined })
    expect((await rest.listRecordings({ callUuid: randomUUID() })).items).toEqual([])
    await using media = await rest.fetchRecording(String(ours?.url))
    expect(media.contentType).toBe('audio/wav')
    expect(parseWav(await media.bytes())).toMatchObject({ ok: true, value: { channels: 2 } })
    expect(await rest.deleteRecording(recordingId)).toBe(true)
    expect(await rest.deleteRecording(recordingId)).toBe(false)
    await expect(rest.fetchRecording(String(ours?.url))).rejects.toMatchObject({ kind: 'not-found' })
  })

  test('and written of applications and numbers is what the official SDK reads and writes', async () => {
    await using both = await startBoth()
    const { rest, sdk } = both
    const [answer, hangup] = ['http://example.com/answer', 'http://example.com/hangup']
    const created = await requestsOf(
      both,
      () => rest.createApplication({ name: 'front-desk', answerUrl: answer, hangupUrl: hangup, hangupMethod: 'GET' }),
      () => sdk.applications.create('front-desk', { answerUrl: answer, hangupUrl: hangup, hangupMethod: 'GET' }),
    )
    expect(created.ours.request?.fields).toEqual(created.theirs.request?.fields)
    const { appId } = created.ours.answer
    const changed = await requestsOf(
      both,
      () => rest.updateApplication(appId, { fallbackAnswerUrl: 'http://example.com/last' }),
      () => sdk.applications.update(appId, { fallbackAnswerUrl: 'http://example.com/last' }),
    )
    expect(changed.ours.request).toMatchObject({
      path: changed.theirs.request?.path,
      fields: { ...changed.theirs.request?.fields },
    })
    const theirs = await sdk.applications.get(appId)
    expect(await rest.getApplication(appId)).toEqual({
      appId,
      name: theirs['appName'],
      answerUrl: theirs['answerUrl'],
      answerMethod: theirs['answerMethod'],
      hangupUrl: hangup,
      hangupMethod: theirs['hangupMethod'],
      fallbackAnswerUrl: theirs['fallbackAnswerUrl'],
      fallbackMethod: theirs['fallbackMethod'],
      isDefault: false,
    })
    expect(await rest.getApplication('1')).toBeUndefined()
    const page = await rest.listApplications({ namePrefix: 'front', limit: 1 })
    expect(page).toMatchObject({ total: 2, nextOffset: 1, items: [{ name: 'front-desk' }] })
    expect(await rest.listApplications({ limit: 1, offset: 1 })).toMatchObject({ nextOffset: undefined, total: 2 })

    expect(await rest.getNumber(`+${from}`)).toMatchObject({ number: from, appId: undefined, voiceEnabled: true })
    const linked = await requestsOf(
      both,
      () => rest.linkNumber(`+${from}`, appId),
      () => sdk.numbers.update(from, { appId }),
    )
    expect(linked.ours.request).toEqual(linked.theirs.request)
    expect(await rest.getNumber(from)).toMatchObject({ appId })
    expect(await sdk.numbers.get(from)).toMatchObject({ application: expect.stringContaining(appId) })
    expect(await rest.listNumbers({ startsWith: '1415' })).toMatchObject({ total: 1, items: [{ number: from, appId }] })
    expect((await rest.listNumbers({ startsWith: '44' })).items).toEqual([])
    expect(await rest.getNumber('442055550100')).toBeUndefined()
    await expect(rest.linkNumber(from, '1')).rejects.toMatchObject({
      kind: 'refused',
      message: 'Plivo refused to link the number: 400 app_id 1 is no application of this account',
    })
  })
})

describe('calls', () => {
  test('beyond those of a second are queued, and can be taken back', async () => {
    await using both = await startBoth({ limits: { callsPerSecond: 1 } })
    const { rest, sdk, server } = both
    const { requestUuids, queued } = await rest.makeCall({ from, to: [to, to, to], answerUrl: answerUrl(server) })
    expect(queued).toBe(true)
    expect(requestUuids).toHaveLength(3)
    const last = String(requestUuids[2])
    expect(await rest.cancelQueued(last)).toBe(true)
    expect(await rest.cancelQueued(last)).toBe(false)
    expect(await failure(() => sdk.calls.cancel(last))).toMatchObject({ status: 404 })
  })

  test('that Plivo refuses say why, in its words', async () => {
    await using both = await startBoth({ limits: { concurrentCalls: 0 } })
    const { rest, server } = both
    await expect(rest.makeCall({ from, to, answerUrl: answerUrl(server) })).rejects.toMatchObject({
      kind: 'refused',
      status: 403,
      message: expect.stringContaining('refused to make the call: 403 concurrency limit breached'),
      fix: expect.stringContaining('calls at once'),
      retryable: false,
    })
  })

  test('cannot be made with wrong credentials', async () => {
    await using both = await startBoth()
    const stranger = new PlivoRest({ authId, authToken: 'another-token', baseUrl: both.witness.url })
    await expect(stranger.hangUpCall(randomUUID())).rejects.toMatchObject({
      kind: 'bad-credentials',
      status: 401,
      message: expect.stringContaining('hang up the call: 401 authentication failed'),
      fix: expect.stringContaining('auth token'),
    })
  })

  test('that record with a callback may be answered without an id', async () => {
    await using both = await startBoth({ assumptions: { recordReply: 'async' } })
    const callUuid = await answeredCall(both)
    const options = { timeLimitSeconds: 60, callbackUrl: `${both.server.url}/recorded` }
    expect(await both.rest.startRecording(callUuid, options)).toEqual({ recordingId: undefined, url: undefined })
  })
})
