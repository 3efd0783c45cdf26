import { PhoneBook } from '../../../src/simulator/index.ts'
import { openRestApi, type RestApi } from '../../../src/simulator/rest/rest-api.ts'
import { TestServer, xml } from '../../simulator-support.ts'
import { mutatedJson } from '../mutations.ts'
import type { Random } from '../random.ts'
import { check, type Target } from '../target.ts'

const account = { authId: 'MAEXAMPLE00000000000', authTokens: ['token'] }

/** Random requests to the REST API and to the simulator's own: never 500, and always JSON with an error when refused. */
export const rest: Target = {
  name: 'rest',
  side: 'simulator',
  share: 0.05,
  roundCases: 1000,
  async run(random, cases) {
    await using server = await TestServer.start({ routes: { '/answer': () => xml('<Wait length="2"/>') } })
    await using api = await openRestApi({
      account,
      publicUrl: () => 'http://127.0.0.1:1',
      phones: new PhoneBook({}, { unknown: { answers: 1 } }),
      limits: { requests: 'unlimited', callsPerSecond: 1000, inboundCallsPerSecond: 1e6, concurrentCalls: 40 },
      callAssumptions: { speech: 'tones', ringAfterMs: 1 },
      keptCalls: 5,
      assumptions: { keptCallRecords: 50, callRecordDelayMs: 0 },
    })
    const known: string[] = ['5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11']
    for (let i = 0; i < cases; i++) {
      if (i % 50 === 0) known[0] = await answeredCall(api, server.url)
      await ask(api, random, server.url, known)
    }
  },
}

const authorization = `Basic ${btoa(`${account.authId}:token`)}`

/** A call that is up, so that there is something to act on. */
async function answeredCall(api: RestApi, serverUrl: string): Promise<string> {
  const call = api.switchboard.receive({ from: '14155550100', to: '14155550199', answerUrl: `${serverUrl}/answer` })
  while (api.switchboard.live(call.callUuid)?.status === 'ringing') {
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return call.callUuid
}

async function ask(api: RestApi, random: Random, serverUrl: string, known: string[]): Promise<void> {
  const id = known[random.chance(0.5) ? 0 : random.below(known.length)] ?? ''
  const path = pathOf(random, id)
  const method = random.chance(0.02) ? 'PUT' : random.pick('POST', 'POST', 'POST', 'GET', 'GET', 'DELETE')
  const body = method === 'GET' || method === 'PUT' ? undefined : bodyOf(random, serverUrl)
  const query = random.chance(0.2)
    ? `?${random.pick('limit', 'offset', 'status', 'x')}=${encodeURIComponent(wellFormed(random.text()))}`
    : ''
  const request = new Request(`http://127.0.0.1${path}${query}`, {
    method,
    headers: {
      ...(random.chance(0.95) && { authorization }),
      'content-type': random.pick(
        'application/json',
        'application/json',
        'application/x-www-form-urlencoded',
        'text/plain',
      ),
    },
    ...(body !== undefined && { body }),
  })
  const response = await api.fetch(request)
  const text = await response.text()
  const what = `${method} ${path}${query} ${body ?? ''} was answered with ${response.status} ${text}`
  check(response.status < 500, what)
  if (response.status === 204 || path.includes('recording.wav')) return
  const reply: { error?: unknown; request_uuid?: unknown } = JSON.parse(text)
  check(response.status < 400 || typeof reply.error === 'string', what)
  if (typeof reply.request_uuid === 'string') known[1 + random.below(10)] = reply.request_uuid
}

function pathOf(random: Random, id: string): string {
  const root = `/v1/Account/${random.chance(0.97) ? account.authId : 'MAOTHER'}`
  const call = `${root}/Call/${id}`
  return random.pick(
    `${root}/Call${random.pick('', `?status=${random.pick('live', 'queued', 'x')}`)}`,
    random.chance(0.2) ? call : `${call}?status=live`,
    `${call}/${random.pick('Record', 'Play', 'Speak', 'DTMF', 'Stream')}`,
    `${call}/Stream/${id}`,
    `${root}/Request/${id}`,
    `${root}/Application${random.pick('', '/')}`,
    `${root}/Application/${random.below(100)}`,
    `${root}/Number`,
    `${root}/Number/${random.pick('14155550123', id)}`,
    `${root}/Recording`,
    `${root}/Recording/${id}`,
    `/simulator/${random.pick('dial', 'phones', 'numbers', 'calls', `calls/${id}`, `calls/${id}/caller`)}`,
    `/${encodeURIComponent(wellFormed(random.text()))}`,
  )
}

/** URLs stay on this machine. */
function bodyOf(random: Random, serverUrl: string): string {
  const url = `${serverUrl}/answer`
  const fields = {
    from: '14155550199',
    to: random.pick('14155550100', '14155550100<14155550101', '1', wellFormed(random.text())),
    answer_url: url,
    ...(random.chance(0.3) && { hangup_url: url, ring_url: url, fallback_url: url }),
    ...(random.chance(0.3) && { legs: random.pick('aleg', 'bleg', 'both', 'none'), aleg_url: url, bleg_url: url }),
    ...(random.chance(0.3) && { urls: url, text: random.text(), digits: random.pick('1w2', 'x', random.text()) }),
    ...(random.chance(0.3) && { service_url: serverUrl.replace('http', 'ws'), bidirectional: random.json(0) }),
    ...(random.chance(0.3) && { time_limit: random.number(), ring_timeout: random.number() }),
    ...(random.chance(0.2) && {
      app_name: random.text(),
      number: '14155550123',
      does: random.pick('busy', 'answer', 'fly'),
    }),
    ...(random.chance(0.2) && {
      caller: random.json(),
      do: random.pick('press', 'hang-up', 'speak'),
      sip_headers: random.text(),
    }),
    max_duration_ms: 50,
  }
  return mutatedJson(random, fields)
}

const wellFormed = (text: string): string => text.replaceAll(/[\ud800-\udfff]/g, '')
