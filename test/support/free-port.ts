import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that nodes give to bots, and systems to whoever asks for any: only who asks for this one gets it. */
const lowest = 10_000
const count = 10_000

/** A port of this machine that nobody listens on, for something that cannot choose one itself. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * count)
    const server = createServer()
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening')
    } catch {
      continue
    }
    server.close()
    await once(server, 'close')
    return port
  }
}
