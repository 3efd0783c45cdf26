// A bot that knows Plivo's documentation and nothing else: beeps, repeats what it hears, hangs up at #.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const http = createServer((request, response) => {
  if (!request.url.startsWith('/answer')) return response.writeHead(request.url === '/hangup' ? 200 : 404).end()
  response.writeHead(200, { 'Content-Type': 'application/xml' }).end(`<Response>
  <Stream bidirectional="true" keepCallAlive="true" contentType="audio/x-mulaw;rate=8000">
    ws://${request.headers.host}/stream
  </Stream>
</Response>`)
})

const play = (socket, payload) => {
  const media = { contentType: 'audio/x-mulaw', sampleRate: 8000, payload }
  socket.send(JSON.stringify({ event: 'playAudio', media }))
}

/** Half a second of 500 Hz in mu-law: a square wave of two bytes. */
const beep = Buffer.from(Array.from({ length: 4000 }, (_, i) => (i % 16 < 8 ? 0x9a : 0x1a))).toString('base64')

new WebSocketServer({ server: http, path: '/stream' }).on('connection', (socket) => {
  socket.on('message', (data) => {
    const message = JSON.parse(data)
    if (message.event === 'start') play(socket, beep)
    if (message.event === 'media') play(socket, message.media.payload)
    if (message.event === 'dtmf' && message.dtmf.digit === '#') socket.close()
  })
})

http.listen(process.env.PORT ?? 5000, '127.0.0.1', () =>
  console.log(`answer URL: http://127.0.0.1:${http.address().port}/answer`),
)
