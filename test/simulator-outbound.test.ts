import { goertzel } from '../src/audio/tone.ts'
import { describe, expect, test } from 'vitest'
import {
  CallEngine,
  PhoneBook,
  type CallRecord,
  type EngineOptions,
  type OutboundOptions,
  type PhoneBehaviour,
} from '../src/simulator/index.ts'
import { find, startStreamServer, TestServer, types, xml } from './simulator-support.ts'

const callUuid = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'
const to = '14155550123'
const quickRing = { ringAfterMs: 10, machineDetectionMs: 50, streamRetryDelayMs: 5 }

const openEngine = (phone: PhoneBehaviour, options: Partial<EngineOptions> = {}) =>
  new CallEngine({
    authId: 'MAEXAMPLE00000000000',
    authTokens: ['token'],
    phones: new PhoneBook({ [to]: phone }),
    assumptions: quickRing,
    ...options,
  })

const place = (engine: CallEngine, server: TestServer, options: Partial<OutboundOptions> = {}) =>
  engine.place({
    callUuid,
    from: '+14155550199',
    to: `+${to}`,
    answerUrl: `${server.url}/answer`,
    hangupUrl: `${server.url}/hangup`,
    ringUrl: `${server.url}/ring`,
    ...options,
  })

describe('an outbound call', () => {
  test('rings, is answered, asks for XML, runs a stream, and tells of the hangup with the same ids throughout', async () => {
    const records: CallRecord[] = []
    await using server = await startStreamServer({
      onMessage: ({ event }, { socket }) => (event === 'media' ? socket.close() : undefined),
    })
    await using engine = openEngine({ answers: 30 }, { onEnded: (record) => void records.push(record) })
    const { answered, hangup } = await place(engine, server).ended
    expect({ answered, hangup }).toMatchObject({ answered: true, hangup: { code: 4010, source: 'Plivo' } })

    const [ring] = server.requestsTo('/ring')
    const [answer] = server.requestsTo('/answer')
    const [end] = server.requestsTo('/hangup')
    const ids = { CallUUID: callUuid, RequestUUID: callUuid, ALegUUID: callUuid, ALegRequestUUID: callUuid }
    const common = { ...ids, Direction: 'outbound', From: '14155550199', To: to, ParentAuthID: 'MAEXAMPLE00000000000' }
    expect(ring?.params).toMatchObject({ ...common, Event: 'Ring', CallStatus: 'ringing' })
    expect(answer?.params).toMatchObject({ ...common, Event: 'StartApp', CallStatus: 'in-progress' })
    expect(end?.params).toMatchObject({ ...common, Event: 'Hangup', CallStatus: 'completed', HangupCauseCode: '4010' })
    expect(answer?.params).not.toHaveProperty('CallerName')
    expect(server.requests.map(({ url }) => url)).toEqual(['/ring', '/answer', '/hangup'])
    expect(server.streams[0]?.messages[0]?.start?.callId).toBe(callUuid)
    expect(records).toMatchObject([
      { callUuid, requestUuid: callUuid, direction: 'outbound', state: 'ANSWER', hangup: { code: 4010 } },
    ])
    expect(records[0]?.streams).toMatchObject([{ callUuid, status: 'stopped', audioTrack: 'inbound' }])
  })

  test.each([
    { phone: { busy: true }, status: 'busy', cause: 'USER_BUSY', code: 3010, source: 'Carrier', rings: 0 },
    { phone: { rejects: true, afterMs: 10 }, status: 'failed', cause: 'CALL_REJECTED', code: 3020, source: 'Callee' },
    { phone: { noAnswer: true }, status: 'no-answer', cause: 'NO_ANSWER', code: 6010, source: 'Plivo' },
    {
      phone: { unallocated: true },
      status: 'failed',
      cause: 'UNALLOCATED_NUMBER',
      code: 3050,
      source: 'Carrier',
      rings: 0,
    },
  ] as const)('to a telephone that does $phone is $status', async ({ phone, status, rings = 1, ...cause }) => {
    const records: CallRecord[] = []
    await using server = await TestServer.start({})
    await using engine = openEngine(phone, { onEnded: (record) => void records.push(record) })
    const { hangup, answered } = await place(engine, server, { ringTimeoutMs: 100 }).ended
    expect(answered).toBe(false)
    expect(hangup).toMatchObject(cause)
    expect(server.requestsTo('/answer')).toEqual([])
    expect(server.requestsTo('/ring')).toHaveLength(rings)
    const [end] = server.requestsTo('/hangup')
    expect(end?.params).toMatchObject({ CallStatus: status, HangupCause: cause.cause, Duration: '0' })
    expect(records[0]?.state).toBe(status === 'no-answer' ? 'NO_ANSWER' : status.toUpperCase())
  })

  test('is given up on while it rings by hangup_on_ring, and by the REST API', async () => {
    await using server = await TestServer.start({})
    await using engine = openEngine({ noAnswer: true })
    const first = await place(engine, server, { hangupOnRingMs: 50 }).ended
    expect(first.hangup).toMatchObject({ code: 1000, source: 'Plivo' })
    const second = place(engine, server)
    await expect.poll(() => types(second.timeline)).toContain('ringing')
    expect(engine.live(callUuid)?.status).toBe('ringing')
    engine.live(callUuid)?.hangUp()
    expect((await second.ended).hangup).toMatchObject({ cause: 'ORIGINATOR_CANCEL', code: 1000, source: 'API Request' })
    expect(server.requestsTo('/hangup')[1]?.params['CallStatus']).toBe('failed')
    expect(engine.live(callUuid)).toBeUndefined()
    expect(engine.liveCalls()).toEqual([])
  })

  test('has other codes where they are assumed', async () => {
    await using server = await TestServer.start({ routes: { '/answer': () => xml('<Wait length="60"/>') } })
    await using silent = openEngine({ noAnswer: true })
    const onRing = { hangupOnRingMs: 20, assumptions: { hangupOnRingCode: 6000 } } as const
    expect((await place(silent, server, onRing).ended).hangup).toMatchObject({ code: 6000, name: 'Scheduled Hangup' })
    await using talking = openEngine({ answers: 0 })
    const simulated = place(talking, server, { assumptions: { restHangupCode: 1000 } })
    await expect.poll(() => types(simulated.timeline)).toContain('answered')
    talking.live(callUuid)?.hangUp()
    expect((await simulated.ended).hangup).toMatchObject({ code: 1000, name: 'Canceled', source: 'API Request' })
  })

  test('ends at its time limit, counted from the answer, or when the far end hangs up', async () => {
    await using server = await TestServer.start({ routes: { '/answer': () => xml('<Wait length="60"/>') } })
    await using limited = openEngine({ answers: 0 })
    expect((await place(limited, server, { timeLimitMs: 60 }).ended).hangup).toMatchObject({
      code: 6000,
      source: 'Plivo',
    })
    await using impatient = openEngine({ answers: 0, script: [{ do: 'wait', ms: 40 }, { do: 'hang-up' }] })
    const assumed = { assumptions: { calleeSource: 'Call recipient' } } as const
    expect((await place(impatient, server, assumed).ended).hangup).toMatchObject({ code: 4000, source: 'Callee' })
    expect(server.requestsTo('/hangup')[1]?.params['HangupSource']).toBe('Call recipient')
  })

  test('carries SIP headers, and sends digits that the far end hears', async () => {
    await using server = await TestServer.start({ routes: { '/answer': () => xml('<Wait length="1"/>') } })
    await using engine = openEngine({ answers: 0 })
    const { heard } = await place(engine, server, { sendDigits: 'w5', sipHeaders: { Tenant: 'acme' } }).ended
    expect(server.requestsTo('/answer')[0]?.params['X-PH-Tenant']).toBe('acme')
    const tones = heard.samples.subarray(8 * 500, 8 * 660)
    expect(goertzel(heard.samples.subarray(0, 8 * 480), 8000, 770)).toBeLessThan(-60)
    expect(goertzel(tones, 8000, 770)).toBeGreaterThan(-20)
    expect(goertzel(tones, 8000, 1336)).toBeGreaterThan(-20)
  })
})

describe('machine detection', () => {
  const machine: PhoneBehaviour = { answers: 0, machine: true }
  const parameters = { Event: 'MachineDetection', Machine: 'true', CallStatus: 'in-progress', CallUUID: callUuid }

  test('tells of a machine beside the XML, and later requests say so too', async () => {
    await using server = await TestServer.start({
      routes: {
        '/answer': () => xml('<Wait length="1"/><Redirect>http://HOST/next</Redirect>'),
        '/next': () => xml(''),
      },
    })
    await using engine = openEngine(machine)
    const machineDetection = { mode: 'true', url: `${server.url}/machine`, timeMs: 2000 } as const
    const simulated = place(engine, server, { machineDetection })
    expect((await simulated.ended).hangup.code).toBe(4010)
    expect(server.requestsTo('/machine').map(({ params }) => params)).toMatchObject([
      { ...parameters, IfMachine: 'continue' },
    ])
    expect(server.requestsTo('/answer')[0]?.params).not.toHaveProperty('Machine')
    expect(server.requestsTo('/next')[0]?.params['Machine']).toBe('true')
    expect(find(simulated.timeline, 'machine-webhook')).toMatchObject([{ status: 200 }])
  })

  test('ends the call with 9100 where it is to hang up', async () => {
    await using server = await TestServer.start({ routes: { '/answer': () => xml('<Wait length="60"/>') } })
    await using engine = openEngine(machine)
    const machineDetection = { mode: 'hangup', url: `${server.url}/machine`, timeMs: 2000 } as const
    const { hangup } = await place(engine, server, { machineDetection }).ended
    expect(hangup).toMatchObject({ code: 9100, source: 'Plivo' })
    expect(server.requestsTo('/machine')[0]?.params).toMatchObject({ ...parameters, IfMachine: 'hangup' })
  })

  test('finds no machine in a person', async () => {
    await using server = await TestServer.start({ routes: { '/answer': () => xml('<Wait length="1"/>') } })
    await using engine = openEngine({ answers: 0 })
    await place(engine, server, { machineDetection: { mode: 'hangup', timeMs: 2000 } }).ended
    expect(server.requestsTo('/hangup')[0]?.params['HangupCauseCode']).toBe('4010')
  })
})

test('parameters may be added, and the engine tells every event with its call', async () => {
  const seen = new Set<string>()
  await using server = await TestServer.start({ routes: { '/answer': () => xml('<Dial><Number>1</Number></Dial>') } })
  await using engine = openEngine(
    { answers: 0 },
    { onEvent: (uuid) => void seen.add(uuid), phones: new PhoneBook({ 1: { busy: true } }) },
  )
  const simulated = engine.receive({ answerUrl: `${server.url}/answer`, parameters: { ForwardedFrom: '15550100' } })
  const { legs } = await simulated.ended
  expect(server.requestsTo('/answer').map(({ params }) => params['ForwardedFrom'])).toEqual(['15550100', '15550100'])
  expect([...seen]).toEqual([simulated.callUuid, legs[0]?.callUuid])
})

test('a number that the book has not answers, and stays silent', async () => {
  await using server = await TestServer.start({ routes: { '/answer': () => xml('<Hangup/>') } })
  await using engine = new CallEngine({ authId: 'MAEXAMPLE00000000000', authTokens: [], assumptions: quickRing })
  const { said, answered } = await place(engine, server).ended
  expect(answered).toBe(true)
  expect(said.samples.every((sample) => sample === 0)).toBe(true)
})

test('an engine that is disposed of ends all its calls', async () => {
  await using server = await TestServer.start({ routes: { '/answer': () => xml('<Wait length="60"/>') } })
  const engine = openEngine({ answers: 0 })
  const outbound = place(engine, server)
  const inbound = engine.receive({ answerUrl: `${server.url}/answer` })
  await expect.poll(() => types(inbound.timeline)).toContain('answered')
  await expect.poll(() => types(outbound.timeline)).toContain('answered')
  await engine[Symbol.asyncDispose]()
  expect((await outbound.ended).hangup.source).toBe('Callee')
  expect((await inbound.ended).hangup.source).toBe('Caller')
})

test('a call whose URL or keys cannot be is refused', async () => {
  await using engine = openEngine({ answers: 0 })
  const options = { callUuid, from: '1', to, answerUrl: 'http://127.0.0.1/' }
  expect(() => engine.place({ ...options, ringUrl: 'ftp://h/' })).toThrow(TypeError)
  expect(() => engine.place({ ...options, sendDigits: '1x' })).toThrow(RangeError)
})
