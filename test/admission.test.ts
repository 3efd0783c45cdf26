import { describe, expect, test } from 'vitest'
import { ManualClock } from '../src/lib/manual-clock.ts'
import {
  askForXml,
  type Closed,
  ForeignStream,
  newCallUuid,
  openCall,
  signed,
  streamUrlIn,
  tell,
} from './support/foreign-client.ts'
import { echoBot, sharedNode, startNode, startNodeOn, type TestNode } from './support/node.ts'
import { patience } from './support/patience.ts'
import { expectRefused, spent } from './support/refusals.ts'

const token = 'token-of-the-account'
const minute = 60_000

/** Rings, and returns the address of the stream. */
async function ring(node: TestNode, callId: string, agent = 'bot'): Promise<string> {
  const answer = await askForXml(node.answerUrl(agent), { CallUUID: callId })
  return streamUrlIn(await answer.text())
}

const hangUp = (node: TestNode, callId: string) =>
  tell(`${node.url}/plivo/hangup`, { CallUUID: callId, Event: 'Hangup', CallStatus: 'completed' })

/** Splits `ws://host/ws/plivo/TICKET?query` around the ticket. */
function withTicket(url: string, change: (ticket: string) => string): string {
  const { origin, pathname, search } = new URL(url)
  return `${origin}/ws/plivo/${change(pathname.replace('/ws/plivo/', ''))}${search}`
}

const flip = (text: string, at: number) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)

/** Starts a stream for a call that it is not admitted for, and says how it was closed. */
async function startAndWait(url: string, callId: string, headers: Record<string, string> = {}): Promise<Closed> {
  using stream = new ForeignStream(url, callId, undefined, headers)
  await stream.opened()
  stream.start()
  return await stream.closed
}

describe('a ticket', () => {
  test('admits the stream of its call, which the bot then serves', async () => {
    await using node = await startNode()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    expect(node.calls.find(call.callId)?.session.state.name).toBe('talking')
  })

  const alterations: readonly (readonly [string, (ticket: string) => string])[] = [
    ['a character of its claims changed', (ticket) => flip(ticket, 8)],
    ['a character of its signature changed', (ticket) => flip(ticket, ticket.indexOf('.') + 5)],
    ['the last character of its signature changed', (ticket) => flip(ticket, ticket.length - 1)],
    ['its signature cut short', (ticket) => ticket.slice(0, -1)],
    ['no signature', (ticket) => ticket.slice(0, ticket.indexOf('.') + 1)],
    ['no claims', (ticket) => `t1_${ticket.slice(ticket.indexOf('.'))}`],
    ['no prefix', (ticket) => ticket.slice(3)],
    ['another prefix', (ticket) => `t2_${ticket.slice(3)}`],
    ['a third part', (ticket) => `${ticket}.x`],
    ['a segment behind it', (ticket) => `${ticket}/x`],
    [
      'claims that somebody wrote and its own signature',
      (ticket) => {
        const claims = JSON.stringify(['acme', 'bot', 'other-call', Date.now() + 1e9])
        return `t1_${Buffer.from(claims).toString('base64url')}${ticket.slice(ticket.indexOf('.'))}`
      },
    ],
  ]

  const shared = sharedNode()

  test.each(alterations)('with %s is refused', async (_what, alter) => {
    const node = shared()
    const callId = newCallUuid()
    const url = await ring(node, callId)
    await expectRefused(node, withTicket(url, alter), { status: 403, reason: /ticket.*(malformed|altered)/ })
    await hangUp(node, callId)
  })

  test('of another node is refused', async () => {
    await using node = await startNode()
    await using other = await startNode()
    const { pathname, search } = new URL(await ring(other, newCallUuid()))
    await expectRefused(node, `ws://127.0.0.1:${node.port}${pathname}${search}`, { status: 403, reason: /not issued/ })
  })

  test('is refused when its first stream comes more than five minutes after the answer', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock)
    const url = await ring(node, newCallUuid())
    clock.advance(5 * minute + 1000)
    await expectRefused(node, url, { status: 403, reason: /expired/ })
  })

  test('is good for its first stream for nearly five minutes', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock)
    const callId = newCallUuid()
    const url = await ring(node, callId)
    clock.advance(5 * minute - 1000)
    using stream = await new ForeignStream(url, callId).opened()
    stream.start()
    await stream.echoes()
  })

  test('is good after five minutes for a call whose stream came in time and was lost', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock)
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    // A live stream speaks 50 times a second; one that is silent for long is cut.
    for (let i = 0; i < 60; i++) {
      clock.advance(6000)
      await call.stream.echoes(1)
    }
    call.stream.terminate()
    await node.log.until('call ended')
    using again = await new ForeignStream(call.streamUrl, call.callId).opened()
    again.start()
    await again.echoes()
  })

  test('of one agent does not open the door of another', async () => {
    await using node = await startNode({ agents: [{ name: 'bot' }, { name: 'other' }] })
    const url = (await ring(node, newCallUuid())).replace('bot.acme', 'other.acme')
    await expectRefused(node, url, { status: 403, reason: /bot\.acme.*other\.acme/ })
  })

  test('of a call does not start another call, and leaves its own as it was', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    const url = await ring(node, callId)
    const before = spent(node)
    const { code } = await startAndWait(url, newCallUuid())
    expect(code).toBe(4403)
    await expect.poll(() => spent(node), patience).toEqual(before)
    using stream = await new ForeignStream(url, callId).opened()
    stream.start()
    await stream.echoes()
  })

  test('is refused while the stream of its call is live, which goes on', async () => {
    await using node = await startNode()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    await expectRefused(node, call.streamUrl, { status: 403, reason: /live stream/ })
    await call.stream.echoes()
  })

  test('is refused while a stream of its call is open and has not started', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    const url = await ring(node, callId)
    using _first = await new ForeignStream(url, callId).opened()
    await expectRefused(node, url, { status: 403, reason: /live stream/ })
  })

  test('admits one of two streams that come at the same time', async () => {
    await using node = await startNode()
    const callId = newCallUuid()
    const url = await ring(node, callId)
    using one = new ForeignStream(url, callId)
    using two = new ForeignStream(url, callId)
    const outcomes = await Promise.allSettled([one.opened(), two.opened()])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('is refused after the carrier has said that the call is over', async () => {
    await using node = await startNode()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    await hangUp(node, call.callId)
    await call.stream.closed
    await expect.poll(() => node.pool().status.active, patience).toBe(0)
    await expectRefused(node, call.streamUrl, { status: 403, reason: /over/ })
  })

  test.each([
    ['returned', '#'],
    ['hung up', '*'],
  ])('is refused after the bot has %s', async (_how, key) => {
    await using node = await startNode()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    call.stream.dtmf(key)
    expect((await call.stream.closed).code).toBe(1000)
    await expect.poll(() => node.calls.active, patience).toBe(0)
    await expect.poll(() => node.pool().status.active, patience).toBe(0)
    await expectRefused(node, call.streamUrl, { status: 403, reason: /over/ })
  })

  test.each([
    ['broke', (stream: ForeignStream) => stream.terminate()],
    ['was closed', (stream: ForeignStream) => stream.close()],
  ])('admits a second try after the first connection %s before it started', async (_how, end) => {
    await using node = await startNode()
    const callId = newCallUuid()
    const url = await ring(node, callId)
    using first = await new ForeignStream(url, callId).opened()
    end(first)
    await expect.poll(() => node.calls.find(callId)?.session.state.name, patience).toBe('ringing')
    using second = await new ForeignStream(url, callId).opened()
    second.start()
    await second.echoes()
    expect(node.calls.active).toBe(1)
  })

  test('admits a second try after the first never started and was closed with 4408', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock)
    const callId = newCallUuid()
    const url = await ring(node, callId)
    using first = await new ForeignStream(url, callId).opened()
    await expect.poll(() => node.calls.find(callId)?.session.state.name, patience).toBe('connecting')
    clock.advance(10_000)
    expect((await first.closed).code).toBe(4408)
    await expect.poll(() => node.calls.find(callId)?.session.state.name, patience).toBe('ringing')
    using second = await new ForeignStream(url, callId).opened()
    second.start()
    await second.echoes()
  })
})

describe('a stream without a ticket', () => {
  const cold = sharedNode({ cold: true })

  test('is refused', async () => {
    await using node = await startNode()
    await expectRefused(node, node.streamUrl(), { status: 403, reason: /no ticket/ })
  })

  test('is refused also for a call that is ringing', async () => {
    await using node = await startNode()
    await ring(node, newCallUuid())
    await expectRefused(node, node.streamUrl(), { status: 403, reason: /no ticket/ })
  })

  test('is admitted when the agent says none', async () => {
    await using node = await startNode({ agents: [{ name: 'bot', webSocketAuth: 'none' }] })
    using stream = await new ForeignStream(node.streamUrl(), newCallUuid()).opened()
    stream.start()
    await stream.echoes()
  })

  test('is refused for an agent that does not exist, and the log says which do', async () => {
    await using node = await startNode({ agents: [{ name: 'bot' }, { name: 'front-desk' }] })
    await expectRefused(node, node.streamUrl('frontdesk'), { status: 404, reason: /frontdesk\.acme/ })
    expect(node.log.all('a stream was refused')[0]?.fields['fix']).toContain('front-desk.acme')
  })

  test.each(['', '?serviceHost=', '?serviceHost=bot', '?serviceHost=.acme', '?serviceHost=bot.'])(
    'is refused without a whole service host: "%s"',
    async (query) => {
      const node = cold()
      await expectRefused(node, `ws://127.0.0.1:${node.port}/ws/plivo${query}`, { status: 400, reason: /serviceHost/ })
    },
  )

  test('is refused with a body that is no JSON', async () => {
    await using node = await startNode({ agents: [{ name: 'bot', webSocketAuth: 'none' }] })
    await expectRefused(node, `${node.streamUrl()}&body=bm8`, { status: 400, reason: /body/ })
  })

  test('is refused when the node has as many calls as it takes', async () => {
    await using node = await startNode({
      agents: [{ name: 'bot', webSocketAuth: 'none' }],
      server: { maxCalls: 1 },
    })
    using stream = await new ForeignStream(node.streamUrl(), newCallUuid()).opened()
    stream.start()
    await stream.echoes()
    await expectRefused(node, node.streamUrl(), { status: 429, reason: /as many sessions/ })
    await stream.echoes()
  })

  test('is closed with 4409 when its call has a live stream, which goes on', async () => {
    await using node = await startNode({ agents: [{ name: 'bot', webSocketAuth: 'none' }] })
    const callId = newCallUuid()
    using stream = await new ForeignStream(node.streamUrl(), callId).opened()
    stream.start()
    await stream.echoes()
    expect((await startAndWait(node.streamUrl(), callId)).code).toBe(4409)
    await stream.echoes()
    expect(node.calls.active).toBe(1)
  })

  test('is closed with 4403 for a call of another agent', async () => {
    await using node = await startNode({
      agents: [{ name: 'bot' }, { name: 'open', webSocketAuth: 'none' }],
    })
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    expect((await startAndWait(node.streamUrl('open'), call.callId)).code).toBe(4403)
    await call.stream.echoes()
  })

  test('is closed with 4403 for a call that is over', async () => {
    await using node = await startNode({ agents: [{ name: 'bot', webSocketAuth: 'none' }] })
    const callId = newCallUuid()
    using stream = await new ForeignStream(node.streamUrl(), callId).opened()
    stream.start()
    await stream.echoes()
    await hangUp(node, callId)
    await stream.closed
    await expect.poll(() => node.pool().status.active, patience).toBe(0)
    const before = spent(node)
    expect((await startAndWait(node.streamUrl(), callId)).code).toBe(4403)
    expect(spent(node)).toEqual(before)
  })
})

describe("Plivo's signature on the upgrade", () => {
  const startSigningNode = (unsignedWebhooks: 'refuse' | 'warn' = 'refuse') =>
    startNode({ server: { plivoAuthTokens: [token], unsignedWebhooks } })

  /** Signs what Plivo may have signed: the stream's URL with this scheme. */
  const sign = (url: string, { scheme = 'http', by = token }: { scheme?: string; by?: string } = {}) => ({
    ...signed(by, 'GET', url.replace(/^ws/, scheme)),
  })
  const withoutQuery = (url: string) => url.split('?')[0] ?? ''

  test.each(['http', 'https', 'ws', 'wss'])('admits a stream when it covers the query: %s', async (scheme) => {
    await using node = await startSigningNode()
    const url = node.streamUrl()
    using stream = await new ForeignStream(url, newCallUuid(), undefined, sign(url, { scheme })).opened()
    stream.start()
    await stream.echoes()
  })

  test('admits a stream of a call that a signed webhook told of, when it leaves the query out', async () => {
    await using node = await startSigningNode()
    const callId = newCallUuid()
    const answer = await askForXml(node.answerUrl(), { CallUUID: callId }, { token })
    expect(answer.status).toBe(200)
    const url = node.streamUrl()
    using stream = await new ForeignStream(url, callId, undefined, sign(withoutQuery(url))).opened()
    stream.start()
    await stream.echoes()
  })

  test('does not admit a stream of a call that nobody told of, when it leaves the query out', async () => {
    await using node = await startSigningNode()
    const url = node.streamUrl()
    const before = spent(node)
    expect((await startAndWait(url, newCallUuid(), sign(withoutQuery(url)))).code).toBe(4403)
    expect(spent(node)).toEqual(before)
  })

  test('does not admit a stream of a call that an unsigned webhook told of, when it leaves the query out', async () => {
    await using node = await startSigningNode('warn')
    const callId = newCallUuid()
    await ring(node, callId)
    const url = node.streamUrl()
    expect((await startAndWait(url, callId, sign(withoutQuery(url)))).code).toBe(4403)
  })

  test('admits a stream without the query once a signed webhook has followed an unsigned one', async () => {
    await using node = await startSigningNode('warn')
    const callId = newCallUuid()
    await ring(node, callId)
    await askForXml(node.answerUrl(), { CallUUID: callId }, { token })
    const url = node.streamUrl()
    using stream = await new ForeignStream(url, callId, undefined, sign(withoutQuery(url))).opened()
    stream.start()
    await stream.echoes()
  })

  test('may be one of several', async () => {
    await using node = await startSigningNode()
    const url = node.streamUrl()
    const headers = sign(url)
    const other = signed('another token', 'GET', url)['X-Plivo-Signature-V3']
    const list = `${other},${headers['X-Plivo-Signature-V3']}`
    using stream = new ForeignStream(url, newCallUuid(), undefined, { ...headers, 'X-Plivo-Signature-V3': list })
    await stream.opened()
    stream.start()
    await stream.echoes()
  })

  test('may be one of several with spaces between them', async () => {
    await using node = await startSigningNode()
    const url = node.streamUrl()
    const headers = sign(url)
    const list = `${headers['X-Plivo-Signature-V3']} , bm8=`
    using stream = new ForeignStream(url, newCallUuid(), undefined, { ...headers, 'X-Plivo-Signature-V3': list })
    await stream.opened()
  })

  test('may be that of the main account', async () => {
    await using node = await startSigningNode()
    const url = node.streamUrl()
    const { 'X-Plivo-Signature-V3': signature, 'X-Plivo-Signature-V3-Nonce': nonce } = sign(url)
    const headers = {
      'X-Plivo-Signature-V3': 'bm8=',
      'X-Plivo-Signature-Ma-V3': signature,
      'X-Plivo-Signature-V3-Nonce': nonce,
    }
    using stream = await new ForeignStream(url, newCallUuid(), undefined, headers).opened()
    stream.start()
    await stream.echoes()
  })

  const forgeries: readonly (readonly [string, (url: string) => Record<string, string>])[] = [
    ['by another token', (url) => sign(url, { by: 'token of somebody else' })],
    ['by an empty token', (url) => sign(url, { by: '' })],
    ['of another agent', (url) => sign(url.replace('bot', 'other'))],
    ['of another path', (url) => sign(url.replace('/ws/plivo', '/ws/plivo/x'))],
    ['of another host', (url) => sign(url.replace('127.0.0.1', 'localhost'))],
    ['of another nonce', (url) => ({ ...sign(url), 'X-Plivo-Signature-V3-Nonce': '1' })],
    ['without its nonce', (url) => ({ 'X-Plivo-Signature-V3': sign(url)['X-Plivo-Signature-V3'] })],
    ['that is empty', (url) => ({ ...sign(url), 'X-Plivo-Signature-V3': '' })],
    ['that is a list of nothing', (url) => ({ ...sign(url), 'X-Plivo-Signature-V3': ',,' })],
  ]

  const shared = sharedNode({ cold: true, server: { plivoAuthTokens: [token], unsignedWebhooks: 'refuse' } })

  test.each(forgeries)('is worth nothing when it is one %s', async (_what, forge) => {
    const node = shared()
    const url = node.streamUrl()
    await expectRefused(node, url, { status: 403, reason: /no valid Plivo signature/, headers: forge(url) })
  })

  test('is worth nothing to a node that has no token', async () => {
    await using node = await startNode()
    const url = node.streamUrl()
    const headers = sign(url, { by: '' })
    await expectRefused(node, url, { status: 403, reason: /no valid Plivo signature/, headers })
  })

  test('does not make a bad ticket good', async () => {
    await using node = await startSigningNode()
    const url = node.streamUrl().replace('?', '/t1_x.y?')
    await expectRefused(node, url, { status: 403, reason: /ticket/, headers: sign(url) })
  })

  test('is checked against the public address of the node', async () => {
    await using node = await startNode({
      server: { plivoAuthTokens: [token], unsignedWebhooks: 'refuse', publicUrl: 'https://voice.example.com' },
    })
    const url = node.streamUrl()
    const asPlivoKnowsIt = url.replace(`127.0.0.1:${node.port}`, 'voice.example.com')
    await expectRefused(node, url, { status: 403, reason: /signature/, headers: sign(url) })
    using stream = await new ForeignStream(url, newCallUuid(), undefined, sign(asPlivoKnowsIt)).opened()
    stream.start()
    await stream.echoes()
  })
})

describe('a node that refuses unsigned webhooks', () => {
  const strict = {
    agents: [{ name: 'bot' }, { name: 'open', webSocketAuth: 'none' }],
    server: { plivoAuthTokens: [token], unsignedWebhooks: 'refuse' },
  } as const
  const startStrictNode = () => startNode(strict)

  const expectNoSession = (node: TestNode, before: unknown) => expect(spent(node)).toEqual(before)

  test.each(['POST', 'GET'] as const)('gives a signed answer webhook a session: %s', async (method) => {
    await using node = await startStrictNode()
    using call = await openCall(node.answerUrl(), {}, { token, method })
    await call.stream.echoes()
  })

  test.each(['POST', 'GET'] as const)('refuses an unsigned answer webhook and opens no session: %s', async (method) => {
    await using node = await startStrictNode()
    const before = spent(node)
    const answer = await askForXml(node.answerUrl(), { CallUUID: newCallUuid() }, { method })
    expect(answer.status).toBe(403)
    expectNoSession(node, before)
    const [entry] = node.log.all(/refused/)
    expect(entry?.fields).toMatchObject({ signature: 'missing', fix: expect.stringContaining('PLIVO_AUTH_TOKEN') })
  })

  test('gives one to an unsigned answer webhook of an agent that says none', async () => {
    await using node = await startStrictNode()
    using call = await openCall(node.answerUrl('open'))
    await call.stream.echoes()
  })

  const forgeries: readonly (readonly [string, (node: TestNode, fields: Record<string, string>) => object])[] = [
    ['by another token', (node, fields) => signed('x', 'POST', node.answerUrl(), fields)],
    ['for another host', (node, fields) => signed(token, 'POST', node.answerUrl().replace('127.0.0.1', 'x'), fields)],
    ['for another agent', (node, fields) => signed(token, 'POST', node.answerUrl('open'), fields)],
    ['for another caller', (node, fields) => signed(token, 'POST', node.answerUrl(), { ...fields, From: '1' })],
    ['for a GET', (node, fields) => signed(token, 'GET', node.answerUrl(), fields)],
    [
      'with another nonce',
      (node, fields) => ({ ...signed(token, 'POST', node.answerUrl(), fields), 'X-Plivo-Signature-V3-Nonce': '1' }),
    ],
  ]

  const shared = sharedNode({ ...strict, cold: true })

  test.each(forgeries)('refuses an answer webhook that was signed %s', async (_what, forge) => {
    const node = shared()
    const since = node.log.entries.length
    const fields = { CallUUID: newCallUuid(), From: '14155550100', To: '14155550199', Event: 'StartApp' }
    const before = spent(node)
    const answer = await tell(node.answerUrl(), fields, { headers: { ...forge(node, fields) } })
    expect(answer.status).toBe(403)
    expectNoSession(node, before)
    expect(node.log.all(/refused/, since)[0]?.fields).toMatchObject({
      signature: 'invalid',
      fix: expect.stringMatching(/\w/),
    })
  })

  test('lets nobody without a signature end a call', async () => {
    await using node = await startStrictNode()
    using call = await openCall(node.answerUrl(), {}, { token })
    await call.stream.echoes()
    const hangup = { CallUUID: call.callId, Event: 'Hangup', CallStatus: 'completed' }
    expect((await tell(`${node.url}/plivo/hangup`, hangup)).status).toBe(403)
    expect((await tell(node.answerUrl(), hangup)).status).toBe(403)
    expect((await tell(call.nextUrl, { CallUUID: call.callId })).status).toBe(403)
    await call.stream.echoes()
  })

  test('lets nobody use an agent that says none to get at a call of one that does not', async () => {
    await using node = await startStrictNode()
    const callId = newCallUuid()
    await askForXml(node.answerUrl(), { CallUUID: callId }, { token })
    const answer = await askForXml(node.answerUrl('open'), { CallUUID: callId })
    expect(await answer.text()).not.toContain('bot.acme')
  })

  test('lets nobody use an agent that says none to end a call of one that does not', async () => {
    await using node = await startStrictNode()
    using call = await openCall(node.answerUrl(), {}, { token })
    await call.stream.echoes()
    await tell(node.answerUrl('open'), { CallUUID: call.callId, Event: 'Hangup', CallStatus: 'completed' })
    await call.stream.echoes()
  })
})

describe('the log', () => {
  test('says of a stream that was closed because it is not admitted what to do about it', async () => {
    await using node = await startNode({ agents: [{ name: 'bot' }, { name: 'open', webSocketAuth: 'none' }] })
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    await startAndWait(await ring(node, newCallUuid()), newCallUuid())
    await startAndWait(node.streamUrl('open'), call.callId)
    const refusals = node.log.all('stream closed')
    expect(refusals).toHaveLength(2)
    for (const { fields } of refusals) {
      expect(fields).toMatchObject({
        code: 4403,
        reason: expect.stringMatching(/\w/),
        fix: expect.stringMatching(/\w+ \w+/),
      })
    }
  })

  test('never shows a ticket', async () => {
    await using node = await startNode({ bot: echoBot })
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    await expectRefused(node, call.streamUrl, { status: 403, reason: /live/ })
    await expectRefused(
      node,
      withTicket(call.streamUrl, (ticket) => flip(ticket, 8)),
      { status: 403, reason: /altered/ },
    )
    const ticket = new URL(call.streamUrl).pathname.slice('/ws/plivo/'.length)
    expect(JSON.stringify(node.log.entries)).not.toContain(ticket.slice(-20))
  })
})
