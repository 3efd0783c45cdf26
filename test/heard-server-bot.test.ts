import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { startNode } from './support/node.ts'
import { simulate } from './support/simulated.ts'

interface Message {
  readonly event: string
  readonly name?: string
  readonly start?: { readonly streamId: string }
}

/** A bot in the carrier's own words: `talk` sends what it likes, and closes once it is told of `last`. */
async function startBot(last: Partial<Message>, talk: (socket: WebSocket, streamId: string) => void) {
  const seen: Message[] = []
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as Message
      seen.push(message)
      if (message.start) talk(socket, message.start.streamId)
      if (message.event === last.event && message.name === last.name) setTimeout(() => socket.close(), 300)
    })
  })
  return {
    seen,
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}

const audio = (ms: number) =>
  JSON.stringify({
    event: 'playAudio',
    media: { contentType: 'audio/x-mulaw', sampleRate: 8000, payload: Buffer.alloc(ms * 8, 0x90).toString('base64') },
  })

const playedMs = ({ streams }: Awaited<ReturnType<typeof simulate>>): number =>
  streams.reduce(
    (sum, { played }) => sum + played.reduce((ms, { fromByte, toByte }) => ms + (toByte - fromByte) / 8, 0),
    0,
  )

async function callTo(url: string, callUuid: string) {
  await using node = await startNode({ agents: [{ name: 'bot', url }] })
  const result = await simulate({ answerUrl: node.answerUrl(), callUuid, maxDurationMs: 10_000 })
  await node.log.until('call ended')
  const ledger = node.calls.find(callUuid)?.session.ledger ?? []
  return { result, ledger, log: node.log }
}

describe('what the caller heard of a server bot', () => {
  test('that was heard to its end stands in the record of the call', async () => {
    await using bot = await startBot({ event: 'playedStream', name: 'mine' }, (socket, streamId) => {
      for (let i = 0; i < 50; i++) socket.send(audio(20))
      socket.send(JSON.stringify({ event: 'checkpoint', streamId, name: 'mine' }))
    })
    const { result, ledger, log } = await callTo(bot.url, '5a3f7c52-0000-4000-8000-000000000001')
    expect(playedMs(result)).toBe(1000)
    expect(ledger).toEqual([
      expect.objectContaining({ kind: 'passed', totalMs: 1000, heardMs: 1000, uncertaintyMs: 0 }),
    ])
    expect(log.all('call ended')[0]?.fields).toMatchObject({ sentMs: 1000, heardMs: 1000 })
    const names = bot.seen.filter(({ event }) => event === 'playedStream').map(({ name }) => name)
    expect(names).toEqual(['mine'])
  })

  test('that it cleared itself is within the bound', async () => {
    await using bot = await startBot({ event: 'clearedAudio' }, (socket, streamId) => {
      socket.send(audio(1000))
      socket.send(audio(1000))
      setTimeout(() => socket.send(JSON.stringify({ event: 'clearAudio', streamId })), 700)
    })
    const { result, ledger } = await callTo(bot.url, '5a3f7c52-0000-4000-8000-000000000002')
    const [entry] = ledger
    const { heardMs = 0, uncertaintyMs = 0 } = entry ?? {}
    expect(entry).toMatchObject({ kind: 'passed', totalMs: 2000, cutBy: 'bot' })
    expect(Math.abs(heardMs - playedMs(result))).toBeLessThanOrEqual(uncertaintyMs)
    expect(bot.seen.filter(({ event }) => event === 'clearedAudio')).toHaveLength(1)
  })
})
