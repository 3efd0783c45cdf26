/** Section 10.2 of the Plivo reference, points 19 to 24, each by its number. Point 25 and those before are in `checklist.test.ts`. */
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../src/lib/manual-clock.ts'
import { PhoneBook } from '../src/simulator/index.ts'
import { SimulatorServer, type SimulatorServerOptions } from '../src/simulator/rest/server.ts'
import { startStreamServer, TestServer, xml } from './simulator-support.ts'

const account = { authId: 'MAEXAMPLE00000000000', authTokens: ['token'] }
const from = '14155550199'
const to = '14155550100'
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const unknown = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'
const patience = { timeout: 20_000 }

interface Answer {
  readonly status: number
  /** The body without its `api_id`, which was checked; undefined for none. */
  readonly json: Readonly<Record<string, unknown>> | undefined
}

/** Plivo's REST API as Plivo's own clients speak to it: Basic auth, JSON. */
class Api implements AsyncDisposable {
  readonly simulator: SimulatorServer

  constructor(simulator: SimulatorServer) {
    this.simulator = simulator
  }

  static async start(options: Partial<SimulatorServerOptions> = {}): Promise<Api> {
    const simulator = await SimulatorServer.start({
      account,
      phones: new PhoneBook({}, { unknown: { answers: 5 } }),
      limits: { callsPerSecond: 100 },
      ...options,
      callAssumptions: { ringAfterMs: 5, speech: 'tones', ...options.callAssumptions },
      assumptions: { callRecordDelayMs: 0 },
    })
    return new Api(simulator)
  }

  async ask(method: string, path: string, body?: object, credentials = `${account.authId}:token`): Promise<Answer> {
    const response = await fetch(`${this.simulator.url}/v1/Account/${account.authId}/${path}`, {
      method,
      headers: { authorization: `Basic ${btoa(credentials)}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (text === '') return { status: response.status, json: undefined }
    const { api_id, ...json } = JSON.parse(text)
    expect(api_id).toMatch(uuid)
    return { status: response.status, json }
  }

  /** Calls `to`, and returns the `request_uuid`. */
  async call(server: TestServer, more: object = {}): Promise<string> {
    const { json } = await this.ask('POST', 'Call/', { from, to, answer_url: `${server.url}/answer`, ...more })
    return String(json?.['request_uuid'])
  }

  /** A call that is up. */
  async answered(server: TestServer, more: object = {}): Promise<string> {
    const callUuid = await this.call(server, more)
    const status = async () => (await this.ask('GET', `Call/${callUuid}/?status=live`)).json?.['call_status']
    await expect.poll(status, patience).toBe('in-progress')
    return callUuid
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.simulator[Symbol.asyncDispose]()
  }
}

const waiting = (routes = {}) =>
  TestServer.start({ routes: { '/answer': () => xml('<Wait length="600"/>'), ...routes } })

describe('10.2.19', () => {
  test('10.2.19 serves the actions of a live call with their codes and bodies, with and without a slash', async () => {
    await using server = await startStreamServer({ routes: { '/answer': () => xml('<Wait length="600"/>') } })
    await using api = await Api.start()
    const call = `Call/${await api.answered(server)}`
    const recordingId = expect.stringMatching(uuid)
    const url = expect.stringContaining('/recordings/')
    const started = { message: 'call recording started', recording_id: recordingId, url }
    const urls = `${server.url}/none.wav`
    for (const slash of ['', '/']) {
      const post = (path: string, body: object) => api.ask('POST', `${call}/${path}${slash}`, body)
      const remove = (path: string) => api.ask('DELETE', `${call}/${path}${slash}`)
      expect(await post('Record', {})).toEqual({ status: 202, json: started })
      expect(await post('Play', { urls })).toEqual({ status: 202, json: { message: 'play started' } })
      expect(await post('Speak', { text: 'Hi' })).toEqual({ status: 202, json: { message: 'speak started' } })
      expect(await post('DTMF', { digits: '1' })).toEqual({ status: 202, json: { message: 'digits sent' } })
      for (const path of ['Record', 'Play', 'Speak'])
        expect(await remove(path)).toEqual({ status: 204, json: undefined })
      const service_url = `ws://${server.host}/stream`
      const stream = await post('Stream', { service_url })
      expect(stream).toEqual({ status: 201, json: { message: 'audio streaming started', stream_id: recordingId } })
      const path = `${call}/Stream/${String(stream.json?.['stream_id'])}${slash}`
      expect(await api.ask('GET', path)).toMatchObject({ status: 200, json: { service_url } })
      expect(await api.ask('GET', `${call}/Stream${slash}`)).toMatchObject({ status: 200 })
      expect(await api.ask('DELETE', path)).toEqual({ status: 204, json: undefined })
    }
  })

  test('10.2.19 serves applications, numbers and recordings with their codes and bodies', async () => {
    await using api = await Api.start({ numbers: [from] })
    const created = await api.ask('POST', 'Application/', { app_name: 'a', answer_url: 'http://127.0.0.1:1/a' })
    expect(created).toEqual({ status: 201, json: { message: 'created', app_id: expect.stringMatching(/^\d+$/) } })
    const application = `Application/${String(created.json?.['app_id'])}`
    const changed = { status: 202, json: { message: 'changed' } }
    expect(await api.ask('POST', `Number/${from}/`, { app_id: created.json?.['app_id'] })).toEqual(changed)
    expect(await api.ask('POST', `${application}/`, { answer_method: 'GET' })).toEqual(changed)
    expect(await api.ask('GET', application)).toMatchObject({ status: 200, json: { answer_method: 'GET' } })
    const linked = `/v1/Account/${account.authId}/${application}/`
    expect(await api.ask('GET', `Number/${from}`)).toMatchObject({ status: 200, json: { application: linked } })
    for (const list of ['Application/', 'Number', 'Recording/', 'Call']) {
      const meta = { limit: 20, offset: 0, next: null, previous: null, total_count: expect.any(Number) }
      expect(await api.ask('GET', list)).toMatchObject({ status: 200, json: { meta, objects: expect.any(Array) } })
    }
    expect(await api.ask('DELETE', `${application}/`)).toEqual({ status: 204, json: undefined })
    expect(await api.ask('DELETE', `Number/${from}/`)).toEqual({ status: 204, json: undefined })
    expect(await api.ask('GET', `${application}/`)).toEqual({ status: 404, json: { error: 'not found' } })
  })

  test.each([
    ['the password is wrong', 'GET', 'Call/', 401, /./, `${account.authId}:wrong`],
    ['the user is another', 'GET', 'Call/', 401, /./, 'MAOTHER0000000000000:token'],
    ['there is no such call', 'GET', `Call/${unknown}/`, 404, /^not found$/],
    ['the call is not live', 'POST', `Call/${unknown}/Speak/`, 404, /^call not found$/],
    ['there is no such path', 'GET', 'Nothing/', 404, /./],
    ['the method is wrong', 'PUT', 'Call/', 405, /./],
    ['a limit is beyond', 'GET', 'Call/?limit=21', 400, /limit/],
  ])('10.2.19 refuses with JSON when %s', async (_what, method, path, status, error, credentials?: string) => {
    await using api = await Api.start()
    const body = method === 'POST' ? { text: 'Hi' } : undefined
    const answer = await api.ask(method, path, body, credentials)
    expect(answer).toEqual({ status, json: { error: expect.stringMatching(error) } })
  })

  test.each(['from', 'to', 'answer_url'])('10.2.19 refuses Make Call without %s with 400', async (name) => {
    await using api = await Api.start()
    const body = { from, to, answer_url: 'http://127.0.0.1:1/', [name]: undefined }
    const error = `${name} parameter is missing`
    expect(await api.ask('POST', 'Call/', body)).toEqual({ status: 400, json: { error } })
  })
})

describe('the life of a call', () => {
  test('10.2.20 has a call with status=live only while it lives, and its CDR only after the end', async () => {
    await using server = await waiting()
    await using api = await Api.start()
    const callUuid = await api.answered(server)
    const call = `Call/${callUuid}/`
    const notFound = { status: 404, json: { error: 'not found' } }
    expect(await api.ask('GET', call)).toEqual(notFound)
    expect(await api.ask('GET', 'Call/?status=live')).toEqual({ status: 200, json: { calls: [callUuid] } })
    await api.ask('DELETE', call)
    expect(await api.ask('GET', `${call}?status=live`)).toEqual({ status: 404, json: { error: 'call not found' } })
    expect(await api.ask('GET', 'Call/?status=live')).toEqual({ status: 200, json: { calls: [] } })
    await expect.poll(async () => (await api.ask('GET', call)).status, patience).toBe(200)
    const { json } = await api.ask('GET', call)
    expect(json).toMatchObject({ call_uuid: callUuid, call_state: 'ANSWER', hangup_cause_code: 4000 })
  })

  test('10.2.21 answers Make Call with 201 and the UUID that is CallUUID later', async () => {
    await using server = await waiting()
    await using api = await Api.start()
    const made = await api.ask('POST', 'Call/', { from, to, answer_url: `${server.url}/answer` })
    expect(made).toEqual({ status: 201, json: { message: 'call fired', request_uuid: expect.stringMatching(uuid) } })
    await expect.poll(() => server.requestsTo('/answer').length, patience).toBe(1)
    const requestUuid = made.json?.['request_uuid']
    expect(server.requests[0]?.params).toMatchObject({ CallUUID: requestUuid, RequestUUID: requestUuid })
  })

  test('10.2.21 queues calls beyond those of a second, and dials them later in order', async () => {
    await using server = await waiting()
    await using api = await Api.start({ limits: { callsPerSecond: 1 } })
    const body = { from, to, answer_url: `${server.url}/answer` }
    const made = []
    for (let i = 0; i < 3; i++) made.push((await api.ask('POST', 'Call/', body)).json)
    expect(made.map((json) => json?.['message'])).toEqual(['call fired', 'call queued', 'call queued'])
    const uuids = made.map((json) => json?.['request_uuid'])
    const queued = await api.ask('GET', `Call/${String(uuids[2])}/?status=queued`)
    expect(queued).toMatchObject({ status: 200, json: { call_status: 'queued' } })
    await expect.poll(() => server.requestsTo('/answer').length, patience).toBe(3)
    expect(server.requestsTo('/answer').map(({ params }) => params['CallUUID'])).toEqual(uuids)
  })

  test('10.2.22 lets 300 requests in five seconds pass by default, and answers those beyond with 429', async () => {
    const clock = new ManualClock()
    await using api = await Api.start({ clock })
    const statuses = async (count: number) => {
      const seen = new Set<number>()
      for (let i = 0; i < count; i++) seen.add((await api.ask('GET', 'Call/')).status)
      return [...seen]
    }
    expect(await statuses(300)).toEqual([200])
    clock.advance(4999)
    expect(await api.ask('GET', 'Call/')).toEqual({ status: 429, json: { error: expect.any(String) } })
    clock.advance(1)
    expect(await statuses(300)).toEqual([200])
  })

  test('10.2.22 has a switch that lets any number of requests pass', async () => {
    await using api = await Api.start({ clock: new ManualClock(), limits: { requests: 'unlimited' } })
    for (let i = 0; i < 301; i++) expect((await api.ask('GET', 'Call/?limit=1')).status).toBe(200)
  })

  test('10.2.23 ends a call with 204, closes its socket, tells hangup_url, and knows it no more', async () => {
    const closes: number[] = []
    await using server = await startStreamServer({
      onStream: ({ socket }) => void socket.on('close', (code) => closes.push(code)),
    })
    await using api = await Api.start()
    const callUuid = await api.answered(server, { hangup_url: `${server.url}/hangup` })
    await expect.poll(() => server.streams.length, patience).toBe(1)
    expect(await api.ask('DELETE', `Call/${callUuid}/`)).toEqual({ status: 204, json: undefined })
    expect(await api.ask('DELETE', `Call/${callUuid}/`)).toEqual({ status: 404, json: { error: 'call not found' } })
    await expect.poll(() => closes, patience).toEqual([1000])
    await expect.poll(() => server.requestsTo('/hangup').length, patience).toBe(1)
    const told = { CallUUID: callUuid, HangupSource: 'API Request', CallStatus: 'completed' }
    expect(server.requestsTo('/hangup')[0]?.params).toMatchObject(told)
  })

  test.each([
    ['deferred', false],
    ['immediate', true],
  ] as const)('10.2.24 transfers a call in a stream: %s', async (transferDuringStream, closedByPlivo) => {
    const closes: number[] = []
    await using server = await startStreamServer({
      routes: { '/next': () => xml('<Wait length="600"/>') },
      onStream: ({ socket }) => void socket.on('close', (code) => closes.push(code)),
    })
    await using api = await Api.start({ callAssumptions: { transferDuringStream } })
    const callUuid = await api.answered(server)
    await expect.poll(() => server.streams[0]?.messages.length, patience).toBeGreaterThan(3)
    const answer = await api.ask('POST', `Call/${callUuid}/`, { legs: 'aleg', aleg_url: `${server.url}/next` })
    expect(answer).toEqual({ status: 202, json: { message: 'call transferred' } })
    if (!closedByPlivo) {
      const before = server.streams[0]?.messages.length ?? 0
      await expect.poll(() => server.streams[0]?.messages.length, patience).toBeGreaterThan(before + 10)
      expect([closes, server.requestsTo('/next')]).toEqual([[], []])
      server.streams[0]?.socket.close(1000)
    }
    await expect.poll(() => server.requestsTo('/next').length, patience).toBe(1)
    await expect.poll(() => closes, patience).toEqual([1000])
    expect(server.requestsTo('/next')[0]?.params).toMatchObject({ CallUUID: callUuid, CallStatus: 'in-progress' })
  })

  test.each([
    [{ legs: 'cleg', aleg_url: 'http://127.0.0.1:1/' }, /legs/],
    [{}, /aleg_url/],
    [{ legs: 'bleg', aleg_url: 'http://127.0.0.1:1/' }, /bleg_url/],
    [{ legs: 'both', aleg_url: 'http://127.0.0.1:1/' }, /bleg_url/],
    [{ legs: 'aleg', aleg_url: 'ftp://127.0.0.1:1/' }, /aleg_url/],
  ])('10.2.24 refuses a transfer of %j with 400', async (body, error) => {
    await using server = await waiting()
    await using api = await Api.start()
    const callUuid = await api.answered(server)
    const answer = await api.ask('POST', `Call/${callUuid}/`, body)
    expect(answer).toEqual({ status: 400, json: { error: expect.stringMatching(error) } })
  })
})
