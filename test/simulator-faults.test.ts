import { describe, expect, test } from 'vitest'
import type { DialOptions, Faults, TimelineEvent } from '../src/simulator/index.ts'
import { call, find, startStreamServer, TestServer, types, xml, type Stream } from './simulator-support.ts'
import plivo from 'plivo'

const faultsOf = (timeline: readonly TimelineEvent[]) => find(timeline, 'fault').map(({ fault }) => fault)
const listen = (ms: number): Pick<DialOptions, 'caller'> => ({ caller: [{ do: 'wait', ms }, { do: 'hang-up' }] })
const mediaOf = (stream: Stream | undefined) => stream?.messages.flatMap(({ media }) => media ?? []) ?? []

/** Runs a call with a silent bot, and returns the times between the media messages that come to it. */
async function gapsOf(faults: Faults, ms = 600) {
  const arrivals: number[] = []
  await using server = await startStreamServer({
    onMessage: ({ event }) => void (event === 'media' && arrivals.push(performance.now())),
  })
  const simulated = call(server, { faults, ...listen(ms) })
  await simulated.ended
  const gaps = arrivals.slice(1).map((at, i) => at - (arrivals[i] ?? 0))
  return {
    gaps,
    media: mediaOf(server.streams[0]),
    timeline: simulated.timeline,
    messages: server.streams[0]?.messages ?? [],
  }
}

describe('media', () => {
  test('is lost by the seed: timestamps step, numbers do not, and a run can be repeated', async () => {
    const faults: Faults = { seed: 7, media: { loss: 0.3 } }
    const stepsOf = async () => {
      const { media, messages, timeline } = await gapsOf(faults)
      expect(media.map(({ chunk }) => chunk)).toEqual(media.map((_, i) => i + 1))
      expect(messages.map(({ sequenceNumber }) => sequenceNumber)).toEqual(messages.map((_, i) => i))
      expect(faultsOf(timeline)).toContain('loss')
      return media.slice(1, 16).map(({ timestamp }, i) => Number(timestamp) - Number(media[i]?.timestamp))
    }
    const steps = await stepsOf()
    expect(new Set(steps)).not.toEqual(new Set([20]))
    expect(steps.every((step) => step % 20 === 0)).toBe(true)
    expect(await stepsOf()).toEqual(steps)
  })

  test.each(['uniform', 'normal', 'exponential'] as const)(
    'jitters in a %s way, and stays in order',
    async (distribution) => {
      const { gaps, media } = await gapsOf({ media: { jitter: { ms: 40, distribution } } })
      expect(Math.max(...gaps)).toBeGreaterThan(30)
      expect(media.map(({ chunk }) => chunk)).toEqual(media.map((_, i) => i + 1))
    },
  )

  test('stalls, and comes all at once afterwards', async () => {
    const { gaps, timeline } = await gapsOf({ media: { stalls: [{ afterMs: 100, ms: 200 }] } })
    expect(Math.max(...gaps)).toBeGreaterThan(150)
    expect(gaps.filter((gap) => gap < 5).length).toBeGreaterThan(5)
    expect(faultsOf(timeline)).toEqual(['stall'])
  })
})

test('a slow reader leaves the bot with a full socket for a while, and reads all of it afterwards', async () => {
  await using server = await startStreamServer({
    onMessage: ({ media }, { socket }) => {
      if (media?.chunk === 10) socket.send(JSON.stringify({ event: 'checkpoint', name: 'late' }))
    },
  })
  const simulated = call(server, { faults: { slowReader: [{ afterMs: 100, ms: 300 }] }, ...listen(800) })
  await simulated.ended
  const started = find(simulated.timeline, 'stream-started')[0]?.atMs ?? 0
  expect((find(simulated.timeline, 'checkpoint-played')[0]?.atMs ?? 0) - started).toBeGreaterThan(380)
  expect(faultsOf(simulated.timeline)).toEqual(['slow-reader'])
})

test('a socket cut in the middle of a frame is lost to both sides', async () => {
  const closes: number[] = []
  await using server = await startStreamServer({
    onStream: ({ socket }) => void socket.on('close', (code) => closes.push(code)),
  })
  const simulated = call(server, { faults: { cutSocketAfterMs: 100 } })
  const { hangup } = await simulated.ended
  expect(find(simulated.timeline, 'stream-closed')).toMatchObject([{ by: 'lost', code: 1006 }])
  expect(hangup.code).toBe(4010)
  await expect.poll(() => closes).toEqual([1006])
  expect(server.streams[0]?.messages.every(({ event }) => ['start', 'media'].includes(event))).toBe(true)
})

describe('a webhook', () => {
  const start = () =>
    TestServer.start({ routes: { '/answer': () => xml('<Hangup/>'), '/fallback': () => xml('<Hangup/>') } })
  const withFault = (server: TestServer, faults: Faults, options: Partial<DialOptions> = {}) =>
    call(server, { faults, hangupUrl: `${server.url}/hangup`, authTokens: ['token'], ...options })

  test('comes twice', async () => {
    await using server = await start()
    const simulated = withFault(server, { webhooks: [{ fault: 'duplicate', event: 'Hangup' }] })
    await simulated.ended
    const [one, two, ...more] = server.requestsTo('/hangup')
    expect(more).toEqual([])
    expect(two?.params).toEqual(one?.params)
    expect(two?.headers['x-plivo-signature-v3-nonce']).not.toBe(one?.headers['x-plivo-signature-v3-nonce'])
    expect(server.requestsTo('/answer')).toHaveLength(1)
  })

  test('comes late', async () => {
    await using server = await start()
    const simulated = withFault(server, { webhooks: [{ fault: 'late', event: 'Hangup', ms: 200 }] })
    await simulated.ended
    const at = (type: string) => simulated.timeline.find((event) => event.type === type)?.atMs ?? 0
    expect(at('hangup-webhook') - at('ended')).toBeGreaterThan(190)
  })

  test('has a wrong signature', async () => {
    await using server = await start()
    await withFault(server, { webhooks: [{ fault: 'wrong-signature', url: '/answer' }] }).ended
    const signed = (path: string) => {
      const request = server.requestsTo(path)[0]
      const nonce = String(request?.headers['x-plivo-signature-v3-nonce'])
      const signature = String(request?.headers['x-plivo-signature-v3'])
      return plivo.validateV3Signature('POST', `${server.url}${path}`, nonce, 'token', signature, request?.params ?? {})
    }
    expect([signed('/answer'), signed('/hangup')]).toEqual([false, true])
  })

  test('has a wrong signature on the upgrade of a stream', async () => {
    await using server = await startStreamServer({ onStream: ({ socket }) => socket.close() })
    await withFault(server, { webhooks: [{ fault: 'wrong-signature', event: 'Upgrade' }] }).ended
    const [upgrade] = server.upgrades
    const nonce = String(upgrade?.headers['x-plivo-signature-v3-nonce'])
    const signature = String(upgrade?.headers['x-plivo-signature-v3'])
    expect(plivo.validateV3Signature('GET', `${server.url}/stream`, nonce, 'tokenx', signature)).toBe(true)
    expect(plivo.validateV3Signature('GET', `${server.url}/stream`, nonce, 'token', signature)).toBe(false)
  })

  test('finds no server once, and is tried again', async () => {
    await using server = await start()
    const simulated = withFault(
      server,
      { webhooks: [{ fault: 'unreachable', url: '/answer' }] },
      { answerUrl: `${server.url}/answer#ct=100` },
    )
    expect((await simulated.ended).hangup.code).toBe(4000)
    expect(find(simulated.timeline, 'answer-requested').map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(server.requestsTo('/answer')).toHaveLength(1)
  })

  test.each<{ faults: Faults; settings: string }>([
    { faults: { webhooks: [{ fault: 'unreachable', url: '/answer', times: 2 }] }, settings: '#ct=100' },
    { faults: { webhooks: [{ fault: 'status', status: 503, url: '/answer' }] }, settings: '' },
    { faults: { webhooks: [{ fault: 'slow', ms: 300, url: '/answer', times: 2 }] }, settings: '#rt=100' },
  ])('that fails by $faults leads to the fallback, and to 7011 without one', async ({ faults, settings }) => {
    await using server = await start()
    const answerUrl = `${server.url}/answer${settings}`
    const rescued = withFault(server, faults, { answerUrl, fallbackUrl: `${server.url}/fallback` })
    expect((await rescued.ended).hangup.code).toBe(4000)
    expect(server.requestsTo('/fallback')).toHaveLength(1)
    const lost = withFault(server, faults, { answerUrl })
    expect((await lost.ended).hangup.code).toBe(7011)
    expect(types(lost.timeline)).toContain('fault')
  })

  test('is struck by chance, the same way for the same seed', async () => {
    const struck = async (seed: number) => {
      await using server = await TestServer.start({
        routes: {
          '/answer': () =>
            xml(
              Array.from({ length: 12 }, () => '<Message src="1" dst="2" callbackUrl="http://HOST/m">x</Message>').join(
                '',
              ),
            ),
        },
      })
      const faults: Faults = { seed, webhooks: [{ fault: 'status', status: 500, url: '/m', times: 99, chance: 0.5 }] }
      const simulated = withFault(server, faults)
      await simulated.ended
      return faultsOf(simulated.timeline).length
    }
    const counts = [await struck(1), await struck(1)]
    expect(counts[0]).toBe(counts[1])
    expect(counts[0]).toBeGreaterThan(0)
    expect(counts[0]).toBeLessThan(12)
  })
})

describe('what is assumed of streams', () => {
  test('status callbacks may be JSON, tell of checkpoints, and headers may be missing', async () => {
    await using server = await startStreamServer({
      attributes: 'statusCallbackUrl="http://HOST/status"',
      onMessage: ({ event, name }, { socket }) => {
        if (event === 'start') socket.send(JSON.stringify({ event: 'checkpoint', name: 'c1' }))
        if (event === 'played' && name === 'c1') socket.send(JSON.stringify({ event: 'clearAudio' }))
        if (event === 'clearedAudio') socket.close()
      },
    })
    const assumptions = {
      statusForm: 'json',
      statusOnPlayback: true,
      checkpointReply: 'played',
      extraHeadersWhenUnset: 'missing',
    } as const
    await call(server, { assumptions }).ended
    const bodies = server.requestsTo('/status').map(({ body, headers }) => {
      expect(headers['content-type']).toBe('application/json')
      return JSON.parse(body)
    })
    expect(bodies.find(({ Event }) => Event === 'PlayedStream')).toMatchObject({ Name: 'c1' })
    expect(bodies.map(({ Event }) => Event)).toContain('ClearedAudio')
    const messages = server.streams[0]?.messages ?? []
    expect(messages.some((message) => 'extra_headers' in message)).toBe(false)
  })
})
