/** What everything is compared with: a `ws` server without features that parses each message and sends its audio back. */
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { serveTasks } from './tasks.ts'

interface Message {
  readonly event: string
  readonly media: { readonly payload: string }
}

const tasks = {
  /** Returns the port. */
  start(): Promise<number> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString('utf8')) as Message
        if (message.event !== 'media') return
        const media = { contentType: 'audio/x-mulaw', sampleRate: 8000, payload: message.media.payload }
        socket.send(JSON.stringify({ event: 'playAudio', media }))
      })
    })
    return new Promise((resolve) => server.once('listening', () => resolve((server.address() as AddressInfo).port)))
  },
}

export type BareEchoTasks = typeof tasks

serveTasks(tasks)
