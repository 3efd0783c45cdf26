import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../lib/manual-clock.ts'
import type { CallDetails } from './call-details.ts'
import type { Recording } from './recordings.ts'
import { openRestApi, type RestApi, type RestApiOptions } from './rest-api.ts'

const authId = 'MAEXAMPLE00000000000'
const authorization = `Basic ${btoa(`${authId}:token`)}`
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

async function openApi(options: Partial<RestApiOptions> = {}) {
  const clock = new ManualClock(Date.parse('2026-01-15T12:00:00Z'))
  const account = { authId, authTokens: ['token', 'second'] }
  const publicUrl = () => 'http://simulator.test'
  const api = await openRestApi({ account, publicUrl, clock, ...options })
  return { api, clock, ask: (method: string, path: string, body?: unknown) => ask(api, method, path, body) }
}

async function ask(api: RestApi, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const url = `http://simulator.test/v1/Account/${authId}/${path}`
  const init = { method, headers: { authorization, 'content-type': 'application/json', ...headers } }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await api.fetch(new Request(url, body === undefined ? init : { ...init, body: text }))
  const reply = await response.text()
  return { status: response.status, json: reply === '' ? undefined : JSON.parse(reply) }
}

const callOf = (number: number, changes: Partial<CallDetails> = {}): CallDetails => ({
  callUuid: `call-${number}`,
  parentCallUuid: undefined,
  direction: 'outbound',
  from: '14155550199',
  to: '14155550100',
  startedAt: Date.parse('2026-01-15T10:00:00Z'),
  answeredAt: Date.parse('2026-01-15T10:00:05Z'),
  endedAt: Date.parse('2026-01-15T10:00:15Z') + number * 60_000,
  durationSeconds: 10 * number,
  billedSeconds: 60,
  totalAmount: '0.00500',
  totalRate: '0.00500',
  state: 'ANSWER',
  hangupCode: 4000,
  hangupName: 'Normal Hangup',
  hangupSource: 'Callee',
  ...changes,
})

const recordingOf = (number: number, endedAt: string): Recording => ({
  recordingId: `recording-${number}`,
  callUuid: 'call-1',
  from: '14155550199',
  to: '14155550100',
  startedAt: Date.parse(endedAt) - 1_500,
  endedAt: Date.parse(endedAt),
  durationMs: 1_500,
  file: undefined,
})

describe('credentials', () => {
  test.each([
    ['none', ''],
    ['those of nobody', `Basic ${btoa('MANOBODY000000000000:token')}`],
    ['a wrong token', `Basic ${btoa(`${authId}:wrong`)}`],
    ['another scheme', 'Bearer token'],
    ['nonsense', 'Basic %%%'],
  ])('%s: 401', async (_, given) => {
    const { api } = await openApi()
    expect(await ask(api, 'GET', 'Call/', undefined, { authorization: given })).toEqual({
      status: 401,
      json: { api_id: expect.stringMatching(uuid), error: expect.stringContaining('authentication failed') },
    })
  })

  test('any token of the account is good', async () => {
    const { api } = await openApi()
    const second = { authorization: `Basic ${btoa(`${authId}:second`)}` }
    expect((await ask(api, 'GET', 'Call/', undefined, second)).status).toBe(200)
  })

  test.each([401, 403, 404] as const)('are of no use for the account of another: %i', async (foreignAccount) => {
    const { api } = await openApi({ assumptions: { foreignAccount } })
    const url = 'http://simulator.test/v1/Account/MAOTHER0000000000000/Call/'
    const response = await api.fetch(new Request(url, { headers: { authorization } }))
    expect(response.status).toBe(foreignAccount)
    expect(await response.json()).toMatchObject({ api_id: expect.stringMatching(uuid), error: expect.any(String) })
  })

  test('a 401 may be a line of text', async () => {
    const { api } = await openApi({ assumptions: { unauthorizedReply: 'text' } })
    const response = await api.fetch(new Request(`http://simulator.test/v1/Account/${authId}/Call/`))
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
  })
})

describe('a request', () => {
  test.each(['Call', 'Call/', 'Application', 'Application/', 'Number', 'Number/', 'Recording', 'Recording/'])(
    'to %s is served, with and without the trailing slash',
    async (path) => {
      const { ask } = await openApi()
      expect(await ask('GET', path)).toMatchObject({
        status: 200,
        json: { api_id: expect.stringMatching(uuid), meta: { total_count: 0 }, objects: [] },
      })
    },
  )

  test.each(['Nothing/', 'Call/x/y/', 'Call/x/Stream/y/z', ''])('to "%s" is 404', async (path) => {
    const { ask } = await openApi()
    expect(await ask('GET', path)).toMatchObject({
      status: 404,
      json: { api_id: expect.stringMatching(uuid), error: 'not found' },
    })
  })

  test.each([
    ['PUT', 'Call/'],
    ['PUT', 'Call/x/'],
    ['GET', 'Request/x/'],
    ['GET', 'Call/x/Record/'],
    ['GET', 'Call/x/Play/'],
    ['GET', 'Call/x/Speak/'],
    ['DELETE', 'Call/x/DTMF/'],
    ['PUT', 'Call/x/Stream/'],
    ['POST', 'Call/x/Stream/y/'],
    ['DELETE', 'Application/'],
    ['PATCH', 'Application/1/'],
    ['DELETE', 'Number/'],
    ['POST', 'Recording/'],
    ['POST', 'Recording/x/'],
  ])('%s %s is 405', async (method, path) => {
    const { ask } = await openApi()
    expect(await ask(method, path)).toMatchObject({
      status: 405,
      json: { api_id: expect.stringMatching(uuid), error: 'method not allowed' },
    })
  })

  test('may have a form as its body', async () => {
    const { api } = await openApi()
    const form = 'app_name=desk&answer_url=http%3A%2F%2Fexample.com%2Fa%3Fx%3D1'
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { json } = await ask(api, 'POST', 'Application/', form, headers)
    expect(json).toMatchObject({ message: 'created' })
    expect(api.state.applications.find(json.app_id)).toMatchObject({ answerUrl: 'http://example.com/a?x=1' })
  })

  test.each([
    ['{', 'the body is not JSON'],
    ['[]', 'the body is not a JSON object'],
    ['{"app_name":{}}', 'app_name parameter must be a text, a number, true or false'],
    ['', 'answer_url parameter is missing'],
  ])('with the body %j is 400', async (body, error) => {
    const { ask } = await openApi()
    expect(await ask('POST', 'Application/', body)).toMatchObject({ status: 400, json: { error } })
  })

  test('with an endless body is 413', async () => {
    const { ask } = await openApi()
    expect(await ask('POST', 'Application/', ' '.repeat(17 * 1024 * 1024))).toMatchObject({ status: 413 })
  })
})

describe('the rate limit', () => {
  test('answers the 301st request within 5 s with 429, until the window has passed', async () => {
    const { ask, clock } = await openApi()
    const statuses = await Promise.all(Array.from({ length: 301 }, async () => (await ask('GET', 'Call/')).status))
    expect(statuses.filter((status) => status === 200)).toHaveLength(300)
    expect(await ask('GET', 'Number/')).toMatchObject({
      status: 429,
      json: { api_id: expect.stringMatching(uuid), error: 'too many requests' },
    })
    clock.advance(5000)
    expect((await ask('GET', 'Call/')).status).toBe(200)
  })

  test('can be switched off, and need not count Make Call', async () => {
    const off = await openApi({ limits: { requests: 'unlimited' } })
    const statuses = await Promise.all(Array.from({ length: 400 }, async () => (await off.ask('GET', 'Call/')).status))
    expect(new Set(statuses)).toEqual(new Set([200]))
    const { ask } = await openApi({
      limits: { requests: { requests: 1, perMs: 5000 } },
      assumptions: { rateLimitCountsMakeCall: false },
    })
    expect((await ask('GET', 'Call/')).status).toBe(200)
    expect((await ask('POST', 'Call/', {})).status).toBe(400)
    expect((await ask('POST', 'Application/', {})).status).toBe(429)
  })
})

describe('a list', () => {
  test('has pages of at most 20, which lead to one another', async () => {
    const { api, ask } = await openApi()
    for (let i = 0; i < 45; i++) api.state.calls.put(callOf(i))
    const first = await ask('GET', 'Call/?call_direction=outbound')
    expect(first.json.objects.map(({ call_uuid }: { call_uuid: string }) => call_uuid).at(0)).toBe('call-44')
    expect(first.json.meta).toEqual({
      limit: 20,
      offset: 0,
      next: `/v1/Account/${authId}/Call/?call_direction=outbound&limit=20&offset=20`,
      previous: null,
      total_count: 45,
    })
    const last = await ask('GET', 'Call/?limit=10&offset=40')
    expect(last.json.objects).toHaveLength(5)
    expect(last.json.meta).toMatchObject({
      next: null,
      previous: `/v1/Account/${authId}/Call/?limit=10&offset=30`,
    })
  })

  test.each(['limit=0', 'limit=21', 'limit=x', 'offset=-1', 'status=over', 'end_time__gt=yesterday'])(
    'asked with %s is 400',
    async (query) => {
      const { ask } = await openApi()
      expect((await ask('GET', `Call/?${query}`)).status).toBe(400)
    },
  )

  test('may take a limit that is too large for the largest', async () => {
    const { ask } = await openApi({ assumptions: { limitOutOfRange: 'clamp' } })
    expect((await ask('GET', 'Call/?limit=500')).json.meta.limit).toBe(20)
    expect((await ask('GET', 'Call/?limit=0')).json.meta.limit).toBe(1)
  })

  test.each([
    ['from_number=14155550188', [3]],
    ['to_number=14155550100', [1, 2, 3]],
    ['parent_call_uuid=call-9', [2]],
    ['hangup_cause_code=3010', [2]],
    ['hangup_source=carrier', [2]],
    ['bill_duration=10', [1]],
    ['bill_duration__gt=10&bill_duration__lte=30', [2, 3]],
    ['bill_duration__gte=20&bill_duration__lt=30', [2]],
    ['end_time__gt=2026-01-15 10:01:15', [2, 3]],
    ['end_time__gte=2026-01-15 10:01:15&end_time__lt=2026-01-15 10:03:15', [1, 2]],
    ['end_time=2026-01-15 10:02:15', [2]],
    ['end_time__lte=2026-01-15 10:01', []],
    ['subaccount=SAEXAMPLE00000000000', []],
    ['call_direction=inbound', []],
  ])('of finished calls is filtered by %s', async (query, numbers) => {
    const { api, ask } = await openApi()
    api.state.calls.put(callOf(1))
    const carrier = { hangupCode: 3010, hangupSource: 'Carrier', parentCallUuid: 'call-9' }
    api.state.calls.put(callOf(2, carrier))
    api.state.calls.put(callOf(3, { from: '14155550188' }))
    const { json } = await ask('GET', `Call/?${query}`)
    const found = json.objects.map(({ call_uuid }: { call_uuid: string }) => call_uuid).toSorted()
    expect(found).toEqual(numbers.map((number) => `call-${number}`))
  })
})

test('a CDR has every field, in the time zone of the account', async () => {
  const { api, ask } = await openApi({ callAssumptions: { accountUtcOffsetMinutes: 330 } })
  api.state.calls.put(callOf(1))
  api.state.calls.put(callOf(2, { answeredAt: undefined, state: 'NO_ANSWER' }))
  const { json } = await ask('GET', 'Call/call-1/')
  expect(json).toEqual({
    api_id: expect.stringMatching(uuid),
    answer_time: '2026-01-15 15:30:05+05:30',
    bill_duration: 10,
    billed_duration: 60,
    call_direction: 'outbound',
    call_duration: 10,
    call_state: 'ANSWER',
    call_uuid: 'call-1',
    cnam_lookup: null,
    conference_uuid: null,
    end_time: '2026-01-15 15:31:15+05:30',
    from_number: '14155550199',
    hangup_cause_code: 4000,
    hangup_cause_name: 'Normal Hangup',
    hangup_source: 'Callee',
    initiation_time: '2026-01-15 15:30:00+05:30',
    parent_call_uuid: null,
    resource_uri: `/v1/Account/${authId}/Call/call-1/`,
    source_ip: null,
    stir_attestation: 'Not Applicable',
    stir_verification: 'Not Applicable',
    to_number: '14155550100',
    total_amount: '0.00500',
    total_rate: '0.00500',
    voice_network_group: null,
  })
  expect((await ask('GET', 'Call/call-2')).json.answer_time).toBeNull()
})

describe('recordings', () => {
  test('have milliseconds as texts with decimals, and the URL of the simulator', async () => {
    const { api, ask } = await openApi()
    api.state.recordings.put(recordingOf(1, '2026-01-15T11:00:00Z'))
    expect((await ask('GET', 'Recording/recording-1/')).json).toMatchObject({
      add_time: '2026-01-15 11:00:00+00:00',
      recording_duration_ms: '1500.00000',
      recording_end_ms: `${Date.parse('2026-01-15T11:00:00Z')}.00000`,
      recording_url: 'http://simulator.test/recordings/recording-1.wav',
      recording_type: 'normal',
      recording_format: 'wav',
      rounded_recording_duration: 60,
      resource_uri: `/v1/Account/${authId}/Recording/recording-1/`,
    })
  })

  test.each([
    ['', [1, 2]],
    ['add_time__gte=2026-01-01 00:00', [1, 2, 3]],
    ['add_time__gte=2026-01-01 00:00&add_time__lt=2026-01-14 00:00', [3]],
    ['call_uuid=call-2', []],
    ['add_time__gt=2025-12-01 00:00&add_time__lt=2025-12-20 00:00', []],
    ['conference_name=room', []],
  ])('of the last seven days are listed, or those of %j', async (query, numbers) => {
    const { api, ask } = await openApi()
    api.state.recordings.put(recordingOf(1, '2026-01-15T11:00:00Z'))
    api.state.recordings.put(recordingOf(2, '2026-01-14T11:00:00Z'))
    api.state.recordings.put(recordingOf(3, '2026-01-03T11:00:00Z'))
    const { json } = await ask('GET', `Recording/?${query}`)
    const found = json.objects.map(({ recording_id }: { recording_id: string }) => recording_id).toSorted()
    expect(found).toEqual(numbers.map((number) => `recording-${number}`))
  })

  test('are not searched for longer than 30 days', async () => {
    const { ask } = await openApi()
    const query = 'add_time__gt=2025-12-01 00:00&add_time__lt=2026-01-10 00:00'
    expect((await ask('GET', `Recording/?${query}`)).status).toBe(400)
    expect((await ask('GET', 'Recording/?add_time__gt=2025-12-01 00:00')).status).toBe(400)
  })
})

describe('an account', () => {
  test('has one default application at most, which new numbers get', async () => {
    const { api, ask } = await openApi()
    const create = async (app_name: string) => {
      const answer_url = 'http://example.com/answer'
      return (await ask('POST', 'Application/', { app_name, answer_url, default_number_app: true })).json.app_id
    }
    const [first, second] = [await create('one'), await create('two')]
    expect(api.state.applications.find(first)?.defaultNumberApp).toBe(false)
    expect(api.state.applications.find(second)?.hangupUrl).toBe('http://example.com/answer')
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ number: '+14155550199' })
    const rented = new Request('http://simulator.test/simulator/numbers', { method: 'POST', headers, body })
    expect((await api.fetch(rented)).status).toBe(201)
    expect((await ask('GET', 'Number/14155550199/')).json.application).toContain(second)
  })

  test.each([
    [true, null],
    [false, `/v1/Account/${authId}/Application/20000000000000001/`],
  ])('unlinks a number by an empty app_id: %s', async (emptyAppIdUnlinks, application) => {
    const { api, ask } = await openApi({ numbers: ['14155550199'], assumptions: { emptyAppIdUnlinks } })
    const number = api.state.numbers.find('14155550199')
    if (number) api.state.numbers.put({ ...number, appId: '20000000000000001' })
    expect(await ask('POST', 'Number/14155550199/', { app_id: '' })).toMatchObject({ status: 202 })
    expect((await ask('GET', 'Number/14155550199/')).json.application).toEqual(application)
  })

  test('changes a hangup URL that was the answer URL together with it', async () => {
    const { api, ask } = await openApi()
    const answer_url = 'http://example.com/answer'
    const { app_id } = (await ask('POST', 'Application/', { app_name: 'desk', answer_url })).json
    await ask('POST', `Application/${app_id}/`, { answer_url: 'http://example.com/new', hangup_method: 'GET' })
    expect(api.state.applications.find(app_id)).toMatchObject({
      hangupUrl: 'http://example.com/new',
      hangupMethod: 'GET',
      appName: 'desk',
    })
  })
})

describe("the simulator's own API", () => {
  const post = async (api: RestApi, path: string, body: unknown, contentType = 'application/json') => {
    const init = { method: 'POST', headers: { 'content-type': contentType }, body: JSON.stringify(body) }
    const response = await api.fetch(new Request(`http://simulator.test/simulator${path}`, init))
    return { status: response.status, json: await response.json() }
  }

  test('takes JSON only, so that no web page can use it', async () => {
    const { api } = await openApi()
    expect(await post(api, '/dial', {}, 'text/plain')).toEqual({
      status: 415,
      json: { error: 'the body must be application/json' },
    })
  })

  test('does not mix with that of Plivo', async () => {
    const { api } = await openApi()
    expect((await ask(api, 'GET', 'simulator/calls')).status).toBe(404)
    const response = await api.fetch(new Request('http://simulator.test/Call/'))
    expect(response.status).toBe(404)
  })

  test.each([
    [{}, 400, 'from parameter is missing'],
    [{ from: '1', to: '14155550199' }, 404, '14155550199 is no number of the account: rent it, or give an answer_url'],
    [{ from: '1', to: '2', answer_url: 'x' }, 400, 'answer_url parameter must be an http or https URL'],
    [{ from: '1', to: '2', answer_url: 'http://x', caller: 1 }, 400, 'caller parameter must be a list of at most 1000'],
    [
      {
        from: '1',
        to: '2',
        answer_url: 'http://x',
        caller: [
          { do: 'wait', ms: 1 },
          { do: 'press', digits: 'x' },
        ],
      },
      400,
      'caller[1].digits parameter must be made of the keys 0-9 * # A-D',
    ],
  ])('says what is wrong with the call %j', async (body, status, error) => {
    const { api } = await openApi()
    expect(await post(api, '/dial', body)).toEqual({ status, json: { error } })
  })

  test('lets telephones do what they are told', async () => {
    const { api } = await openApi()
    const script = [{ do: 'speak', text: 'Hello' }, { do: 'wait-for-quiet', timeout_ms: 5000 }, { do: 'hang-up' }]
    await post(api, '/phones', { number: '+1 415 555 0101', does: 'answer', after_ms: 5, script, machine: true })
    expect(api.phones.find('14155550101')).toMatchObject({
      answers: 5,
      machine: true,
      script: [{ do: 'speak' }, { do: 'wait-for-quiet', timeoutMs: 5000 }, { do: 'hang-up' }],
    })
    await post(api, '/phones', { number: '14155550101', does: 'unallocated' })
    expect(api.phones.find('14155550101')).toEqual({ unallocated: true })
    expect(await post(api, '/phones', { number: '1', does: 'explode' })).toMatchObject({ status: 400 })
  })
})

test('no body, whatever it is, is an error of the server', async () => {
  const { api } = await openApi({ numbers: ['14155550199'], limits: { requests: 'unlimited' } })
  const names = ['from', 'to', 'answer_url', 'app_id', 'app_name', 'number', 'does', 'script', 'caller', 'sip_headers']
  const fields = fc.dictionary(fc.constantFrom(...names, 'send_digits', 'ring_timeout'), fc.jsonValue())
  const paths = ['Call/', 'Call/x/', 'Application/', 'Number/14155550199/', 'Call/x/Record/', 'Call/x/Stream/']
  const accountUri = `/v1/Account/${authId}`
  const path = fc.constantFrom(...paths.map((path) => `${accountUri}/${path}`), '/simulator/dial', '/simulator/phones')
  const body = fc.oneof(fields, fc.jsonValue())
  await fc.assert(
    fc.asyncProperty(path, body, async (path, body) => {
      const init = { method: 'POST', headers: { authorization, 'content-type': 'application/json' } }
      const response = await api.fetch(
        new Request(`http://simulator.test${path}`, { ...init, body: JSON.stringify(body) }),
      )
      expect(response.status).toBeLessThan(500)
    }),
    { numRuns: 500 },
  )
})
