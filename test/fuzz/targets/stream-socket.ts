import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { CallEngine } from '../../../src/simulator/index.ts'
import { TestServer, xml } from '../../simulator-support.ts'
import { botMessage } from '../messages.ts'
import type { Random } from '../random.ts'
import { check, type Target } from '../target.ts'

const stream =
  '<Stream bidirectional="true" keepCallAlive="true" contentType="audio/x-mulaw;rate=8000">ws://HOST/s</Stream>'

/** A bot over a real socket: whatever it sends, the call comes to an end of its own kind. */
export const streamSocket: Target = {
  name: 'stream-socket',
  side: 'simulator',
  share: 0.3,
  roundCases: 500,
  async run(random, cases) {
    await using server = await TestServer.start({
      routes: { '/answer': () => xml(stream) },
      onStream: ({ socket }) => void talk(socket, random, cases),
    })
    await using engine = new CallEngine({ authId: 'MAEXAMPLE00000000000', authTokens: [] })
    const { answered, hangup } = await engine.receive({ answerUrl: `${server.url}/answer`, maxDurationMs: 30_000 })
      .ended
    check(answered, 'the call was not answered')
    check(hangup.code === 4010, `the call ended with ${hangup.code}`)
    check(engine.liveCalls().length === 0, 'a call is left')
  },
}

async function talk(socket: WebSocket, random: Random, cases: number): Promise<void> {
  for (let i = 0; i < cases && socket.readyState === socket.OPEN; i++) {
    const kind = random.below(100)
    if (kind < 92) socket.send(botMessage(random))
    else if (kind < 95) socket.send(random.bytes(random.below(300)))
    else if (kind < 97) socket.ping(random.bytes(random.below(126)))
    else if (kind < 98) socket.pong()
    else if (kind < 99) await sendInParts(socket, botMessage(random))
    else await new Promise((resolve) => setImmediate(resolve))
  }
  leave(socket, random)
}

async function sendInParts(socket: WebSocket, text: string): Promise<void> {
  const half = text.length >> 1
  socket.send(text.slice(0, half), { fin: false })
  await new Promise((resolve) => setImmediate(resolve))
  socket.send(text.slice(half), { fin: true })
}

/** Politely, with rubbish below the level of messages, or without a word. */
function leave(socket: WebSocket, random: Random): void {
  const kind = random.below(4)
  const connection: Socket = Reflect.get(socket, '_socket')
  if (kind === 0) socket.close(random.pick(1000, 1001, 1011, 4000, 4999), 'bye')
  else if (kind === 1) socket.close()
  else if (kind === 2) socket.terminate()
  else connection.end(random.bytes(1 + random.below(2000)))
}
