import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { echoBot, startNode } from './support/node.ts'
import { GenericClient } from './support/generic-client.ts'
import { WatchedBot } from './support/watched-bot.ts'
import { newCallUuid } from './support/foreign-client.ts'
import { patience } from './support/patience.ts'
import { withSessions } from './support/session-platform.ts'

const talker = `
  import { defineBot } from 'offhook'
  export default defineBot({
    async onSession({ id, body, socket, signal }) {
      console.log('began ' + JSON.stringify([body ?? null, socket.query]))
      signal.addEventListener('abort', () => console.log('gone'))
      for await (const message of socket) {
        if (message === 'throw') throw new Error('no key for the weather')
        if (message === 'return') return
        if (message === 'close') return socket.close(4001, 'that is all')
        await socket.send(message)
      }
    },
  })`

/** A node whose agent lets anybody in. */
const open = (agent: { readonly bot?: string; readonly url?: string }, cold = false) =>
  startNode({ cold, agents: [{ name: 'bot', webSocketAuth: 'none', ...agent }] })

const clientUrl = (node: { readonly url: string }, query = '') =>
  `${node.url.replace('http', 'ws')}/ws/generic/bot.acme${query}`

describe('onSession of an SDK bot', () => {
  test('gets what its client sends, begun before there was an instance, and the client gets what it sends', async () => {
    await using node = await open({ bot: talker }, true)
    const body = Buffer.from('{"n":1}').toString('base64url')
    const client = await GenericClient.open(clientUrl(node, `?lang=de&body=${body}`))
    const sent = Array.from({ length: 300 }, (_, at) => (at % 2 === 0 ? `text ${at}` : Buffer.alloc(2000, at)))
    for (const message of [...sent, Buffer.alloc(1_000_000, 'x')]) client.socket.send(message)
    await expect.poll(() => client.received.length, patience).toBe(301)
    expect(client.received.slice(0, 300)).toEqual(sent)
    expect(client.received[300]).toHaveLength(1_000_000)
    expect(node.log.all('began [{"n":1},{"lang":"de"}]')).toHaveLength(1)
    await client.close()
    await node.log.until('gone')
    await expect.poll(() => [node.calls.active, node.pool().status.active], patience).toEqual([0, 0])
  })

  test.each([
    ['return', 1000, 'bot-returned'],
    ['close', 4001, 'that is all'],
    ['throw', 1011, 'bot-threw'],
  ])('that ends with "%s" closes with %i', async (word, code, reason) => {
    await using node = await open({ bot: talker })
    const client = await GenericClient.open(clientUrl(node))
    client.socket.send('hello')
    client.socket.send(word)
    expect(await client.over()).toEqual({ code, reason })
    expect(client.received).toEqual(['hello'])
    await expect.poll(() => [node.calls.active, node.pool().status.active], patience).toEqual([0, 0])
  })

  test('is there for the next client, in the same process or another, after one that was killed', async () => {
    await using node = await open({ bot: `${talker}\nprocess.title = 'bot'` })
    const killer = talker.replace("'throw') throw new Error('no key for the weather')", "'throw') process.exit(3)")
    await using broken = await open({ bot: killer })
    const lost = await GenericClient.open(clientUrl(broken))
    lost.socket.send('throw')
    expect(await lost.over()).toEqual({ code: 1011, reason: 'bot-lost' })
    for (const one of [node, broken]) {
      const client = await GenericClient.open(clientUrl(one))
      client.socket.send('hello')
      await expect.poll(() => client.received, patience).toEqual(['hello'])
      await client.close()
    }
  })

  test('that does not come up is told to its client', async () => {
    await using node = await startNode({
      unready: true,
      agents: [{ name: 'bot', webSocketAuth: 'none', bot: `throw new Error('no key')` }],
    })
    const client = await GenericClient.open(clientUrl(node))
    expect(await client.over()).toEqual({ code: 1011, reason: 'bot-not-ready' })
    expect(JSON.stringify(node.log.all('session ended'))).toContain('no key')
  })
})

describe('a client', () => {
  test('that sends faster than its bot reads waits, and loses nothing', async () => {
    await using bot = await WatchedBot.start()
    await using node = await open({ url: bot.url })
    const client = await GenericClient.open(clientUrl(node))
    const { socket, received } = await bot.socket()
    socket.pause()
    const count = 400
    for (let at = 0; at < count; at++) client.socket.send(Buffer.alloc(100_000, at))
    // What the systems between hold is theirs; the rest waits with the client.
    await expect.poll(() => client.socket.bufferedAmount, patience).toBeLessThan(count * 100_000)
    const settled = async () => {
      const before = client.socket.bufferedAmount
      await new Promise((resolve) => setTimeout(resolve, 200))
      return client.socket.bufferedAmount === before
    }
    await expect.poll(settled, patience).toBe(true)
    expect(client.socket.bufferedAmount).toBeGreaterThan(10_000_000)
    socket.resume()
    await expect.poll(() => received.length, patience).toBe(count)
    expect(received.map(({ data }) => data[0])).toEqual(Array.from({ length: count }, (_, at) => at % 256))
    await client.close()
  })

  test('that does not read makes its bot wait', async () => {
    await using bot = await WatchedBot.start()
    await using node = await open({ url: bot.url })
    const client = await GenericClient.open(clientUrl(node))
    const { socket } = await bot.socket()
    client.socket.pause()
    const count = 400
    for (let at = 0; at < count; at++) socket.send(Buffer.alloc(100_000, at))
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(socket.bufferedAmount).toBeGreaterThan(10_000_000)
    client.socket.resume()
    await expect.poll(() => client.received.length, patience).toBe(count)
    await client.close()
  })

  test('with a message beyond 16 MiB is closed with 1009, and its bot’s socket with it', async () => {
    await using bot = await WatchedBot.start()
    await using node = await open({ url: bot.url })
    const client = await GenericClient.open(clientUrl(node))
    const there = await bot.socket()
    client.socket.send(Buffer.alloc(16 * 1024 * 1024 + 1))
    expect((await client.over()).code).toBe(1009)
    await expect.poll(() => there.closed, patience).toBeDefined()
  })

  test('is told when the node stops', async () => {
    await using bot = await WatchedBot.start()
    const node = await open({ url: bot.url })
    const client = await GenericClient.open(clientUrl(node))
    const there = await bot.socket()
    await node[Symbol.asyncDispose]()
    expect(await client.over()).toEqual({ code: 1001, reason: 'node-stopped' })
    await expect.poll(() => there.closed?.code, patience).toBe(1000)
  })

  test('is told when the session has lasted as long as it may, and so is the bot', async () => {
    await using bot = await WatchedBot.start()
    await using node = await startNode({
      agents: [{ name: 'bot', webSocketAuth: 'none', url: bot.url, maxSessionSeconds: 1 }],
    })
    const client = await GenericClient.open(clientUrl(node))
    const there = await bot.socket()
    expect(await client.over()).toEqual({ code: 4410, reason: 'max-duration' })
    await expect.poll(() => there.closed?.code, patience).toBe(1000)
  })

  test('of an agent that lets anybody in needs no token, and one that is no good does no harm', async () => {
    await using bot = await WatchedBot.start()
    await using node = await open({ url: bot.url })
    expect(await GenericClient.status(clientUrl(node))).toBe(101)
    expect(await GenericClient.status(clientUrl(node, '?token=bad'))).toBe(101)
  })

  test('may offer subprotocols, as browsers do', async () => {
    await using bot = await WatchedBot.start()
    await using node = await open({ url: bot.url })
    const socket = new WebSocket(clientUrl(node), ['mine', 'other'])
    await once(socket, 'open')
    expect(socket.protocol).toBe('mine')
    socket.terminate()
  })
})

test('Plivo may bring its token to /ws/generic: a bot that takes calls only has a call', () =>
  withSessions(async ({ platform, start }) => {
    await platform.deploy('desk', echoBot)
    const { token, wsUrl, sessionId } = (await start('desk', { transport: 'websocket' })).body
    const client = await GenericClient.open(`${wsUrl}/${token}`)
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000 }
    const ids = { callId: newCallUuid(), streamId: newCallUuid(), accountId: 'MA' }
    client.socket.send(JSON.stringify({ event: 'start', start: { ...ids, tracks: ['inbound'], mediaFormat } }))
    const { fields } = await platform.log.until('call started')
    expect(fields).toMatchObject({ session: sessionId })
    const payload = Buffer.alloc(160, 0x55).toString('base64')
    client.socket.send(JSON.stringify({ event: 'media', media: { track: 'inbound', payload } }))
    await expect.poll(() => client.received.some((text) => String(text).includes('playAudio')), patience).toBe(true)
    client.socket.send(JSON.stringify({ event: 'dtmf', dtmf: { digit: '#' } }))
    expect((await client.over()).code).toBe(1000)
  }))
