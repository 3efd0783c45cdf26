import { afterEach, expect, test, vi } from 'vitest'
import { type CloudNode, describeNodes } from './support/cloud-node.ts'
import { ForeignStream, newCallUuid, UpgradeRefused } from './support/foreign-client.ts'
import { patience } from './support/patience.ts'
import { SmallBot } from './support/small-bot.ts'

// Streams at /ws/plivo as Pipecat Cloud has them, and its tokens there: statements by their numbers.

const frame = (index: number) => new Uint8Array(160).fill(index)

/** A bot of its own for the agent, which lets everybody in unless `settings` say something else. */
async function addAgent(node: CloudNode, agent: string, bot: SmallBot, settings: object = { websocketAuth: 'none' }) {
  const deployed = await node.deploy(agent, { source: { type: 'url', url: bot.url }, ...settings })
  expect(deployed).toMatchObject({ status: 200 })
}

/** The status with which an upgrade is refused; 101 when it is not, and then the stream is closed again. */
async function statusOf(url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  using stream = new ForeignStream(url, newCallUuid(), undefined, headers)
  const refusal: unknown = await stream.opened().catch((error: unknown) => error)
  if (!(refusal instanceof UpgradeRefused)) return 101
  return refusal.status
}

afterEach(() => void vi.useRealTimers())

describeNodes((node) => {
  const token = async (agent: string): Promise<{ token: string; sessionId: string }> =>
    (await node().start(agent, { transport: 'websocket' })).body
  const sessions = async (agent: string): Promise<{ sessionId: string }[]> =>
    (await node().cli('GET', `/services/${agent}/sessions`)).body.sessions
  const bearer = (text: string) => ({ authorization: `Bearer ${text}` })

  test('statement 52: a start begins exactly one session, and is the first that its bot receives, byte for byte', async () => {
    await using bot = await SmallBot.start()
    await addAgent(node(), 'begun', bot)
    using stream = await new ForeignStream(node().streamUrl('begun'), newCallUuid()).opened()
    const odd = String.raw`"{\u0041: \"ä\"  }"`
    const start = stream.start(odd)
    const { received } = await bot.call()
    await expect.poll(() => received.length, patience).toBe(1)
    expect(received[0]).toBe(start)
    await expect.poll(async () => (await sessions('begun')).length, patience).toBe(1)
    expect(bot.calls).toHaveLength(1)
  })

  test('statement 53: everything behind it arrives in order, and nothing is lost while the bot comes up', async () => {
    await using bot = await SmallBot.start(undefined, { upgradeAfterMs: 400 })
    await addAgent(node(), 'late', bot)
    using stream = await new ForeignStream(node().streamUrl('late'), newCallUuid()).opened()
    const sent = [stream.start()]
    for (let index = 0; index < 200; index++) {
      sent.push(stream.media(frame(index)))
      if (index % 50 === 0) stream.dtmf('5')
    }
    const { received } = await bot.call()
    await expect.poll(() => received.length, patience).toBe(sent.length + 4)
    expect(received.filter((text) => !text.includes('"dtmf"'))).toEqual(sent)
    const keys = received.flatMap((text, at) => (text.includes('"dtmf"') ? [at] : []))
    expect(keys).toEqual([2, 53, 104, 155])
  })

  test('statement 54: the data of ?body= arrives, in either alphabet, with and without padding, and with a raw "+"', async () => {
    await using bot = await SmallBot.start()
    await addAgent(node(), 'told', bot)
    // Has "+", "/" and padding in base64.
    const data = { text: '??>>~~ü' }
    const base64 = Buffer.from(JSON.stringify(data)).toString('base64')
    expect(base64).toMatch(/\+.*=$|\/.*=$/)
    const forms = [
      encodeURIComponent(base64),
      base64,
      base64.replaceAll('+', '-').replaceAll('/', '_'),
      encodeURIComponent(base64.replaceAll('=', '')),
    ]
    for (const [index, form] of forms.entries()) {
      using stream = await new ForeignStream(node().streamUrl('told', `&body=${form}`), newCallUuid()).opened()
      stream.start()
      const { request } = await bot.call(index)
      const given = new URLSearchParams((request.url ?? '').split('?')[1]).get('body') ?? ''
      expect(given).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
      expect(JSON.parse(Buffer.from(given, 'base64').toString())).toMatchObject(data)
    }
  })

  test('statement 55: an unknown agent, a wrong organization and no service host are refused before the upgrade', async () => {
    await using bot = await SmallBot.start()
    await addAgent(node(), 'only', bot)
    const base = node().streamUrl('only').split('?')[0] ?? ''
    const org = node().organization
    const refused = {
      [`${base}?serviceHost=nobody.${org}`]: 404,
      [`${base}?serviceHost=only.other-quiet-cat-1`]: 404,
      [`${base}?serviceHost=only`]: 400,
      [`${base}?serviceHost=.${org}`]: 400,
      [`${base}?serviceHost=only.`]: 400,
      [base]: 400,
      [`${base}s?serviceHost=only.${org}`]: 404,
    }
    for (const [url, status] of Object.entries(refused)) expect([url, await statusOf(url)]).toEqual([url, status])
    expect(await sessions('only')).toEqual([])
    expect(bot.calls).toEqual([])
  })

  test('statement 56: a missing, wrong, expired or used token is 403 before the upgrade, and costs no instance', async () => {
    await using bot = await SmallBot.start()
    await addAgent(node(), 'locked', bot, { websocketAuth: 'token' })
    const good = (await token('locked')).token
    const late = (await token('locked')).token
    expect(await statusOf(node().streamUrl('locked'))).toBe(403)
    for (const wrong of ['nonsense', `${good.slice(0, -2)}xx`, 'a.b', '']) {
      expect([wrong, await statusOf(node().streamUrl('locked', `&token=${wrong}`))]).toEqual([wrong, 403])
    }
    expect(await statusOf(node().streamUrl('locked', `&token=${good}`))).toBe(101)
    expect(await statusOf(node().streamUrl('locked', `&token=${good}`))).toBe(403)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 301_000 })
    expect(await statusOf(node().streamUrl('locked', `&token=${late}`))).toBe(403)
    vi.useRealTimers()
    expect([await sessions('locked'), bot.calls]).toEqual([[], []])
  })

  test('statement 57: a token works as bearer, as ?token= and as segment, and the first of them is the one that counts', async () => {
    await using bot = await SmallBot.start()
    await addAgent(node(), 'three', bot, { websocketAuth: 'token' })
    const one = async () => (await token('three')).token
    const url = (query = '', path = '') => node().streamUrl('three', query, path)
    expect(await statusOf(url(), bearer(await one()))).toBe(101)
    expect(await statusOf(url(`&token=${await one()}`))).toBe(101)
    expect(await statusOf(url('', `/${await one()}`))).toBe(101)
    const spared = await one()
    expect(await statusOf(url(`&token=${spared}`), bearer('nonsense'))).toBe(403)
    expect(await statusOf(url('&token=nonsense', `/${spared}`))).toBe(403)
    expect(await statusOf(url(`&token=nonsense`, '/nonsense'), bearer(spared))).toBe(101)
    expect(await statusOf(url(`&token=${spared}`))).toBe(403)
  })

  test('statement 58: a token for one agent is refused for another, and still good for its own', async () => {
    await using bot = await SmallBot.start()
    for (const agent of ['mine', 'yours']) await addAgent(node(), agent, bot, { websocketAuth: 'token' })
    const given = (await token('mine')).token
    expect(await statusOf(node().streamUrl('yours', `&token=${given}`))).toBe(403)
    expect(await statusOf(node().streamUrl('mine', `&token=${given}`))).toBe(101)
  })

  test('statement 59: a start for a WebSocket starts no bot; the session that comes has the id it gave', async () => {
    await using bot = await SmallBot.start()
    await addAgent(node(), 'later', bot, { websocketAuth: 'token' })
    const given = await token('later')
    expect([await sessions('later'), bot.calls]).toEqual([[], []])
    using stream = await new ForeignStream(node().streamUrl('later', `&token=${given.token}`), newCallUuid()).opened()
    stream.start()
    await expect.poll(async () => sessions('later'), patience).toMatchObject([{ sessionId: given.sessionId }])
    await bot.call()
  })

  test('statement 60: what the bot says as Plivo’s messages reaches the caller’s side, and the other way round', async () => {
    await using bot = await SmallBot.start()
    await addAgent(node(), 'relayed', bot)
    using stream = await new ForeignStream(node().streamUrl('relayed'), newCallUuid()).opened()
    const start = stream.start()
    const said = await bot.call()
    const spoken = Buffer.alloc(160, 7).toString('base64')
    const media = { contentType: 'audio/x-mulaw', sampleRate: 8000, payload: spoken }
    said.socket.send(JSON.stringify({ event: 'playAudio', media }))
    said.socket.send(JSON.stringify({ event: 'checkpoint', streamId: stream.streamId, name: 'here' }))
    const passed = (event: string) =>
      stream.received.map((text) => JSON.parse(text)).find((json) => json.event === event)
    await expect.poll(() => passed('checkpoint'), patience).toMatchObject({ name: 'here' })
    expect(passed('playAudio')).toMatchObject({ media })
    stream.playedStream('here')
    await expect.poll(() => said.received.at(-1), patience).toContain('playedStream')
    expect(said.received[0]).toBe(start)
  })

  test('statement 62: whoever closes, the other side is closed too; a bot that leaves without a word is 1000 for the caller', async () => {
    await using bot = await SmallBot.start()
    await addAgent(node(), 'closing', bot)
    const open = async (index: number) => {
      const stream = await new ForeignStream(node().streamUrl('closing'), newCallUuid()).opened()
      stream.start()
      return { stream, call: await bot.call(index) }
    }
    const first = await open(0)
    first.stream.close()
    await first.call.closed
    const second = await open(1)
    second.call.socket.close(1000)
    expect((await second.stream.closed).code).toBe(1000)
    const third = await open(2)
    third.call.socket.terminate()
    expect((await third.stream.closed).code).toBe(1000)
  })
})
