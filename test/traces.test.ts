import { afterEach, expect, test, vi } from 'vitest'
import { dial, PhoneBook } from '../src/simulator/index.ts'
import { KillableServe } from './support/killable-serve.ts'
import { patience } from './support/patience.ts'
import { botsOf } from './support/processes.ts'
import { removeHome, startPlatform, type TestPlatform } from './support/platform.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'
import { TraceCollector } from './support/trace-collector.ts'
import { WatchedBot } from './support/watched-bot.ts'

const colleague = '14155550177'
const bot = `
  import { defineBot } from 'offhook'
  export default defineBot({
    async onCall(call) {
      console.log('trace ' + call.traceparent)
      await call.play(new Int16Array(1600).fill(9000), { sampleRateHz: 8000 })
      for await (const event of call) {
        if (event.type !== 'dtmf') continue
        if (event.digit === '2') await call.transfer('${colleague}', { ringMs: 3000 })
        return
      }
    },
    onSession(session) {
      console.log('trace ' + session.traceparent)
    },
  })`

afterEach(() => vi.unstubAllEnvs())

/** A node that traces to `endpoint`, and leaves nothing behind. */
async function withTraces(
  endpoint: string,
  run: (platform: TestPlatform) => Promise<void>,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: '50', ...environment }
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value)
  const platform = await startPlatform(undefined, { traces: {} })
  try {
    await run(platform)
  } finally {
    await platform[Symbol.asyncDispose]()
    await removeHome(platform)
  }
}

const tracedBy = ({ log }: TestPlatform) => log.all(/^trace /).map(({ message }) => message.slice('trace '.length))

test('a call is one trace: what its caller waited for, its bot, and what that asked for; and no number', async () => {
  await using collector = await TraceCollector.start()
  await withTraces(
    collector.url,
    async (platform) => {
      await platform.deploy('desk', bot)
      const base = `http://127.0.0.1:${platform.open.server.port}`
      const { callUuid } = await dial({
        answerUrl: `${base}/plivo-xml?agent=desk&org=${platform.organization}`,
        hangupUrl: `${base}/plivo/hangup`,
        authTokens: ['the-token-of-the-account'],
        phones: new PhoneBook({ [colleague]: { busy: true } }),
        caller: [{ do: 'wait-for-audio' }, { do: 'press', digits: '2' }],
        maxDurationMs: 20_000,
      }).ended
      await expect.poll(() => collector.spans.some(({ name }) => name === 'session'), patience).toBe(true)
      const { spans } = collector
      const root = spans.find(({ name }) => name === 'session')
      expect(root?.parentSpanId).toBeUndefined()
      expect(root?.attributes).toMatchObject({
        'offhook.organization': platform.organization,
        'offhook.agent': 'desk',
        'offhook.call.id': callUuid,
        'offhook.session.id': expect.any(String) as string,
        'offhook.version': expect.any(String) as string,
        'offhook.transport': 'plivo',
        'offhook.cold_start': false,
        'offhook.end_reason': 'bot-returned',
        'offhook.first_audio_ms': expect.any(Number) as number,
      })
      expect(root?.resource).toMatchObject({ 'service.name': 'telephones', 'service.instance.id': 'node-1' })
      const children = spans.filter((span) => span !== root)
      expect(children.map(({ name }) => name).toSorted()).toEqual([
        'acquire instance',
        'answer webhook',
        'away',
        'bot',
        'first audio',
        'ring',
        'transfer',
      ])
      for (const { traceId, parentSpanId, startTimeUnixNano, endTimeUnixNano } of children) {
        expect([traceId, parentSpanId]).toEqual([root?.traceId, root?.spanId])
        expect(BigInt(startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(root?.startTimeUnixNano ?? 0))
        expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano))
      }
      const child = (name: string) => children.find((span) => span.name === name)
      expect(child('transfer')?.attributes).toEqual({ 'offhook.outcome': 'busy' })
      expect(child('away')?.attributes).toEqual({ 'offhook.away': 'dial' })
      expect(child('bot')?.events).toContain('bot-took')
      expect(child('acquire instance')?.attributes).toMatchObject({ 'offhook.cold_start': false })
      expect(tracedBy(platform)).toEqual([`00-${root?.traceId ?? ''}-${child('bot')?.spanId ?? ''}-01`])
      expect(collector.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-tenant': 'acme' } })
      expect(JSON.stringify(collector.requests)).not.toContain('1415555')
    },
    { OTEL_SERVICE_NAME: 'telephones', OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=acme' },
  )
})

test('a bot that crashes and the one after it are two spans of the trace', async () => {
  await using collector = await TraceCollector.start()
  await withTraces(collector.url, async (platform) => {
    await platform.deploy('desk', bot)
    const call = platform.call('desk')
    await platform.log.until('call started')
    await expect.poll(() => tracedBy(platform).length, patience).toBe(1)
    for (const pid of botsOf(process.pid)) process.kill(pid, 'SIGKILL')
    await expect.poll(() => tracedBy(platform).length, patience).toBe(2)
    call.press('1')
    await call.ended
    await expect.poll(() => collector.spans.some(({ name }) => name === 'session'), patience).toBe(true)
    const bots = collector.spans.filter(({ name }) => name === 'bot')
    expect(bots).toMatchObject([
      { status: { code: 2, message: 'bot-crashed' } },
      { status: { code: 0 }, attributes: { 'offhook.resumes': 1 } },
    ])
    expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(1)
    expect(collector.spans.filter(({ name }) => name === 'acquire instance')).toHaveLength(2)
  })
})

test('a session that follows another in its call links to it, and its bot is one span', async () => {
  await using collector = await TraceCollector.start()
  await withTraces(collector.url, async (platform) => {
    await platform.deploy('desk', bot)
    const base = `http://127.0.0.1:${platform.open.server.port}`
    const call = dial({
      answerUrl: `${base}/plivo-xml?agent=desk&org=${platform.organization}`,
      hangupUrl: `${base}/plivo/hangup`,
      authTokens: ['the-token-of-the-account'],
      faults: { cutSocketAfterMs: 1500 },
      maxDurationMs: 20_000,
    })
    await expect.poll(() => tracedBy(platform).length, patience).toBe(2)
    call.press('1')
    await call.ended
    await expect.poll(() => collector.spans.filter(({ name }) => name === 'session').length, patience).toBe(2)
    const [first, second] = collector.spans.filter(({ name }) => name === 'session')
    expect(first?.attributes['offhook.end_reason']).toBe('stream-lost')
    expect(second?.links).toMatchObject([{ traceId: first?.traceId, spanId: first?.spanId }])
    const bots = collector.spans.filter(({ name, traceId }) => name === 'bot' && traceId === second?.traceId)
    expect(bots.map(({ attributes }) => attributes['offhook.resume_reason'])).toEqual(['stream-lost'])
    const told = collector.spans.map(({ spanId }) => spanId)
    const parents = collector.spans.flatMap(({ parentSpanId }) => parentSpanId ?? [])
    expect(parents.filter((id) => !told.includes(id))).toEqual([])
    expect(tracedBy(platform)[1]).toContain(bots[0]?.spanId)
  })
})

test('a session without a call is traced, and a server bot is told with its request and on its socket', async () => {
  await using collector = await TraceCollector.start()
  await withTraces(collector.url, async (platform) => {
    await using server = await WatchedBot.start()
    await platform.deployAs('far', { source: { type: 'url', url: server.url }, autoScaling: { minAgents: 0 } })
    const keys = await platform.ask('POST', `/v1/organizations/${platform.organization}/apiKeys`, { name: 'k' })
    const headers = { authorization: `Bearer ${String(keys.body['key'])}`, 'content-type': 'application/json' }
    const base = `http://127.0.0.1:${platform.open.server.port}`
    await fetch(`${base}/v1/public/far/start`, { method: 'POST', headers, body: '{}' })
    const session = await server.session()
    session.response.end('{}')
    const call = platform.call('far')
    const { request } = await server.socket()
    call.hangUp()
    await call.ended
    await expect.poll(() => collector.spans.filter(({ name }) => name === 'session').length, patience).toBe(2)
    const told = [session.headers['traceparent'], request.headers['traceparent']]
    const bots = collector.spans.filter(({ name }) => name === 'bot')
    expect(told).toEqual(bots.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`))
    expect(collector.spans.map(({ attributes }) => attributes['offhook.transport']).filter(Boolean)).toEqual([
      'http',
      'plivo',
    ])
  })
})

test('what is not sampled is not told, and its bot knows', async () => {
  await using collector = await TraceCollector.start()
  const environment = { OTEL_TRACES_SAMPLER: 'always_off' }
  await withTraces(
    collector.url,
    async (platform) => {
      await platform.deploy('desk', bot)
      await platform.call('desk', [{ do: 'wait-for-audio' }, { do: 'press', digits: '1' }]).ended
      await expect
        .poll(() => tracedBy(platform), patience)
        .toEqual([expect.stringMatching(/^00-[\da-f]{32}-[\da-f]{16}-00$/)])
    },
    environment,
  )
  expect(collector.requests).toEqual([])
})

test('calls go on while nobody takes the traces, which is said once', async () => {
  await withTraces(
    'http://127.0.0.1:9',
    async (platform) => {
      await platform.deploy('desk', bot)
      for (let calls = 0; calls < 2; calls++) {
        const { answered } = await platform.call('desk', [{ do: 'wait-for-audio' }, { do: 'press', digits: '1' }]).ended
        expect(answered).toBe(true)
      }
      const warnings = () => platform.log.all('the collector of traces takes none; they are dropped').length
      await expect.poll(warnings, patience).toBe(1)
    },
    { OTEL_EXPORTER_OTLP_TIMEOUT: '300' },
  )
})

test('what a node that stops has not told yet is told before', async () => {
  await using collector = await TraceCollector.start()
  const unhurried = { OTEL_BSP_SCHEDULE_DELAY: '600000' }
  await withTraces(
    collector.url,
    async (platform) => {
      await platform.deploy('desk', bot)
      platform.call('desk')
      await expect.poll(() => tracedBy(platform).length, patience).toBe(1)
    },
    unhurried,
  )
  const session = collector.spans.find(({ name }) => name === 'session')
  expect(session?.attributes['offhook.end_reason']).toBe('node-stopped')
})

test('offhook serve traces when its environment says where to', async () => {
  await using folder = await TemporaryFolder.create()
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
  await using serve = await KillableServe.start(folder.path, endpoint)
  expect(serve.output).toContain('sessions are traced')
})

test('a node without the packages says how to install them, and serves', async () => {
  vi.doMock('@opentelemetry/sdk-trace-base', () => {
    throw new Error('Cannot find package')
  })
  await withTraces('http://127.0.0.1:9', (platform) => {
    const [warning] = platform.log.all('nothing is traced: OpenTelemetry is not installed')
    expect(warning?.fields['fix']).toContain('npm install @opentelemetry/api@1.9')
    return Promise.resolve()
  })
  vi.doUnmock('@opentelemetry/sdk-trace-base')
})
