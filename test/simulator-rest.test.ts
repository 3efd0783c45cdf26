import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { goertzel, tone } from '../src/audio/tone.ts'
import { parseWav } from '../src/audio/wav.ts'
import { PhoneBook } from '../src/simulator/phone-book.ts'
import { SimulatorServer, type SimulatorServerOptions } from '../src/simulator/rest/server.ts'
import { createCertificate } from './support/certificate.ts'

type Fields = Readonly<Record<string, unknown>>
type Found = Promise<Fields>
type FoundList = Promise<readonly Fields[] & { readonly meta: Fields }>
type Done = Promise<unknown>
type Started = Promise<Readonly<Record<'message' | 'streamId' | 'recordingId' | 'url' | 'appId', string>>>

/** What the tests use of the official SDK; its own types lack methods that it has, and demand arguments that it does not. */
interface Sdk {
  readonly Client: new (authId: string, authToken: string, options: { readonly proxy: string }) => SdkClient
  Response(): SdkResponse
  validateV3Signature(
    method: string,
    uri: string,
    nonce: string,
    authToken: string,
    signature: string,
    params: Fields,
  ): boolean
}

interface SdkResponse extends Record<WithBody, (body: string, attributes: Fields) => unknown> {
  addWait(attributes: Fields): unknown
  addRecord(attributes: Fields): unknown
  addHangup(attributes: Fields): unknown
  addGetDigits(attributes: Fields): Pick<SdkResponse, 'addSpeak'>
  toXML(): string
}
type WithBody = 'addStream' | 'addSpeak' | 'addPlay' | 'addDTMF' | 'addRedirect'

interface SdkClient {
  readonly calls: {
    create(from: string, to: string, answerUrl: string, options?: Fields): Promise<MadeCall>
    get(callUuid: string): Found
    list(filters?: Fields): FoundList
    getLiveCall(callUuid: string): Found
    listLiveCalls(filters?: Fields): FoundList
    getQueuedCall(callUuid: string): Found
    listQueuedCalls(): FoundList
    cancel(requestUuid: string): Done
    hangup(callUuid: string): Done
    transfer(callUuid: string, options: Fields): Started
    record(callUuid: string, options?: Fields): Started
    stopRecording(callUuid: string, options?: Fields): Done
    playMusic(callUuid: string, urls: string): Started
    stopPlayingMusic(callUuid: string): Done
    speakText(callUuid: string, text: string, options?: Fields): Started
    stopSpeakingText(callUuid: string): Done
    sendDigits(callUuid: string, digits: string): Started
    stream(callUuid: string, serviceUrl: string, options?: Fields): Started
    getStream(callUuid: string, streamId: string): Found
    getAllStream(callUuid: string): Found
    stopStream(callUuid: string, streamId: string): Done
    stopAllStream(callUuid: string): Done
  }
  readonly applications: {
    create(name: string, options: Fields): Started
    get(appId: string): Found
    list(filters?: Fields): FoundList
    update(appId: string, changes: Fields): Started
    delete(appId: string, options?: Fields): Done
  }
  readonly numbers: {
    get(number: string): Found
    list(filters?: Fields): FoundList
    update(number: string, changes: Fields): Started
    unrent(number: string): Done
  }
  readonly recordings: {
    get(recordingId: string): Found
    list(filters?: Fields): FoundList
    delete(recordingId: string): Done
  }
}

interface MadeCall {
  readonly message: string
  /** One of them for one destination. */
  readonly requestUuid: string | readonly string[]
}

const plivo: Sdk = createRequire(import.meta.url)('plivo')

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

/** An HTTPS proxy that leads whoever asks for api.plivo.com to the simulator: what the SDK's `proxy` option takes. */
class PlivoProxy implements AsyncDisposable {
  readonly #sockets = new Set<Socket>()
  readonly #http = createServer()
  readonly #port: number
  url = ''

  constructor(port: number) {
    this.#port = port
    const secure = tls.createServer(certificate, (socket) => {
      const inner = this.#track(connect(this.#port, '127.0.0.1'))
      socket.on('error', () => inner.destroy())
      inner.on('error', () => socket.destroy())
      socket.pipe(inner).pipe(socket)
    })
    this.#http.on('connect', (request: IncomingMessage, socket: Socket) => {
      expect(request.url).toBe('api.plivo.com:443')
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      secure.emit('connection', this.#track(socket))
    })
  }

  async start(): Promise<string> {
    this.#http.listen(0, '127.0.0.1')
    await once(this.#http, 'listening')
    this.url = `http://127.0.0.1:${portOf(this.#http)}`
    return this.url
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#http.close()
    await once(this.#http, 'close')
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    return socket
  }
}

const portOf = (server: Server): number => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening')
  return address.port
}

/** The simulator, and Plivo's own client of it. */
async function startPlivo(options: Partial<SimulatorServerOptions> = {}) {
  await using stack = new AsyncDisposableStack()
  const simulator = stack.use(
    await SimulatorServer.start({
      account: { authId, authTokens: [authToken] },
      phones: new PhoneBook({}, { unknown: { answers: 20 } }),
      limits: { callsPerSecond: 100 },
      ...options,
      callAssumptions: { ringAfterMs: 10, speech: 'tones', ...options.callAssumptions },
      assumptions: { callRecordDelayMs: 0, ...options.assumptions },
    }),
  )
  const proxy = stack.use(new PlivoProxy(Number(new URL(simulator.url).port)))
  const client = new plivo.Client(authId, authToken, { proxy: await proxy.start() })
  const owned = stack.move()
  return { simulator, client, proxy, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

interface SeenWebhook {
  readonly path: string
  readonly params: Record<string, string>
  /** What the SDK's validateV3Signature says of it. */
  readonly genuine: boolean
}

/** A customer's server: XML by path, and an echo bot on every WebSocket. */
class Customer implements AsyncDisposable {
  readonly seen: SeenWebhook[] = []
  readonly streams: { readonly close: () => void; readonly closed: Promise<number> }[] = []
  readonly #http = createServer((request, response) => void this.#answer(request, response))
  readonly #sockets = new WebSocketServer({ server: this.#http })
  readonly #documents: Readonly<Record<string, (customer: Customer) => string>>

  constructor(documents: Readonly<Record<string, (customer: Customer) => string>>) {
    this.#documents = documents
    this.#sockets.on('connection', (socket) => {
      const closed = once(socket, 'close').then(([code]) => Number(code))
      this.streams.push({ close: () => socket.close(), closed })
      socket.on('message', (data) => {
        const { event, media } = JSON.parse(Buffer.isBuffer(data) ? data.toString() : '{}')
        if (event !== 'media') return
        const { payload } = media
        const echo = { contentType: 'audio/x-mulaw', sampleRate: 8000, payload }
        socket.send(JSON.stringify({ event: 'playAudio', media: echo }))
      })
    })
  }

  static async start(documents: Readonly<Record<string, (customer: Customer) => string>> = {}): Promise<Customer> {
    const customer = new Customer(documents)
    customer.#http.listen(0, '127.0.0.1')
    await once(customer.#http, 'listening')
    return customer
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#http)}`
  }

  requestsTo(path: string): SeenWebhook[] {
    return this.seen.filter((webhook) => webhook.path === path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Media files are fetched without a signature.
    expect(this.seen.filter(({ genuine, path }) => !genuine && !path.endsWith('.wav'))).toEqual([])
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#http.closeAllConnections()
    this.#http.close()
    await once(this.#http, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { method = '', url = '', headers } = request
    const path = url.split('?')[0] ?? ''
    const params = Object.fromEntries(new URLSearchParams(method === 'GET' ? url.split('?')[1] : body))
    const genuine = plivo.validateV3Signature(
      method,
      `${this.url}${url}`,
      String(headers['x-plivo-signature-v3-nonce']),
      authToken,
      String(headers['x-plivo-signature-v3']),
      method === 'GET' ? {} : params,
    )
    this.seen.push({ path, params, genuine })
    const xml = this.#documents[path]?.(this) ?? ''
    response.writeHead(200, { 'content-type': 'application/xml' }).end(xml)
  }
}

/** A document made with the SDK's own builder. */
const xml = (build: (response: SdkResponse) => void): string => {
  const response = plivo.Response()
  build(response)
  return response.toXML()
}

const waiting = () => xml((response) => response.addWait({ length: 600 }))

/** Machines that run other tests beside this one are slow. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 })

/** How the SDK's promise was rejected: `404 call not found`. */
const failure = async (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => 'it succeeded',
    (error: { status?: number; message?: string }) => `${error.status} ${error.message}`,
  )

/** The SDK's types want every field; an empty one says nothing. */
const transferTo = (alegUrl: string, legs = 'aleg') => ({
  legs,
  alegUrl,
  alegMethod: 'POST',
  blegUrl: '',
  blegMethod: 'POST',
})

const control = async (simulator: SimulatorServer, path: string, body?: object) => {
  const response = await fetch(`${simulator.url}/simulator${path}`, {
    ...(body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  return { status: response.status, json: JSON.parse((await response.text()) || '{}') }
}

const timelineOf = async (simulator: SimulatorServer, callUuid: string): Promise<string[]> => {
  const { json } = await control(simulator, `/calls/${callUuid}`)
  return json.timeline.map(({ type }: { type: string }) => type)
}

test('a call from Make Call to its CDR, all with the official SDK', async () => {
  const audio = { samples: tone({ frequencyHz: 440, durationMs: 600, sampleRateHz: 8000 }), sampleRateHz: 8000 }
  const phones = new PhoneBook({ [to]: { answers: 50, script: [{ do: 'speak', audio }] } })
  await using customer = await Customer.start({
    '/answer': ({ url }) =>
      xml((response) =>
        response.addStream(`${url.replace('http', 'ws')}/stream`, {
          bidirectional: true,
          keepCallAlive: true,
          contentType: 'audio/x-mulaw;rate=8000',
        }),
      ),
    '/transferred': () =>
      xml((response) => {
        response.addSpeak('You have been transferred', { voice: 'WOMAN', language: 'en-US' })
        response.addWait({ length: 600 })
      }),
  })
  await using plivoSide = await startPlivo({ phones })
  const { simulator, client } = plivoSide

  const made = await client.calls.create(from, to, `${customer.url}/answer`, {
    answerMethod: 'POST',
    ringUrl: `${customer.url}/ring?x=1`,
    hangupUrl: `${customer.url}/hangup`,
    hangupMethod: 'GET',
    timeLimit: 600,
  })
  expect(made).toMatchObject({ message: 'call fired', apiId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  const callUuid = String(made.requestUuid)

  await eventually(() => timelineOf(simulator, callUuid)).toContain('bot-audio-started')
  expect(customer.requestsTo('/answer')[0]?.params).toMatchObject({ CallUUID: callUuid, RequestUUID: callUuid })
  expect(await client.calls.getLiveCall(callUuid)).toMatchObject({ callUuid, callStatus: 'in-progress', from, to })
  expect(await failure(client.calls.get(callUuid))).toBe('404 not found')

  const recording = await client.calls.record(callUuid, {
    fileFormat: 'wav',
    callbackUrl: `${customer.url}/recorded`,
  })
  expect(recording).toMatchObject({ message: 'call recording started' })
  expect(await client.calls.sendDigits(callUuid, '12')).toMatchObject({ message: 'digits sent' })
  await eventually(() => timelineOf(simulator, callUuid)).toContain('sent-digits')

  const transfer = await client.calls.transfer(callUuid, transferTo(`${customer.url}/transferred`))
  expect(transfer.message).toBe('call transferred')
  expect(customer.requestsTo('/transferred')).toEqual([])
  customer.streams[0]?.close()
  await eventually(() => customer.requestsTo('/transferred').length).toBe(1)

  await client.calls.stopRecording(callUuid)
  await eventually(() => customer.requestsTo('/recorded').length).toBe(1)
  const { record_url, recording_id } = customer.requestsTo('/recorded')[0]?.params ?? {}
  expect(record_url).toBe(`${simulator.url}/recordings/${recording_id}.wav`)
  const media = parseWav(Buffer.from(await (await fetch(String(record_url))).arrayBuffer()))
  expect(media).toMatchObject({ ok: true, value: { channels: 2 } })
  expect(await client.recordings.get(String(recording_id))).toMatchObject({ callUuid, recordingType: 'normal' })

  await client.calls.hangup(callUuid)
  expect(await failure(client.calls.hangup(callUuid))).toBe('404 call not found')
  await eventually(() => customer.requestsTo('/hangup').length).toBe(1)
  expect(customer.requestsTo('/hangup')[0]?.params).toMatchObject({
    Event: 'Hangup',
    CallStatus: 'completed',
    HangupSource: 'API Request',
  })
  await eventually(async () => failure(client.calls.get(callUuid))).toBe('it succeeded')
  const cdr = await client.calls.get(callUuid)
  expect(cdr).toMatchObject({
    callUuid,
    callState: 'ANSWER',
    callDirection: 'outbound',
    fromNumber: from,
    toNumber: to,
    hangupCauseCode: 4000,
    hangupSource: 'API Request',
    totalRate: '0.00500',
  })
  expect(await failure(client.calls.getLiveCall(callUuid))).toBe('404 call not found')
  expect(customer.seen.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['/ring', '/answer', '/recorded', '/transferred', '/hangup']),
  )
  expect(customer.seen.filter(({ genuine }) => !genuine)).toEqual([])

  const both = await fetch(`${simulator.url}/simulator/calls/${callUuid}/recording.wav`)
  const wav = parseWav(Buffer.from(await both.arrayBuffer()))
  if (!wav.ok) throw new Error(wav.problem)
  expect(goertzel(wav.value.samples, wav.value.sampleRateHz, 440)).toBeGreaterThan(-50)
})

/** A call that was answered and waits. */
async function answeredCall(options: Partial<SimulatorServerOptions> = {}) {
  await using stack = new AsyncDisposableStack()
  const customer = stack.use(await Customer.start({ '/answer': waiting, '/next': waiting }))
  const plivoSide = stack.use(await startPlivo(options))
  const { client, simulator } = plivoSide
  const made = await client.calls.create(from, to, `${customer.url}/answer`)
  const callUuid = String(made.requestUuid)
  await eventually(() => timelineOf(simulator, callUuid)).toContain('element')
  const owned = stack.move()
  return { customer, client, simulator, callUuid, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

describe('calls', () => {
  test('beyond those of a second wait, and are dialled in order', async () => {
    await using customer = await Customer.start({ '/answer': waiting })
    await using plivoSide = await startPlivo({ limits: { callsPerSecond: 1 } })
    const { client } = plivoSide
    const made = await client.calls.create(from, [to, to, to, to].join('<'), `${customer.url}/answer`, {
      callerName: 'Ada',
    })
    expect(made.message).toBe('call queued')
    const [first = '', second = '', third = '', fourth = ''] = [made.requestUuid].flat()
    const queued = await client.calls.listQueuedCalls()
    expect(queued.map(({ callUuid }) => callUuid)).toEqual(expect.arrayContaining([third, fourth]))
    expect(await client.calls.getQueuedCall(third)).toMatchObject({
      callStatus: 'queued',
      direction: 'outbound',
      callerName: 'Ada',
      requestUuid: third,
      from,
      to,
    })
    expect(await failure(client.calls.getQueuedCall(first))).toBe('404 call not found')
    await client.calls.cancel(third)
    expect(await failure(client.calls.cancel(third))).toBe('404 not found')
    await eventually(() => customer.requestsTo('/answer').length).toBe(3)
    expect(customer.requestsTo('/answer').map(({ params }) => params['CallUUID'])).toEqual([first, second, fourth])
    expect(await client.calls.listLiveCalls({ call_direction: 'outbound' })).toHaveLength(3)
    expect(await client.calls.listLiveCalls({ call_direction: 'inbound' })).toHaveLength(0)
  })

  test('to several destinations have several UUIDs', async () => {
    await using customer = await Customer.start({ '/answer': waiting })
    await using plivoSide = await startPlivo()
    const made = await plivoSide.client.calls.create(from, '14155550101<+14155550102', `${customer.url}/answer`)
    expect(made.requestUuid).toHaveLength(2)
    await eventually(() => customer.requestsTo('/answer').length).toBe(2)
    expect(customer.requestsTo('/answer').map(({ params }) => params['CallUUID'])).toEqual(
      expect.arrayContaining([made.requestUuid].flat()),
    )
  })

  test('that nobody answers never ask for XML, and have a record without an answer', async () => {
    await using customer = await Customer.start()
    await using plivoSide = await startPlivo()
    const { client, simulator } = plivoSide
    const does = (number: string, what: string) =>
      control(simulator, '/phones', { number, does: what, after_ms: 20, script: [] })
    expect(await does('+14155550101', 'busy')).toEqual({ status: 200, json: { number: '14155550101' } })
    await does('14155550102', 'reject')
    await does('14155550103', 'no-answer')
    const hangupUrl = `${customer.url}/hangup`
    const made = await client.calls.create(from, '14155550101<14155550102<14155550103', `${customer.url}/answer`, {
      hangupUrl,
      ringTimeout: 1,
    })
    await eventually(() => customer.requestsTo('/hangup').length).toBe(3)
    const causes = customer.requestsTo('/hangup').map(({ params }) => [params['To'], params['HangupCauseCode']])
    expect(Object.fromEntries(causes)).toEqual({ 14155550101: '3010', 14155550102: '3020', 14155550103: '6010' })
    await eventually(async () => (await client.calls.list()).length).toBe(3)
    const records = await client.calls.list({ hangup_cause_code: 3010, limit: 1 })
    expect([...records]).toMatchObject([
      { callUuid: [made.requestUuid].flat()[0], answerTime: null, callState: 'BUSY' },
    ])
    expect(records.meta).toMatchObject({ limit: 1, offset: 0, totalCount: 1 })
    expect(customer.requestsTo('/answer')).toEqual([])
    expect(customer.seen.every(({ genuine }) => genuine)).toBe(true)
  })

  test.each([
    { options: { machineDetection: 'hangup', machineDetectionTime: 2000 }, code: 9100, source: 'Plivo' },
    { options: { timeLimit: 1 }, code: 6000, source: 'Plivo' },
    { options: { fallbackUrl: '/last', fallbackMethod: 'GET' }, answer: '/broken', code: 4000, source: 'Answer XML' },
    { options: {}, answer: '/broken', code: 8011, source: 'Error' },
  ])('made with $options end with $code', async ({ options, answer = '/answer', code, source }) => {
    await using customer = await Customer.start({
      '/answer': waiting,
      '/broken': () => '<Response><Wait></Response>',
      '/last': () => xml((response) => response.addHangup({})),
    })
    const phones = new PhoneBook({ [to]: { answers: 20, machine: true } })
    await using plivoSide = await startPlivo({ phones, callAssumptions: { machineDetectionMs: 50 } })
    const { client } = plivoSide
    const { requestUuid } = await client.calls.create(from, to, `${customer.url}${answer}`, {
      ...options,
      ...(options.fallbackUrl !== undefined && { fallbackUrl: `${customer.url}${options.fallbackUrl}` }),
      sipHeaders: 'Tenant=acme',
    })
    await eventually(async () => failure(client.calls.get(String(requestUuid)))).toBe('it succeeded')
    const record = await client.calls.get(String(requestUuid))
    expect(record).toMatchObject({ hangupCauseCode: code, hangupSource: source })
    expect(customer.requestsTo(answer)[0]?.params).toMatchObject({ 'X-PH-Tenant': 'acme' })
  })

  test('are refused with the errors of the reference', async () => {
    await using plivoSide = await startPlivo({
      limits: { concurrentCalls: 1 },
      numbers: [from],
      assumptions: { unknownCallerId: 'refuse' },
    })
    const { client, simulator, proxy } = plivoSide
    const url = `${simulator.url}/nothing`
    const missing = await fetch(`${simulator.url}/v1/Account/${authId}/Call/`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${authId}:${authToken}`)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ from, to }),
    })
    expect(missing.status).toBe(400)
    expect(await missing.json()).toEqual({ api_id: expect.any(String), error: 'answer_url parameter is missing' })
    expect(await failure(client.calls.create('14155550000', to, url))).toBe(
      '400 from number 14155550000 is not associated with this account',
    )
    expect(await failure(client.calls.create(from, '1<2'.repeat(9), url))).toMatch(/^400 to parameter must be/)
    expect(await failure(client.calls.create(from, to, url, { sipHeaders: 'a b=c' }))).toMatch(/^400 sip_headers/)
    expect(await failure(client.calls.create(from, `${to}<${to}`, url))).toMatch(/^403 concurrency limit/)
    const stranger = new plivo.Client(authId, 'wrong', { proxy: proxy.url })
    expect(await failure(stranger.calls.list())).toMatch(/^401 authentication failed/)
    expect(await failure(client.calls.list({ limit: 21 }))).toBe('400 limit parameter must be 1 to 20')
  })

  test('are all hung up at once, and requests cancelled while they ring', async () => {
    await using call = await answeredCall()
    const { client, simulator, callUuid, customer } = call
    await control(simulator, '/phones', { number: '14155550103', does: 'no-answer' })
    const ringing = await client.calls.create(from, '14155550103', `${customer.url}/answer`, {
      hangupUrl: `${customer.url}/hangup`,
    })
    await eventually(() => timelineOf(simulator, String(ringing.requestUuid))).toContain('ringing')
    expect(await failure(client.calls.speakText(String(ringing.requestUuid), 'Hi'))).toBe('404 call not found')
    await client.calls.cancel(String(ringing.requestUuid))
    await eventually(() => customer.requestsTo('/hangup').length).toBe(1)
    expect(customer.requestsTo('/hangup')[0]?.params).toMatchObject({ HangupCauseCode: '1000', CallStatus: 'failed' })
    expect(await failure(client.calls.cancel(callUuid))).toBe('404 not found')
    const response = await fetch(`${simulator.url}/v1/Account/${authId}/Call`, {
      method: 'DELETE',
      headers: { authorization: `Basic ${btoa(`${authId}:${authToken}`)}` },
    })
    expect(response.status).toBe(204)
    expect(await client.calls.listLiveCalls()).toEqual([])
  })
})

describe('in a call', () => {
  test('hanging up closes the stream and tells the hangup URL, once', async () => {
    await using customer = await Customer.start({
      '/answer': ({ url }) =>
        xml((response) => {
          const streamUrl = `${url.replace('http', 'ws')}/stream`
          response.addStream(streamUrl, { bidirectional: true, keepCallAlive: true })
        }),
    })
    await using plivoSide = await startPlivo()
    const { client } = plivoSide
    const options = { hangupUrl: `${customer.url}/hangup` }
    const { requestUuid } = await client.calls.create(from, to, `${customer.url}/answer`, options)
    await eventually(() => customer.streams.length).toBe(1)
    const closed = customer.streams[0]?.closed
    await client.calls.hangup(String(requestUuid))
    expect(await closed).toBe(1000)
    expect(await failure(client.calls.hangup(String(requestUuid)))).toBe('404 call not found')
    await eventually(() => customer.requestsTo('/hangup').length).toBe(1)
    await client.calls.create(from, to, `${customer.url}/answer`)
    await eventually(() => customer.streams.length).toBe(2)
    expect(customer.requestsTo('/hangup')).toHaveLength(1)
  })

  test("what the SDK's builder writes is run, element after element", async () => {
    await using customer = await Customer.start({
      '/answer': ({ url }) =>
        xml((response) => {
          response.addSpeak('Good morning', { voice: 'WOMAN', language: 'en-US' })
          response.addPlay(`${url}/music.wav`, { loop: 1 })
          response.addWait({ length: 1 })
          response.addDTMF('12', { async: 'true' })
          const digits = response.addGetDigits({ action: `${url}/digits`, numDigits: 1, timeout: 5, retries: 1 })
          digits.addSpeak('Press one', {})
        }),
      '/digits': ({ url }) =>
        xml((response) => {
          response.addRecord({ recordSession: true, redirect: false, callbackUrl: `${url}/recorded` })
          response.addRedirect(`${url}/last`, { method: 'GET' })
        }),
      '/last': () => xml((response) => response.addHangup({})),
    })
    await using plivoSide = await startPlivo({ callAssumptions: { undecodablePlayMs: 20 } })
    const { client, simulator } = plivoSide
    const { requestUuid } = await client.calls.create(from, to, `${customer.url}/answer`)
    const elements = async () => {
      const { json } = await control(simulator, `/calls/${String(requestUuid)}`)
      return json.timeline.flatMap(({ type, name }: Record<string, string>) => (type === 'element' ? [name] : []))
    }
    await eventually(elements).toContain('GetDigits')
    await control(simulator, `/calls/${String(requestUuid)}/caller`, { do: 'press', digits: '1' })
    await eventually(async () => failure(client.calls.get(String(requestUuid)))).toBe('it succeeded')
    expect(await elements()).toEqual(
      expect.arrayContaining(['Speak', 'Play', 'Wait', 'DTMF', 'GetDigits', 'Record', 'Redirect', 'Hangup']),
    )
    expect(customer.requestsTo('/digits')[0]?.params).toMatchObject({ Digits: '1' })
    await eventually(() => customer.requestsTo('/recorded').length).toBe(1)
    expect(await client.calls.get(String(requestUuid))).toMatchObject({ hangupSource: 'Answer XML' })
  })

  test('the SDK plays, speaks and records, and stops it again', async () => {
    await using call = await answeredCall()
    const { client, callUuid, customer, simulator } = call
    const { calls } = client
    expect(await calls.playMusic(callUuid, `${customer.url}/a.wav,${customer.url}/b.wav`)).toMatchObject({
      message: 'play started',
    })
    await calls.stopPlayingMusic(callUuid)
    expect(await calls.speakText(callUuid, 'Hello', { voice: 'MAN', loop: true })).toMatchObject({
      message: 'speak started',
    })
    await eventually(() => timelineOf(simulator, callUuid)).toContain('bot-audio-started')
    await calls.stopSpeakingText(callUuid)
    const { url } = await calls.record(callUuid, { timeLimit: 30, fileFormat: 'wav' })
    await calls.stopRecording(callUuid, { URL: url })
    await eventually(async () => (await client.recordings.list({ callUuid })).length).toBe(1)
    const [recording] = await client.recordings.list({ callUuid })
    expect(recording).toMatchObject({ recordingUrl: url, recordingDurationMs: expect.stringMatching(/^\d+\.\d{5}$/) })
    expect((await fetch(url)).headers.get('content-type')).toBe('audio/wav')
    const recordingId = String(recording?.['recordingId'])
    await client.recordings.delete(recordingId)
    expect(await failure(client.recordings.get(recordingId))).toBe('404 not found')
    expect(await failure(client.recordings.delete(recordingId))).toBe('404 not found')
    expect((await fetch(url)).status).toBe(404)
  })

  test('the SDK starts, lists and stops a stream', async () => {
    await using call = await answeredCall()
    const { client, callUuid, customer } = call
    const serviceUrl = `${customer.url.replace('http', 'ws')}/stream`
    const started = await client.calls.stream(callUuid, serviceUrl, {
      bidirectional: true,
      contentType: 'audio/x-mulaw;rate=8000',
      statusCallbackUrl: `${customer.url}/status`,
    })
    expect(started).toMatchObject({ message: 'audio streaming started', streamId: expect.any(String) })
    const { streamId } = started
    await eventually(() => customer.requestsTo('/status').length).toBe(1)
    expect(customer.requestsTo('/status')[0]).toMatchObject({ params: { StreamID: streamId }, genuine: true })
    expect(await client.calls.getStream(callUuid, streamId)).toMatchObject({
      streamId,
      callUuid,
      serviceUrl,
      bidirectional: true,
      plivoAuthId: authId,
      endTime: null,
    })
    expect(await client.calls.getAllStream(callUuid)).toMatchObject({
      meta: { totalCount: 1 },
      objects: [{ streamId }],
    })
    await client.calls.stopStream(callUuid, streamId)
    expect(await failure(client.calls.stopStream(callUuid, streamId))).toBe('404 not found')
    expect(await failure(client.calls.stopAllStream(callUuid))).toBe('404 not found')
    expect(await failure(client.calls.stream(callUuid, 'http://example.com'))).toMatch(/^400 /)
    expect(await client.calls.getLiveCall(callUuid)).toMatchObject({ callStatus: 'in-progress' })
  })

  test('a transfer without keepCallAlive is immediate, and must say where to', async () => {
    await using call = await answeredCall()
    const { client, callUuid, customer } = call
    expect(await failure(client.calls.transfer(callUuid, transferTo('', 'aleg')))).toBe(
      '400 aleg_url parameter is missing',
    )
    expect(await failure(client.calls.transfer(callUuid, transferTo(`${customer.url}/next`, 'both')))).toBe(
      '400 bleg_url parameter is missing',
    )
    expect(await failure(client.calls.transfer(callUuid, transferTo(`${customer.url}/next`, 'cleg')))).toBe(
      '400 legs parameter must be one of aleg, bleg, both',
    )
    await client.calls.transfer(callUuid, transferTo(`${customer.url}/next`))
    await eventually(() => customer.requestsTo('/next').length).toBe(1)
    expect(customer.requestsTo('/next')[0]?.genuine).toBe(true)
  })

  test('a transfer during keepCallAlive may also close the stream at once', async () => {
    await using customer = await Customer.start({
      '/answer': ({ url }) =>
        xml((response) => {
          const streamUrl = `${url.replace('http', 'ws')}/stream`
          response.addStream(streamUrl, { bidirectional: true, keepCallAlive: true })
        }),
      '/next': waiting,
    })
    await using plivoSide = await startPlivo({
      callAssumptions: { transferDuringStream: 'immediate' },
    })
    const { client } = plivoSide
    const made = await client.calls.create(from, to, `${customer.url}/answer`)
    await eventually(() => customer.streams.length).toBe(1)
    await client.calls.transfer(String(made.requestUuid), transferTo(`${customer.url}/next`))
    await eventually(() => customer.requestsTo('/next').length).toBe(1)
  })

  test('everything is 404 when the call is not live', async () => {
    await using plivoSide = await startPlivo()
    const { calls } = plivoSide.client
    const none = randomUUID()
    const url = 'http://example.com/x'
    const attempts = [
      calls.record(none),
      calls.stopRecording(none),
      calls.playMusic(none, url),
      calls.stopPlayingMusic(none),
      calls.speakText(none, 'Hi'),
      calls.stopSpeakingText(none),
      calls.sendDigits(none, '1'),
      calls.stream(none, 'ws://example.com/x'),
      calls.getAllStream(none),
      calls.getStream(none, none),
      calls.stopStream(none, none),
      calls.stopAllStream(none),
      calls.transfer(none, transferTo(url)),
      calls.hangup(none),
      calls.getLiveCall(none),
    ]
    expect(await Promise.all(attempts.map(failure))).toEqual(attempts.map(() => '404 call not found'))
  })
})

describe('an account', () => {
  test('has applications', async () => {
    await using plivoSide = await startPlivo({ numbers: [from] })
    const { applications, numbers } = plivoSide.client
    const { appId, message } = await applications.create('front-desk', { answer_url: 'http://example.com/answer' })
    expect(message).toBe('created')
    expect(appId).toMatch(/^\d{17}$/)
    expect(await applications.get(appId)).toMatchObject({
      appId,
      appName: 'front-desk',
      answerMethod: 'POST',
      answerUrl: 'http://example.com/answer',
      enabled: true,
      sipUri: `sip:${appId}@app.plivo.com`,
      resourceUri: `/v1/Account/${authId}/Application/${appId}/`,
    })
    await applications.create('other', { answer_url: 'http://example.com/other' })
    expect([...(await applications.list({ app_name: 'front' }))]).toMatchObject([{ appId }])
    expect(await applications.list()).toHaveLength(2)
    expect(await applications.update(appId, { answer_url: 'http://example.com/new' })).toMatchObject({
      message: 'changed',
    })
    expect(await applications.get(appId)).toMatchObject({ answerUrl: 'http://example.com/new', appName: 'front-desk' })
    expect(await failure(applications.create('a b', { answer_url: 'http://example.com' }))).toMatch(/^400 app_name/)
    expect(await failure(applications.create('no-url', {}))).toBe('400 answer_url parameter is missing')
    await numbers.update(from, { appId })
    await applications.delete(appId, { cascade: true })
    expect(await failure(applications.get(appId))).toBe('404 not found')
    expect(await numbers.get(from)).toMatchObject({ application: null })
  })

  test('has numbers', async () => {
    await using plivoSide = await startPlivo({ numbers: [from, '442055550100'] })
    const { applications, numbers } = plivoSide.client
    const { appId } = await applications.create('desk', { answer_url: 'http://example.com/answer' })
    expect(await numbers.update(from, { appId, alias: 'desk' })).toMatchObject({ message: 'changed' })
    expect(await numbers.get(from)).toMatchObject({
      number: from,
      alias: 'desk',
      application: `/v1/Account/${authId}/Application/${appId}/`,
      voiceEnabled: true,
    })
    expect([...(await numbers.list({ number_startswith: '44' }))]).toMatchObject([{ number: '442055550100' }])
    expect(await numbers.list({ alias: 'desk' })).toHaveLength(1)
    expect(await failure(numbers.update(from, { appId: '1' }))).toMatch(/^400 app_id/)
    await numbers.unrent(from)
    expect(await failure(numbers.get(from))).toBe('404 not found')
    expect(await failure(numbers.unrent(from))).toBe('404 not found')
  })

  test('is called at its numbers, and anybody can make them ring', async () => {
    await using customer = await Customer.start({ '/answer': waiting })
    await using plivoSide = await startPlivo({ numbers: [from] })
    const { client, simulator } = plivoSide
    const dial = {
      from: to,
      to: `+${from}`,
      caller: [
        { do: 'wait', ms: 50 },
        { do: 'press', digits: '1' },
      ],
    }
    expect(await control(simulator, '/dial', dial)).toMatchObject({ status: 404 })
    const { appId } = await client.applications.create('desk', { answer_url: `${customer.url}/answer` })
    await client.numbers.update(from, { appId })
    const { status, json } = await control(simulator, '/dial', dial)
    expect(status).toBe(201)
    await eventually(() => timelineOf(simulator, json.call_uuid)).toContain('pressed')
    expect(customer.requestsTo('/answer')[0]).toMatchObject({
      genuine: true,
      params: { CallUUID: json.call_uuid, Direction: 'inbound', CallStatus: 'ringing', From: to, To: from },
    })
    await control(simulator, `/calls/${json.call_uuid}/caller`, { do: 'press', digits: '23' })
    expect((await timelineOf(simulator, json.call_uuid)).filter((type) => type === 'pressed')).toHaveLength(3)
    expect((await fetch(`${simulator.url}/simulator/calls/${json.call_uuid}/recording.wav`)).status).toBe(404)
    await control(simulator, `/calls/${json.call_uuid}/caller`, { do: 'hang-up' })
    await eventually(async () => (await control(simulator, `/calls/${json.call_uuid}`)).json.over).toBe(true)
    const { result } = (await control(simulator, `/calls/${json.call_uuid}`)).json
    expect(result).toMatchObject({ answered: true, hangup: { code: 4000, source: 'Caller' } })
    expect(customer.requestsTo('/answer').at(-1)).toMatchObject({ genuine: true, params: { Event: 'Hangup' } })
    await eventually(async () => (await client.calls.list({ call_direction: 'inbound' })).length).toBe(1)
  })

  test('is the same after a restart', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'simulator-rest-'))
    const dataFile = join(folder.path, 'state', 'account.json')
    const recordingsFolder = join(folder.path, 'recordings')
    const remembered = { appId: '', callUuid: '', recordingId: '' }
    {
      await using call = await answeredCall({ dataFile, recordingsFolder, numbers: [from] })
      const { client, callUuid } = call
      const { appId } = await client.applications.create('desk', { answer_url: 'http://example.com/answer' })
      await client.numbers.update(from, { appId })
      const { recordingId } = await client.calls.record(callUuid)
      await client.calls.stopRecording(callUuid)
      await eventually(async () => failure(client.recordings.get(recordingId))).toBe('it succeeded')
      Object.assign(remembered, { appId, callUuid, recordingId })
    }
    await using plivoSide = await startPlivo({ dataFile, recordingsFolder, numbers: [from] })
    const { client, simulator } = plivoSide
    const { appId, callUuid, recordingId } = remembered
    expect(await client.applications.get(appId)).toMatchObject({ appName: 'desk' })
    expect(await client.numbers.get(from)).toMatchObject({ application: expect.stringContaining(appId) })
    expect(await client.calls.get(callUuid)).toMatchObject({ callUuid, hangupSource: 'Callee', hangupCauseCode: 4000 })
    expect(await client.recordings.get(recordingId)).toMatchObject({ recordingId, callUuid })
    expect((await fetch(`${simulator.url}/recordings/${recordingId}.wav`)).status).toBe(200)
    expect(JSON.parse(await readFile(dataFile, 'utf8'))).toMatchObject({ version: 1 })
  })
})

/** A request as any client would make it, without the SDK. */
async function raw(simulator: SimulatorServer, method: string, path: string, body?: Fields) {
  const response = await fetch(`${simulator.url}/v1/Account/${authId}/${path}`, {
    method,
    headers: { authorization: `Basic ${btoa(`${authId}:${authToken}`)}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) }
}

const apiId = expect.stringMatching(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

describe.each([
  { slash: '/', form: 'with the trailing slash' },
  { slash: '', form: 'without it' },
])('every path of section 7 is served $form:', ({ slash }) => {
  test('those of a live call', async () => {
    await using call = await answeredCall()
    const { simulator, callUuid, customer } = call
    const at = (path: string) => `Call/${callUuid}${path}${slash}`
    const ask = async (method: string, path: string, body?: Fields) => raw(simulator, method, path, body)
    const gone = { status: 204, json: undefined }
    const service_url = `${customer.url.replace('http', 'ws')}/stream`

    expect(await ask('GET', `Call${slash}?status=live`)).toEqual({
      status: 200,
      json: { api_id: apiId, calls: [callUuid] },
    })
    expect(await ask('GET', `${at('')}?status=live`)).toEqual({
      status: 200,
      json: {
        api_id: apiId,
        call_status: 'in-progress',
        call_uuid: callUuid,
        caller_name: '',
        direction: 'outbound',
        from,
        request_uuid: callUuid,
        session_start: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
        stir_attestation: 'Not Applicable',
        stir_verification: 'Not Applicable',
        to,
      },
    })
    expect(await ask('GET', at(''))).toEqual({ status: 404, json: { api_id: apiId, error: 'not found' } })
    expect(await ask('POST', at('/Record'), { file_format: 'wav', time_limit: 30 })).toEqual({
      status: 202,
      json: {
        api_id: apiId,
        message: 'call recording started',
        recording_id: expect.any(String),
        url: expect.stringMatching(/\.wav$/),
      },
    })
    expect(await ask('DELETE', at('/Record'))).toEqual(gone)
    const started = (message: string) => ({ status: 202, json: { api_id: apiId, message } })
    expect(await ask('POST', at('/Play'), { urls: `${customer.url}/a.wav` })).toEqual(started('play started'))
    expect(await ask('DELETE', at('/Play'))).toEqual(gone)
    expect(await ask('POST', at('/Speak'), { text: 'Hi' })).toEqual(started('speak started'))
    expect(await ask('DELETE', at('/Speak'))).toEqual(gone)
    expect(await ask('POST', at('/DTMF'), { digits: '1w2', leg: 'aleg' })).toEqual(started('digits sent'))
    expect(await ask('POST', at('/DTMF'), { digits: 3, legs: 'aleg' })).toEqual(started('digits sent'))

    const stream = await ask('POST', at('/Stream'), { service_url })
    const { stream_id } = stream.json
    expect(stream).toEqual({ status: 201, json: { api_id: apiId, message: 'audio streaming started', stream_id } })
    expect(await ask('GET', at(`/Stream/${stream_id}`))).toEqual({
      status: 200,
      json: {
        api_id: apiId,
        audio_track: 'inbound',
        bidirectional: false,
        bill_duration: 0,
        billed_amount: '0.00000',
        call_uuid: callUuid,
        content_type: 'audio/x-l16;rate=8000',
        created_at: expect.any(String),
        end_time: null,
        plivo_auth_id: authId,
        resource_uri: `/v1/Account/${authId}/Call/${callUuid}/Stream/${stream_id}/`,
        rounded_bill_duration: 0,
        service_url,
        start_time: expect.toBeOneOf([null, expect.any(String)]),
        status: expect.toBeOneOf(['initiated', 'active']),
        status_callback_method: 'POST',
        status_callback_url: null,
        stream_id,
      },
    })
    expect(await ask('GET', at('/Stream'))).toMatchObject({ status: 200, json: { objects: [{ stream_id }] } })
    expect(await ask('DELETE', at(`/Stream/${stream_id}`))).toEqual(gone)
    // While the first one still closes, a second is ignored.
    const startAndStopAll = async () => {
      await ask('POST', at('/Stream'), { service_url })
      return ask('DELETE', at('/Stream'))
    }
    await eventually(startAndStopAll).toEqual(gone)

    expect(await ask('POST', at(''), { legs: 'both', aleg_url: customer.url, bleg_url: customer.url })).toEqual({
      status: 202,
      json: { api_id: apiId, message: 'call transferred', call_uuids: [callUuid] },
    })
  })

  test('those of an account', async () => {
    await using call = await answeredCall({ numbers: [from], limits: { callsPerSecond: 1 } })
    const { simulator, callUuid, customer } = call
    const ask = async (method: string, path: string, body?: Fields) => raw(simulator, method, path, body)
    const gone = { status: 204, json: undefined }
    const made = await ask('POST', `Call${slash}`, {
      from,
      to: `${to}<${to}<${to}`,
      answer_url: `${customer.url}/answer`,
    })
    expect(made).toEqual({
      status: 201,
      json: { api_id: apiId, message: 'call queued', request_uuid: [apiId, apiId, apiId] },
    })
    const last = made.json.request_uuid[2]
    expect(await ask('GET', `Call${slash}?status=queued`)).toMatchObject({
      json: { calls: expect.arrayContaining([last]) },
    })
    expect(await ask('GET', `Call/${last}${slash}?status=queued`)).toMatchObject({
      status: 200,
      json: { api_id: apiId, call_status: 'queued', call_uuid: last, request_uuid: last },
    })
    expect(await ask('DELETE', `Request/${last}${slash}`)).toEqual(gone)
    expect(await ask('DELETE', `Call/${callUuid}${slash}`)).toEqual(gone)
    expect(await ask('DELETE', `Call/${callUuid}${slash}`)).toEqual({
      status: 404,
      json: { api_id: apiId, error: 'call not found' },
    })
    await eventually(async () => (await ask('GET', `Call/${callUuid}${slash}`)).status).toBe(200)
    expect(await ask('DELETE', `Call${slash}`)).toEqual(gone)

    const answer_url = 'http://example.com/answer'
    const created = await ask('POST', `Application${slash}`, { app_name: 'desk', answer_url })
    const { app_id } = created.json
    expect(created).toEqual({ status: 201, json: { api_id: apiId, message: 'created', app_id } })
    const changed = { status: 202, json: { api_id: apiId, message: 'changed' } }
    expect(await ask('POST', `Application/${app_id}${slash}`, { answer_method: 'GET' })).toEqual(changed)
    expect(await ask('POST', `Number/${from}${slash}`, { app_id })).toEqual(changed)
    expect(await ask('GET', `Application/${app_id}${slash}`)).toEqual({
      status: 200,
      json: {
        api_id: apiId,
        answer_method: 'GET',
        answer_url,
        app_id,
        app_name: 'desk',
        default_app: false,
        default_endpoint_app: false,
        enabled: true,
        fallback_answer_url: '',
        fallback_method: 'POST',
        hangup_method: 'POST',
        hangup_url: answer_url,
        log_incoming_messages: true,
        message_method: 'POST',
        message_url: '',
        public_uri: false,
        resource_uri: `/v1/Account/${authId}/Application/${app_id}/`,
        sip_uri: `sip:${app_id}@app.plivo.com`,
        sub_account: null,
      },
    })
    expect(await ask('DELETE', `Application/${app_id}${slash}?cascade=true`)).toEqual(gone)
    expect(await ask('GET', `Number/${from}${slash}`)).toMatchObject({ json: { application: null } })
    expect(await ask('DELETE', `Number/${from}${slash}`)).toEqual(gone)
    expect(await ask('DELETE', `Recording/${callUuid}${slash}`)).toEqual({
      status: 404,
      json: { api_id: apiId, error: 'not found' },
    })
  })
})

describe('what is assumed can be changed:', () => {
  test('calls that ring are not live, but may be acted on', async () => {
    await using customer = await Customer.start()
    await using plivoSide = await startPlivo({
      assumptions: {
        ringingCallsAreLive: false,
        actionsWhileRinging: 'accept',
        cancelRequest: 'queued',
        makeCallStatus: 200,
      },
    })
    const { client, simulator } = plivoSide
    await control(simulator, '/phones', { number: to, does: 'no-answer' })
    const made = await raw(simulator, 'POST', 'Call/', { from, to, answer_url: `${customer.url}/answer` })
    expect(made.status).toBe(200)
    const { request_uuid } = made.json
    expect(await client.calls.listLiveCalls()).toHaveLength(0)
    expect(await client.calls.sendDigits(request_uuid, '1')).toMatchObject({ message: 'digits sent' })
    expect(await failure(client.calls.cancel(request_uuid))).toBe('404 not found')
    await client.calls.hangup(request_uuid)
  })

  test('Record answers as if it were asynchronous, transfers as fixtures spell it, and there may be no stream to stop', async () => {
    await using call = await answeredCall({
      assumptions: {
        recordReply: 'async',
        transferMessage: 'call transfered',
        stopWithoutStream: 204,
        streamListCount: 'count',
        hangUpAllAtCallPath: false,
      },
    })
    const { simulator, callUuid, customer } = call
    const callback_url = `${customer.url}/recorded`
    const record = await raw(simulator, 'POST', `Call/${callUuid}/Record/`, { callback_url })
    expect(record).toEqual({ status: 202, json: { api_id: apiId, message: 'async api spawned' } })
    const transfer = await raw(simulator, 'POST', `Call/${callUuid}/`, { aleg_url: `${customer.url}/next` })
    expect(transfer.json.message).toBe('call transfered')
    expect((await raw(simulator, 'DELETE', `Call/${callUuid}/Stream/`)).status).toBe(204)
    expect((await raw(simulator, 'GET', `Call/${callUuid}/Stream/`)).json.meta).toMatchObject({ count: 0 })
    expect((await raw(simulator, 'DELETE', 'Call/')).status).toBe(405)
  })
})

/** Temporary folders are made in this one for as long as it is there. */
async function ownTemporaryFolder() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'simulator-rest-'))
  vi.stubEnv('TMPDIR', folder.path)
  return {
    entries: () => readdir(folder.path),
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs()
      await folder.remove()
    },
  }
}

test('a simulator that cannot start leaves nothing behind', async () => {
  await using state = await mkdtempDisposable(join(tmpdir(), 'simulator-rest-'))
  const dataFile = join(state.path, 'account.json')
  await writeFile(dataFile, 'oops')
  await using folder = await ownTemporaryFolder()
  const account = { authId, authTokens: [authToken] }
  await using first = await SimulatorServer.start({ account, recordingsFolder: state.path })
  const port = Number(new URL(first.url).port)
  await expect(SimulatorServer.start({ account, port })).rejects.toThrow('EADDRINUSE')
  await expect(SimulatorServer.start({ account, dataFile })).rejects.toThrow(`${dataFile} is no data file`)
  expect(await folder.entries()).toEqual([])
})

test('after its end the simulator has left no port, no folder and no call', async () => {
  await using folder = await ownTemporaryFolder()
  const seen: string[] = []
  {
    await using call = await answeredCall()
    await call.client.calls.record(call.callUuid)
    expect(await folder.entries()).toHaveLength(1)
    seen.push(call.simulator.url)
  }
  expect(await folder.entries()).toEqual([])
  await expect(fetch(`${seen[0]}/simulator/calls`)).rejects.toThrow()
})
