// A server bot that obeys the contract, for images made from scratch: bundled into one file with `ws`.
import { createServer } from 'node:http'
import { writeFileSync } from 'node:fs'
import { WebSocketServer } from 'ws'

let ready = true
const say = (session, text) => console.error(`2026-01-01 00:00:00.000 | INFO     | bot:bot:1 | ${session} - ${text}`)

const http = createServer((request, response) => {
  const answer = (status, value) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    if (request.url === '/readyz') answer(ready ? 200 : 503, { status: ready ? 'ok' : 'not ready' })
    else if (request.url === '/livez') answer(200, { status: 'ok' })
    else if (request.url === '/bot') answer(200, {})
    else if (request.url === '/what-can-you-do') answer(200, whatCanYouDo())
    else answer(404, {})
  })
})

const sockets = new WebSocketServer({ noServer: true })
http.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (ws) => {
    const session = request.headers['x-daily-session-id'] ?? 'None'
    const body = new URL(request.url, 'http://bot').searchParams.get('body')
    say(session, `serves ${Buffer.from(body ?? '', 'base64').toString()}`)
    ws.on('message', (/** @type {Buffer} */ data) => {
      const message = JSON.parse(data.toString('utf8'))
      if (message.event === 'media') {
        const { payload } = message.media
        ws.send(
          JSON.stringify({ event: 'playAudio', media: { contentType: 'audio/x-mulaw', sampleRate: 8000, payload } }),
        )
      }
      if (message.event === 'dtmf' && message.dtmf.digit === '#') ws.close(1000)
      if (message.event === 'dtmf' && message.dtmf.digit === '9') fillMemory()
    })
  })
})

function fillMemory() {
  const kept = []
  setInterval(() => kept.push(Buffer.alloc(32 * 1024 * 1024, 1)), 5)
}

/** What the container lets a bot do. */
function whatCanYouDo() {
  const canWrite = (path) => {
    try {
      writeFileSync(path, 'x')
      return true
    } catch {
      return false
    }
  }
  const status = process.getBuiltinModule('node:fs').readFileSync('/proc/self/status', 'utf8')
  return {
    writesRoot: canWrite('/file'),
    writesTmp: canWrite('/tmp/file'),
    capabilities: /^CapEff:\s*(\S+)/m.exec(status)?.[1],
    noNewPrivileges: /^NoNewPrivs:\s*(\S+)/m.exec(status)?.[1],
    environment: process.env,
  }
}

process.on('SIGTERM', () => {
  http.close()
  for (const ws of sockets.clients) ws.once('close', () => http.closeIdleConnections())
  if (sockets.clients.size === 0) process.exit(0)
})

if (process.env.FAIL_TO_START) {
  console.error('no key for the weather')
  process.exit(78)
}
http.listen(Number(process.env.PORT ?? 8080), '0.0.0.0', () =>
  console.error(`INFO:     listening on ${process.env.PORT}`),
)
