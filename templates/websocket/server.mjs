// A bot in any language is a WebSocket server that speaks Plivo's messages. This one says back what it hears; # ends the call.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const port = Number(process.env.PORT ?? 8765)
const host = process.env.HOST ?? '127.0.0.1'

// A node asks whether the bot can take a call.
const http = createServer((request, response) => {
  const known = request.url === '/readyz' || request.url === '/livez'
  response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' }).end('{"status":"ok"}')
})

/** Who calls whom: Plivo's `start` does not say. */
function callerOf(url) {
  const body = new URL(url, 'http://bot').searchParams.get('body')
  return body === null ? {} : JSON.parse(Buffer.from(body, 'base64').toString())
}

new WebSocketServer({ server: http, path: '/ws' }).on('connection', (socket, request) => {
  const { from = 'somebody', to = 'us' } = callerOf(request.url)
  let mediaFormat
  socket.on('message', (data) => {
    const message = JSON.parse(data)
    switch (message.event) {
      case 'start':
        // Always the first: the format of the audio, both ways.
        mediaFormat = message.start.mediaFormat
        console.log(`${from} calls ${to}`, mediaFormat)
        break
      case 'media': {
        const { encoding: contentType, sampleRate } = mediaFormat
        const { payload } = message.media
        socket.send(JSON.stringify({ event: 'playAudio', media: { contentType, sampleRate, payload } }))
        break
      }
      case 'dtmf':
        console.log(`${from} pressed ${message.dtmf.digit}`)
        // Closing ends the call.
        if (message.dtmf.digit === '#') socket.close()
    }
  })
  socket.on('close', () => console.log(`the call of ${from} is over`))
})

http.listen(port, host, () => console.log(`listening on ws://${host}:${http.address().port}/ws`))
process.on('SIGTERM', () => process.exit())
