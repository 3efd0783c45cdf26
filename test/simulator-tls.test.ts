import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import tls from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { dial } from '../src/simulator/index.ts'
import { createCertificate } from './support/certificate.ts'

const certificate = createCertificate('localhost')
const trusted = tls.getCACertificates('default')

afterEach(() => tls.setDefaultCACertificates(trusted))

/** A bot behind TLS: answers XML, and says back what it hears. */
async function startSecureBot(): Promise<AsyncDisposable & { readonly answerUrl: string }> {
  const server = createServer(certificate, (request, response) => {
    const { port } = server.address() as AddressInfo
    const url = `wss://localhost:${port}/stream`
    const stream = `<Stream bidirectional="true" keepCallAlive="true" contentType="audio/x-mulaw;rate=8000">${url}</Stream>`
    response.setHeader('content-type', 'application/xml')
    response.end(request.url === '/answer' ? `<Response>${stream}</Response>` : '')
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as { event: string; media?: { payload: string } }
      if (message.event !== 'media') return
      const media = { contentType: 'audio/x-mulaw', sampleRate: 8000, payload: message.media?.payload }
      socket.send(JSON.stringify({ event: 'playAudio', media }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    answerUrl: `https://localhost:${(server.address() as AddressInfo).port}/answer`,
    async [Symbol.asyncDispose]() {
      sockets.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

test('a call goes over https and wss like any other', async () => {
  tls.setDefaultCACertificates([...trusted, certificate.cert])
  await using bot = await startSecureBot()
  const samples = Int16Array.from({ length: 4000 }, (_, n) => 9000 * Math.sin(n / 3))
  const call = dial({
    answerUrl: bot.answerUrl,
    caller: [{ do: 'speak', audio: { samples, sampleRateHz: 8000 } }, { do: 'wait-for-quiet' }, { do: 'hang-up' }],
  })
  const { heard } = await call.ended
  expect(call.timeline.map(({ type }) => type)).toContain('stream-started')
  expect(Math.max(...heard.samples)).toBeGreaterThan(8000)
})

test('a server whose certificate nobody vouches for is not reached, and the timeline says why', async () => {
  await using bot = await startSecureBot()
  const call = dial({ answerUrl: bot.answerUrl })
  expect((await call.ended).hangup.code).toBe(7011)
  expect(JSON.stringify(call.timeline)).toMatch(/certificate/i)
})
