/**
 * A server bot that obeys the contract of Pipecat Cloud's base image, and does odd things when told to. It repeats what it
 * hears. Keys: `#` closes the socket, `*` breaks it, `9` crashes, `2` pings, `3` says odd things. Further routes for tests: `/unready`, `/ready`,
 * `/sick`, `/switch`, `/environment`, and any other, which tells what was asked.
 */
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

// Also from a copy elsewhere: the test says where its packages are.
const { WebSocketServer } = createRequire(process.env.PACKAGES_OF ?? import.meta.url)('ws')

let ready = process.env.READY !== 'no'
let sick = false
let sessions = 0

const json = (response, status, value, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(value))
}

const routes = {
  '/readyz': (response) => json(response, ready ? 200 : 503, { status: ready ? 'ok' : 'not ready' }),
  '/livez': (response) => json(response, sick ? 500 : 200, { status: sick ? 'sick' : 'ok' }),
  '/ready': (response) => json(response, 200, { ready: (ready = true) }),
  '/unready': (response) => json(response, 200, { ready: (ready = false) }),
  '/sick': (response) => json(response, 200, { sick: (sick = true) }),
  '/slow': (response) => {
    response.write('one,')
    response.once('close', () => console.log('the client of /slow has left'))
  },
  '/switch': ({ socket }) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
  '/environment': (response) => json(response, 200, { ...process.env, cwd: process.cwd(), pid: process.pid }),
}

/** What Plivo may be told, written in ways that nobody would. */
const oddMessages = [
  '{ "event":"playAudio" ,"media":{"payload":"//8=","sampleRate":8000,"contentType":"audio/x-mulaw","x":1.0},"z":"\\u00e4" }',
  '{"event":"checkpoint","streamId":"s","name":"mine"}',
  '{"streamId":"s","event":"clearAudio"}',
  '{"event":"sendDTMF","dtmf":"12#"}',
]

const server = createServer((request, response) => void answer(request, response).catch(() => undefined))

async function answer(request, response) {
  const { method, url = '/', headers } = request
  const route = routes[url.split('?')[0]]
  if (route) return route(response)
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString('latin1')
  const status = Number(new URL(url, 'http://bot').searchParams.get('status') ?? 200)
  json(response, status, { method, url, headers, body, sessions }, { 'x-bot': 'here' })
}

const sockets = new WebSocketServer({ server, path: '/ws' })
sockets.on('connection', (socket, request) => {
  const session = request.headers['x-daily-session-id']
  const body = new URL(request.url ?? '', 'http://bot').searchParams.get('body')
  sessions++
  console.log(`sessions at once: ${sockets.clients.size}, in all: ${sessions}`)
  console.error(`2026-01-01 00:00:00.000 | INFO     | bot:bot:12 | ${session} - began`)
  console.log(`body: ${Buffer.from(body ?? '', 'base64').toString('utf8')}`)
  socket.on('message', (data) => {
    const text = data.toString('utf8')
    const { event, media, dtmf } = JSON.parse(text)
    if (event !== 'media') console.log(`received: ${text}`)
    else {
      const answer = { contentType: 'audio/x-mulaw', sampleRate: 8000, payload: media.payload }
      socket.send(JSON.stringify({ event: 'playAudio', media: answer }))
    }
    if (dtmf?.digit === '#') socket.close(1000)
    if (dtmf?.digit === '2') {
      socket.on('pong', (about) => console.log(`pong ${about}`))
      socket.ping('are you there')
    }
    if (dtmf?.digit === '3') for (const said of oddMessages) socket.send(said)
    if (dtmf?.digit === '*') socket.terminate()
    if (dtmf?.digit === '9') {
      console.error('Traceback: something went wrong')
      process.exit(1)
    }
  })
  socket.on('close', () => console.error(`2026-01-01 00:00:01.000 | INFO     | bot:bot:13 | ${session} - is over`))
})

// As the base image: nothing new, and the end once the last session is over.
process.on('SIGTERM', () => {
  console.log('asked to end')
  server.close(() => process.exit(143))
})

const port = Number(process.env.LISTEN_ON ?? process.env.PORT)
server.listen(port, '127.0.0.1', () => console.log(`listening on ${port}`))
