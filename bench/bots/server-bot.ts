/** A server bot without features: it says 20 ms of silence when a call begins and sends back what it hears. */
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

interface Message {
  readonly event: string
  readonly media?: { readonly payload: string }
}

const silence = Buffer.alloc(160, 0xff).toString('base64')
const speaksFirst = process.env['SPEAKS_FIRST'] !== undefined

const server = createServer((request, response) => {
  // The request that begins a session stays open until the session ends.
  if (request.url?.startsWith('/bot')) return
  response.end('ok')
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', (socket) => {
  const play = (payload: string) => {
    const media = { contentType: 'audio/x-mulaw', sampleRate: 8000, payload }
    socket.send(JSON.stringify({ event: 'playAudio', media }))
  }
  socket.on('message', (data: Buffer) => {
    const { event, media } = JSON.parse(data.toString('utf8')) as Message
    if (event === 'start' && speaksFirst) play(silence)
    if (event === 'media' && media) play(media.payload)
  })
})
server.listen(Number(process.env['PORT']), process.env['HOST'] ?? '0.0.0.0')
process.once('SIGTERM', () => process.exit(0))
