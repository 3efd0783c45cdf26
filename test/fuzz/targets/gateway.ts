import { once } from 'node:events'
import { randomUUID } from 'node:crypto'
import { mkdtempDisposable } from 'node:fs/promises'
import { request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket, WebSocketServer } from 'ws'
import { silentLog } from '../../../src/lib/log.ts'
import { Server } from '../../../src/server.ts'
import { bearableCarrierMessage, startMessage } from '../messages.ts'
import { damaged } from '../mutations.ts'
import type { Random } from '../random.ts'
import { check, type Target } from '../target.ts'

/** Messages of one stream; it is closed at the first that is wrong. */
const mostMessages = 60

/** A carrier over real sockets: streams are closed with a code, webhooks are answered, and the node stays well. */
export const gateway: Target = {
  name: 'gateway',
  side: 'offhook',
  share: 0.4,
  roundCases: 2000,
  async run(random, cases) {
    await using home = await mkdtempDisposable(join(tmpdir(), 'offhook-fuzz-'))
    await using bot = await startEchoBot()
    await using server = await Server.start({
      port: 0,
      host: '127.0.0.1',
      home: home.path,
      plivoAuthTokens: [],
      unsignedWebhooks: 'warn',
      log: silentLog,
    })
    server.deploy({ name: 'bot', organization: 'acme', code: { kind: 'url', url: bot.url }, sessionsPerInstance: 50 })
    const url = `http://127.0.0.1:${server.port}`
    let left = cases
    while (left > 0) {
      left -= random.chance(0.5) ? await talk(url, random, left) : await tell(url, random)
    }
    const health = await fetch(`${url}/healthz`)
    check(health.status === 200, `the node's health is ${health.status}`)
  },
}

async function startEchoBot(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket) => {
    socket.on('error', () => undefined)
    socket.on('message', (data: Buffer) => {
      // What Offhook cannot read of a message that has an event comes here as it was.
      const { event, media } = JSON.parse(data.toString('utf8'))
      const payload = media?.payload
      if (event === 'media') socket.send(JSON.stringify({ event: 'playAudio', media: { ...audio, payload } }))
    })
  })
  await once(server, 'listening')
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}

const audio = { contentType: 'audio/x-mulaw', sampleRate: 8000 }

/** One call; returns how many messages it had. */
async function talk(url: string, random: Random, most: number): Promise<number> {
  const callId = randomUUID()
  const fields = { CallUUID: callId, Event: 'StartApp', From: '14155550100', To: '14155550199', Direction: 'inbound' }
  const answer = await fetch(`${url}/plivo-xml?agent=bot&org=acme`, {
    method: 'POST',
    body: new URLSearchParams(fields),
  })
  const streamUrl = /<Stream[^>]*>([^<]+)</.exec(await answer.text())?.[1]?.trim()
  check(streamUrl !== undefined, `the answer was ${answer.status}, without a stream`)
  const socket = new WebSocket(streamUrl.replaceAll('&amp;', '&'))
  socket.on('error', () => undefined)
  const closed = once(socket, 'close')
  await once(socket, 'open')
  let messages = 1
  if (random.chance(0.95)) socket.send(JSON.stringify(startMessage(callId)))
  const wanted = Math.min(most, 1 + random.below(mostMessages))
  while (messages < wanted && socket.readyState === socket.OPEN) {
    messages++
    if (random.chance(0.002)) socket.send(random.bytes(random.below(100)))
    else socket.send(bearableCarrierMessage(random, callId))
    if (random.chance(0.1)) await new Promise((resolve) => setImmediate(resolve))
  }
  const connection: Socket = Reflect.get(socket, '_socket')
  if (random.chance(0.1)) connection.end(random.bytes(1 + random.below(200)))
  else socket.close(1000)
  await closed
  const hangup = new URLSearchParams({ ...fields, Event: 'Hangup', CallStatus: 'completed', HangupCauseCode: '4000' })
  const ended = await fetch(`${url}/plivo/hangup?agent=bot&org=acme`, { method: 'POST', body: hangup })
  check(ended.status < 500, `the hangup was answered with ${ended.status}`)
  await ended.arrayBuffer()
  return messages
}

/** One webhook that is no right one; over `node:http`, which lets more rubbish through than `fetch`. */
async function tell(url: string, random: Random): Promise<number> {
  const path = random.pick('/plivo-xml', '/plivo/hangup', '/plivo/stream-status', '/plivo/next/a/b', '/ws/plivo', '/x')
  const query = encodeURI(damaged(random, 'agent=bot&org=acme&audio=mulaw').replaceAll(/[\ud800-\udfff]/g, ''))
  const method = random.pick('GET', 'POST', 'POST', 'PUT', 'DELETE')
  const outgoing = request(`${url}${path}?${query}`, {
    method,
    headers: {
      'content-type': random.pick('application/x-www-form-urlencoded', 'application/json', 'text/plain'),
      'x-plivo-signature-v3': random.bytes(20).toString('base64'),
      'x-plivo-signature-v3-nonce': String(random.below(1e9)),
    },
  })
  const body = damaged(
    random,
    `CallUUID=${randomUUID()}&Event=${random.pick('Hangup', 'Redirect', 'StartStream', 'x')}`,
  )
  const answered = once(outgoing, 'response')
  if (method === 'GET') outgoing.end()
  else outgoing.end(body)
  const [response] = await answered
  check(response.statusCode < 500, `${method} ${path}?${query} ${body} was answered with ${response.statusCode}`)
  response.resume()
  await once(response, 'end')
  return 1
}
