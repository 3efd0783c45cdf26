/** A customer's server in a process of its own: answers calls with a stream, echoes it, and notes when frames come. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { serveTasks } from '../processes/tasks.ts'
import { ArrivalLog, type Arrivals } from './arrivals.ts'

interface Message {
  readonly event: string
  readonly media: { readonly payload: string }
}

const logs: ArrivalLog[] = []

const tasks = {
  /** Returns the port. */
  start(): Promise<number> {
    const http = createServer((request, response) => {
      request.resume()
      const stream = `<Stream bidirectional="true" keepCallAlive="true" contentType="audio/x-mulaw;rate=8000">ws://${request.headers.host}/stream</Stream>`
      response.writeHead(200, { 'content-type': 'application/xml' }).end(`<Response>${stream}</Response>`)
    })
    const server = new WebSocketServer({ server: http, perMessageDeflate: false })
    server.on('connection', (socket) => {
      const log = new ArrivalLog()
      logs.push(log)
      socket.on('message', (data: Buffer) => {
        const atMs = performance.now()
        const { event, media } = JSON.parse(data.toString('utf8')) as Message
        if (event !== 'media') return
        log.add(atMs)
        const echo = { contentType: 'audio/x-mulaw', sampleRate: 8000, payload: media.payload }
        socket.send(JSON.stringify({ event: 'playAudio', media: echo }))
      })
    })
    http.listen(0, '127.0.0.1')
    return new Promise((resolve) => http.once('listening', () => resolve((http.address() as AddressInfo).port)))
  },

  /** Of every call so far. */
  arrivals: (): Promise<readonly Arrivals[]> => Promise.resolve(logs.map((log) => log.summary())),
}

export type EchoBotTasks = typeof tasks

serveTasks(tasks)
