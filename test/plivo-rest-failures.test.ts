/** Plivo's REST API when it is not well: refusals, silence, broken connections and answers that are not its own. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../src/lib/manual-clock.ts'
import { PlivoApiError, PlivoRest } from '../src/plivo/index.ts'
import { portOf } from './plivo-rest-support.ts'
import { createCertificate } from './support/certificate.ts'
import { patience } from './support/patience.ts'

const authId = 'MAEXAMPLE00000000000'
const authToken = 'aVerySecretTokenOfTheTests0123456789'
const basic = `Basic ${btoa(`${authId}:${authToken}`)}`
const callUuid = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'
const apiId = '4e1f954c-0000-11f0-bafe-0242ac110003'
const call = { from: '14155550199', to: '14155550100', answerUrl: 'https://voice.example.com/answer' }

interface Seen {
  readonly method: string | undefined
  readonly url: string
  readonly authorization: string | undefined
}
type Answer = (response: ServerResponse, request: IncomingMessage) => void

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
const error = (status: number, text: string, headers = {}) => json(status, { api_id: apiId, error: text }, headers)
const html =
  (status: number): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end('<html><body>Not\nhere</body></html>')
const empty =
  (status: number): Answer =>
  (response) =>
    response.writeHead(status).end()
const hang: Answer = () => undefined
const reset: Answer = (_response, { socket }) => socket.destroy()
const breakOff: Answer = (response, { socket }) =>
  response.writeHead(202, { 'content-length': '1000' }).write('{"api_id":', () => socket.destroy())

/** Gives each request the next answer, and the last one to all that come behind. */
class SickPlivo implements AsyncDisposable {
  readonly seen: Seen[] = []
  readonly clock = new ManualClock()
  readonly #answers: readonly Answer[]
  readonly #http = createServer((request, response) => {
    request.resume().on('end', () => {
      const { method, url = '', headers } = request
      this.seen.push({ method, url, authorization: headers.authorization })
      this.#answers[Math.min(this.seen.length, this.#answers.length) - 1]?.(response, request)
    })
  })

  constructor(answers: readonly Answer[]) {
    this.#answers = answers
  }

  static async start(...answers: readonly Answer[]): Promise<SickPlivo> {
    const plivo = new SickPlivo(answers)
    plivo.#http.listen(0, '127.0.0.1')
    await once(plivo.#http, 'listening')
    return plivo
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#http)}`
  }

  get rest(): PlivoRest {
    return new PlivoRest({ authId, authToken, baseUrl: this.url, clock: this.clock })
  }

  /** What becomes of `act` while time passes: whenever a request has its answer or was waited for, the clock goes on. */
  async outcome<T>(act: (rest: PlivoRest) => Promise<T>, steps: readonly number[] = []): Promise<T | PlivoApiError> {
    const { rest, clock } = this
    const ended = act(rest).catch((error: unknown) => {
      if (error instanceof PlivoApiError) return error
      throw error
    })
    for (const [tries, ms] of steps.entries()) {
      await expect.poll(() => this.seen.length, patience).toBe(tries + 1)
      // The request's own deadline is one timer as well: a wait before the next try begins when it is gone.
      const before = clock.monotonic()
      if (ms < timeoutMs) await expect.poll(() => (clock.nextDueAt ?? 0) - before < timeoutMs, patience).toBe(true)
      clock.advance(ms)
    }
    return ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections()
    this.#http.close()
    await once(this.#http, 'close')
  }
}

const timeoutMs = 12_000
/** Each longer than the wait before that try can be. */
const waits = [1_000, 2_000]

type Act = (rest: PlivoRest) => Promise<unknown>
const get: Act = (rest) => rest.getLiveCall(callUuid)
const post: Act = (rest) => rest.transferCall(callUuid, { alegUrl: 'https://voice.example.com/next' })
const remove: Act = (rest) => rest.hangUpCall(callUuid)

const live = json(200, { api_id: apiId, call_uuid: callUuid, call_status: 'in-progress' })

describe('a request that only reads or deletes', () => {
  test.each<[string, Answer]>([
    ['500', error(500, 'internal error')],
    ['502 with a page', html(502)],
    ['503', empty(503)],
    ['429', error(429, 'too many requests')],
    ['a closed connection', reset],
    ['an answer that breaks off', breakOff],
  ])('is made again after %s', async (_what, first) => {
    await using plivo = await SickPlivo.start(first, live)
    expect(await plivo.outcome(get, [1_000])).toMatchObject({ callUuid, status: 'in-progress' })
    await using other = await SickPlivo.start(first, empty(204))
    expect(await other.outcome(remove, [1_000])).toBe(true)
    expect(other.seen.map(({ method }) => method)).toEqual(['DELETE', 'DELETE'])
  })

  test('is made again after a time-out', async () => {
    await using plivo = await SickPlivo.start(hang, live)
    const { clock } = plivo
    const ended = get(plivo.rest)
    await expect.poll(() => plivo.seen.length, patience).toBe(1)
    clock.advance(timeoutMs - 1)
    expect(clock.pending).toBe(1)
    clock.advance(1)
    await expect.poll(() => clock.pending, patience).toBe(1)
    clock.advance(1_000)
    expect(await ended).toMatchObject({ callUuid })
  })

  test('is made three times at most, with longer waits', async () => {
    await using plivo = await SickPlivo.start(error(500, 'internal error'))
    expect(await plivo.outcome(get, waits)).toMatchObject({
      kind: 'unavailable',
      status: 500,
      apiId,
      message: 'Plivo did not show the live call: 500 internal error',
      fix: expect.stringContaining('status.plivo.com'),
      retryable: true,
    })
    expect(plivo.seen).toHaveLength(3)
  })

  test('waits half a second to a second, and then twice that', async () => {
    await using plivo = await SickPlivo.start(error(500, 'internal error'))
    const { clock } = plivo
    const ended = plivo.outcome(get)
    await expect.poll(() => clock.pending === 1 && (clock.nextDueAt ?? 0) <= 1_000, patience).toBe(true)
    expect(clock.nextDueAt).toBeGreaterThanOrEqual(500)
    clock.advance(1_000)
    await expect.poll(() => plivo.seen.length === 2 && (clock.nextDueAt ?? 0) <= 3_000, patience).toBe(true)
    expect(clock.nextDueAt).toBeGreaterThanOrEqual(2_000)
    clock.advance(2_000)
    await ended
  })

  test('waits as long as Plivo asks for, and not when that is too long', async () => {
    await using plivo = await SickPlivo.start(error(429, 'slow down', { 'retry-after': '7' }), live)
    const ended = plivo.outcome(get)
    await expect.poll(() => plivo.clock.nextDueAt, patience).toBe(7_000)
    plivo.clock.advance(7_000)
    expect(await ended).toMatchObject({ callUuid })

    await using dated = await SickPlivo.start(error(503, '', { 'retry-after': 'soon' }), live)
    expect(await dated.outcome(get, [1_000])).toMatchObject({ callUuid })

    await using slow = await SickPlivo.start(error(429, 'slow down', { 'retry-after': '60' }), live)
    expect(await slow.outcome(get)).toMatchObject({ kind: 'rate-limited', status: 429, retryable: true })
    expect(slow.seen).toHaveLength(1)
  })

  test('counts as done when it is gone the second time, and the first answer was lost', async () => {
    await using plivo = await SickPlivo.start(reset, error(404, 'call not found'))
    expect(await plivo.outcome(remove, [1_000])).toBe(true)
    await using other = await SickPlivo.start(error(500, 'internal error'), error(404, 'call not found'))
    expect(await other.outcome(remove, [1_000])).toBe(false)
  })

  test('that deletes is of unknown outcome when no answer ever comes, and may be made again', async () => {
    await using plivo = await SickPlivo.start(reset)
    expect(await plivo.outcome(remove, waits)).toMatchObject({
      kind: 'unknown-outcome',
      status: undefined,
      message: expect.stringMatching(/^Plivo \(127\.0\.0\.1:\d+\) was asked to hang up the call and broke off: /),
      retryable: true,
    })
  })
})

describe('a request that takes effect', () => {
  test.each<[string, Answer, string, boolean]>([
    ['500', error(500, 'internal error'), 'unavailable', true],
    ['503', empty(503), 'unavailable', true],
    ['502', html(502), 'unknown-outcome', false],
    ['504', empty(504), 'unknown-outcome', false],
    ['a closed connection', reset, 'unknown-outcome', false],
    ['an answer that breaks off', breakOff, 'unknown-outcome', false],
  ])('is not made again after %s', async (_what, answer, kind, retryable) => {
    await using plivo = await SickPlivo.start(answer)
    expect(await plivo.outcome(post)).toMatchObject({ kind, retryable })
    expect(plivo.seen).toHaveLength(1)
    expect(plivo.clock.pending).toBe(0)
  })

  test('is of unknown outcome when Plivo did it and the answer was lost', async () => {
    let calls = 0
    const makeAndHang: Answer = () => void calls++
    await using plivo = await SickPlivo.start(makeAndHang)
    expect(await plivo.outcome((rest) => rest.makeCall(call), [timeoutMs])).toMatchObject({
      name: 'PlivoApiError',
      kind: 'unknown-outcome',
      status: undefined,
      message: expect.stringContaining('was asked to make the call and did not answer within 12 s'),
      fix: expect.stringContaining('before doing it again'),
      retryable: false,
    })
    expect(calls).toBe(1)
  })

  test('is made again after 429, which means that nothing was done', async () => {
    await using plivo = await SickPlivo.start(error(429, 'too many requests'), json(202, { message: 'ok' }))
    expect(await plivo.outcome(post, [1_000])).toBeUndefined()
    expect(plivo.seen).toHaveLength(2)
    await using limited = await SickPlivo.start(error(429, 'too many requests'))
    expect(await limited.outcome(post, waits)).toMatchObject({ kind: 'rate-limited', retryable: true })
  })
})

describe('nobody there', () => {
  const nowhere = async () => {
    await using plivo = await SickPlivo.start(hang)
    return plivo.url
  }

  test.each([get, post, remove])('is tried three times, even for what takes effect', async (act) => {
    const clock = new ManualClock()
    const ended = act(new PlivoRest({ authId, authToken, baseUrl: await nowhere(), clock })).catch((error) => error)
    for (const ms of waits) {
      const before = clock.monotonic()
      await expect.poll(() => (clock.nextDueAt ?? Infinity) - before <= ms, patience).toBe(true)
      clock.advance(ms)
    }
    expect(await ended).toMatchObject({
      kind: 'unavailable',
      status: undefined,
      message: expect.stringContaining('could not be reached: connect ECONNREFUSED 127.0.0.1:'),
      fix: expect.stringContaining('check that this machine reaches 127.0.0.1:'),
    })
  })

  test('or no such host is "unavailable" too', async () => {
    const clock = new ManualClock()
    const rest = new PlivoRest({ authId, authToken, baseUrl: 'http://plivo.invalid', clock })
    const ended = post(rest).catch((error) => error)
    for (const ms of waits) {
      const before = clock.monotonic()
      await expect.poll(() => (clock.nextDueAt ?? Infinity) - before <= ms, patience).toBe(true)
      clock.advance(ms)
    }
    expect(await ended).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('plivo.invalid') })
  })

  test('whom one could trust is not asked twice', async () => {
    const server = createTlsServer(createCertificate('somebody.example'), () => expect.fail('it was asked'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const clock = new ManualClock()
    const rest = new PlivoRest({ authId, authToken, baseUrl: `https://127.0.0.1:${portOf(server)}`, clock })
    await expect(post(rest)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('could not be trusted'),
      retryable: false,
    })
    server.close()
  })
})

describe('an answer', () => {
  test.each<[string, Act, Answer, string]>([
    ['a page for a POST', post, html(200), 'unreadable'],
    ['a page for a DELETE', remove, html(200), 'unreadable'],
    ['a page that says 404', remove, html(404), 'unreadable'],
    [
      'a redirect',
      post,
      (response) => response.writeHead(301, { location: 'https://example.com/' }).end(),
      'unreadable',
    ],
    ['a list', get, json(200, []), 'unreadable'],
    ['nothing at all', get, empty(200), 'unreadable'],
    ['another status', post, error(418, 'teapot'), 'refused'],
    ['401 in words', get, (response) => response.writeHead(401).end('Unauthorized'), 'bad-credentials'],
  ])('of %s is an error', async (_what, act, answer, kind) => {
    await using plivo = await SickPlivo.start(answer)
    expect(await plivo.outcome(act)).toMatchObject({ kind, retryable: false })
    expect(plivo.seen).toHaveLength(1)
  })

  test.each<[Act, object, string]>([
    [get, { call_uuid: 7 }, ''],
    [get, { call_status: 'x' }, 'call_uuid is missing'],
    [get, { call_uuid: 20372631212782780 }, 'call_uuid must be a text'],
    [get, { call_uuid: callUuid, from: {} }, 'from must be a text, got an object'],
    [(rest) => rest.listLiveCalls(), {}, 'calls is missing'],
    [(rest) => rest.listLiveCalls(), { calls: ['a', 7] }, 'calls[1] must be a text, got 7'],
    [(rest) => rest.listNumbers(), { objects: [] }, 'meta is missing'],
    [(rest) => rest.listNumbers(), { meta: {}, objects: 'x' }, 'objects must be a list, got "x"'],
    [
      (rest) => rest.listNumbers(),
      { meta: {}, objects: [{ number: '1' }, { number: null }] },
      'objects[1].number is missing',
    ],
    [(rest) => rest.getNumber('14155550199'), { number: '1', application: 'x' }, 'application must be the URI'],
    [
      (rest) => rest.getNumber('14155550199'),
      { number: '1', voice_enabled: 'yes' },
      'voice_enabled must be true or false',
    ],
    [
      (rest) => rest.getRecording('a'),
      { recording_id: 'a', recording_duration_ms: '-1' },
      'recording_duration_ms must be',
    ],
    [(rest) => rest.makeCall(call), { message: 'call fired' }, 'request_uuid is missing'],
  ])('without what it should have names the field (%#)', async (act, body, problem) => {
    await using plivo = await SickPlivo.start(json(200, { api_id: apiId, ...body }))
    const outcome = await plivo.outcome(act)
    if (problem === '') expect(outcome).toMatchObject({ callUuid: '7' })
    else expect(outcome).toMatchObject({ kind: 'unreadable', status: 200, message: expect.stringContaining(problem) })
  })

  test('is not read to the end when it has none', async () => {
    await using plivo = await SickPlivo.start((response) => {
      const more = () => response.write('a'.repeat(65_536), (failed) => failed ?? more())
      response.writeHead(200)
      more()
    })
    expect(await plivo.outcome(get)).toMatchObject({ kind: 'unreadable' })
  })
})

describe('the auth token', () => {
  test('is in no message, although the far side repeats it, and not in the client when that is printed', async () => {
    const repeat: Answer = (response, { headers }) =>
      error(400, `you sent ${headers.authorization} which is ${authToken}`)(response, {} as IncomingMessage)
    await using plivo = await SickPlivo.start(repeat)
    const outcome = await plivo.outcome(post)
    const rest = plivo.rest
    for (const shown of [outcome, rest, new Error('x', { cause: outcome })]) {
      const text = `${inspect(shown, { depth: Infinity, showHidden: true })} ${JSON.stringify(shown)} ${String(shown)}`
      expect(text).not.toContain(authToken)
      expect(text).not.toContain(basic.slice(6))
    }
    expect(outcome).toMatchObject({ message: expect.stringContaining('400 you sent Basic [hidden] which is [hidden]') })
  })

  test('is not in the part that is shown of a long answer', async () => {
    for (const length of [250, 270, 290, 299]) {
      const text = `${'x'.repeat(length)}${authToken}`
      await using plivo = await SickPlivo.start(error(400, text))
      expect(await plivo.outcome(post)).toMatchObject({ message: expect.not.stringMatching(/VerySecret|aVery|x{9}a/) })
    }
    await using echo = await SickPlivo.start(json(200, { number: '1', voice_enabled: `xxxx${authToken}` }))
    expect(await echo.outcome((rest) => rest.getNumber('14155550199'))).toMatchObject({
      kind: 'unreadable',
      message: expect.stringContaining('"xxxx[hidden]"'),
    })
  })

  test.each([
    { authToken: `${authToken} ` },
    { authToken: '' },
    { authId: 'MA/../x' },
    { authId: '' },
    { baseUrl: 'ftp://api.plivo.com' },
    { baseUrl: 'api.plivo.com' },
    { baseUrl: `https://user:${authToken}@api.plivo.com` },
    { timeoutMs: 0 },
    { timeoutMs: Number.NaN },
  ])('or another option that cannot be right is refused without being shown (%#)', (wrong) => {
    const make = () => new PlivoRest({ authId, authToken, ...wrong })
    expect(make).toThrow(RangeError)
    expect(make).toThrow(Object.keys(wrong)[0])
    expect(make).not.toThrow(authToken)
  })

  test('is sent with every request to the API', async () => {
    await using plivo = await SickPlivo.start(live)
    await plivo.outcome(get)
    expect(plivo.seen).toEqual([
      { method: 'GET', url: `/v1/Account/${authId}/Call/${callUuid}/?status=live`, authorization: basic },
    ])
  })
})

describe('the file of a recording', () => {
  const audio =
    (bytes: number): Answer =>
    (response) =>
      response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(Buffer.alloc(bytes, 7))
  const redirect =
    (location: string): Answer =>
    (response) =>
      response.writeHead(302, { location }).end()
  const fetched = (url: string, maxBytes?: number) => async (rest: PlivoRest) => {
    await using media = await rest.fetchRecording(url, { maxBytes })
    return await media.bytes()
  }

  test('is fetched with credentials from the API itself, and without them from anybody else', async () => {
    await using plivo = await SickPlivo.start(audio(100_000))
    await using stranger = await SickPlivo.start(audio(3))
    expect(await plivo.outcome(fetched(`${plivo.url}/r.mp3`))).toHaveLength(100_000)
    expect(await plivo.outcome(fetched(`${stranger.url}/r.mp3`))).toHaveLength(3)
    expect(plivo.seen).toEqual([{ method: 'GET', url: '/r.mp3', authorization: basic }])
    expect(stranger.seen).toEqual([{ method: 'GET', url: '/r.mp3', authorization: undefined }])
  })

  test('loses the credentials when it is redirected to somebody else', async () => {
    await using stranger = await SickPlivo.start(audio(3))
    await using plivo = await SickPlivo.start(redirect('/moved.mp3'), redirect(`${stranger.url}/s3?signed=1`))
    expect(await plivo.outcome(fetched(`${plivo.url}/r.mp3`))).toHaveLength(3)
    expect(plivo.seen.map(({ url, authorization }) => [url, authorization])).toEqual([
      ['/r.mp3', basic],
      ['/moved.mp3', basic],
    ])
    expect(stranger.seen).toEqual([{ method: 'GET', url: '/s3?signed=1', authorization: undefined }])
  })

  test.each<[string, Answer, object]>([
    ['is missing', html(404), { kind: 'not-found' }],
    ['is refused', html(403), { kind: 'refused', status: 403 }],
    ['wants other credentials', empty(401), { kind: 'bad-credentials', fix: expect.stringContaining('auth token') }],
    ['is a page', html(200), { kind: 'unreadable', message: expect.stringContaining('text/html') }],
    ['leads round in a circle', redirect('/r.mp3'), { kind: 'unreadable' }],
    ['leads to a file of this machine', redirect('file:///etc/passwd'), { kind: 'unreadable' }],
    ['is too long', audio(1_001), { kind: 'unreadable', message: expect.stringContaining('more than 1000 bytes') }],
  ])('that %s is an error', async (_what, answer, expected) => {
    await using plivo = await SickPlivo.start(answer)
    expect(await plivo.outcome(fetched(`${plivo.url}/r.mp3`, 1_000))).toMatchObject(expected)
  })

  test('of a foreign host that wants credentials says that it gets none', async () => {
    await using plivo = await SickPlivo.start(audio(1))
    await using stranger = await SickPlivo.start(empty(401))
    expect(await plivo.outcome(fetched(`${stranger.url}/r.mp3`))).toMatchObject({
      kind: 'bad-credentials',
      fix: expect.stringContaining("no host of Plivo's"),
    })
  })

  test('is asked for again after 503', async () => {
    await using plivo = await SickPlivo.start(empty(503), audio(5))
    expect(await plivo.outcome(fetched(`${plivo.url}/r.mp3`), [1_000])).toHaveLength(5)
  })

  test('leaves no timer behind when it was read', async () => {
    await using plivo = await SickPlivo.start(audio(100_000))
    const media = await plivo.rest.fetchRecording(`${plivo.url}/r.mp3`)
    expect(media.contentType).toBe('audio/mpeg')
    expect(await media.bytes()).toEqual(Buffer.alloc(100_000, 7))
    expect(plivo.clock.pending).toBe(0)
  })

  test('that breaks off is an error, and not a shorter file', async () => {
    await using plivo = await SickPlivo.start((response, { socket }) =>
      response.writeHead(200, { 'content-length': '1000' }).write('RIFF', () => setImmediate(() => socket.destroy())),
    )
    expect(await plivo.outcome(fetched(`${plivo.url}/r.mp3`))).toMatchObject({ kind: 'unavailable' })
  })

  test.each(['before the first part', 'after it'])('can be given up %s, which closes the connection', async (when) => {
    let closed = false
    await using plivo = await SickPlivo.start((response, { socket }) => {
      socket.on('close', () => (closed = true))
      response.writeHead(200).write('RIFF')
    })
    {
      await using media = await plivo.rest.fetchRecording(`${plivo.url}/r.mp3`)
      if (when === 'after it') await media[Symbol.asyncIterator]().next()
    }
    await expect.poll(() => closed, patience).toBe(true)
    expect(plivo.clock.pending).toBe(0)
  })

  test('that stops arriving is waited for as long as an answer, from part to part', async () => {
    await using plivo = await SickPlivo.start((response) =>
      response.writeHead(200, { 'content-length': '1000' }).write('RIFF'),
    )
    const { clock } = plivo
    await using media = await plivo.rest.fetchRecording(`${plivo.url}/r.mp3`)
    expect(clock.pending).toBe(0)
    const parts = media[Symbol.asyncIterator]()
    expect(await parts.next()).toMatchObject({ done: false })
    expect(clock.pending).toBe(0)
    const next = parts.next().catch((error) => error)
    await expect.poll(() => clock.pending, patience).toBe(1)
    clock.advance(timeoutMs)
    expect(await next).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('within 12 s') })
    expect(clock.pending).toBe(0)
  })
})

describe('arguments', () => {
  const url = 'https://voice.example.com/'
  test.each<[string, Act]>([
    ['callUuid', (rest) => rest.hangUpCall('../Call')],
    ['callUuid', (rest) => rest.getCall('')],
    ['callUuid', (rest) => rest.getCall('a'.repeat(201))],
    ['requestUuid', (rest) => rest.cancelQueued('a/b')],
    ['recordingId', (rest) => rest.deleteRecording('a?b')],
    ['streamId', (rest) => rest.stopStream(callUuid, '')],
    ['appId', (rest) => rest.linkNumber('14155550199', 'a b')],
    ['number', (rest) => rest.getNumber('1415/5550199')],
    ['alegUrl', (rest) => rest.transferCall(callUuid, {})],
    ['alegUrl', (rest) => rest.transferCall(callUuid, { alegUrl: '/next' })],
    ['blegUrl', (rest) => rest.transferCall(callUuid, { blegUrl: 'ftp://a/' })],
    ['timeLimitSeconds', (rest) => rest.startRecording(callUuid, { timeLimitSeconds: 0 })],
    ['callbackUrl', (rest) => rest.startRecording(callUuid, { timeLimitSeconds: 1, callbackUrl: '' })],
    ['url', (rest) => rest.stopRecording(callUuid, { url: '' })],
    ['urls', (rest) => rest.startPlay(callUuid, { urls: [] })],
    ['urls', (rest) => rest.startPlay(callUuid, { urls: ['https://a/b,c'] })],
    ['urls', (rest) => rest.startPlay(callUuid, { urls: ['b.mp3'] })],
    ['lengthSeconds', (rest) => rest.startPlay(callUuid, { urls: [url], lengthSeconds: 1.5 })],
    ['text', (rest) => rest.startSpeak(callUuid, { text: ' ' })],
    ['digits', (rest) => rest.sendDigits(callUuid, '12x')],
    ['digits', (rest) => rest.sendDigits(callUuid, '')],
    ['from', (rest) => rest.makeCall({ ...call, from: '' })],
    ['to', (rest) => rest.makeCall({ ...call, to: [] })],
    ['to', (rest) => rest.makeCall({ ...call, to: '1415<555' })],
    ['to', (rest) => rest.makeCall({ ...call, to: Array(1001).fill('14155550100') })],
    ['answerUrl', (rest) => rest.makeCall({ ...call, answerUrl: 'wss://a/' })],
    ['callerName', (rest) => rest.makeCall({ ...call, callerName: 'a'.repeat(51) })],
    ['ringTimeoutSeconds', (rest) => rest.makeCall({ ...call, ringTimeoutSeconds: 0 })],
    ['sipHeaders', (rest) => rest.makeCall({ ...call, sipHeaders: { 'a b': 'c' } })],
    ['contentType', (rest) => rest.startStream(callUuid, { url: 'wss://a/', bidirectional: true, contentType: 'x' })],
    ['limit', (rest) => rest.listRecordings({ limit: 21 })],
    ['offset', (rest) => rest.listNumbers({ offset: -1 })],
    ['name', (rest) => rest.createApplication({ name: 'a b', answerUrl: url })],
    ['recording', (rest) => rest.fetchRecording('file:///etc/passwd')],
  ])('that Plivo would refuse name %s, and nothing is sent (%#)', async (field, act) => {
    await using plivo = await SickPlivo.start(empty(204))
    const thrown = await act(plivo.rest).catch((error) => error)
    expect(thrown).toBeInstanceOf(RangeError)
    expect(thrown).toMatchObject({ message: expect.stringContaining(field) })
    expect(plivo.seen).toEqual([])
  })
})
