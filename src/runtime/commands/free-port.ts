import { createServer } from 'node:net'
import { InstanceStartError } from '../link.ts'

/** Below the ports that Linux gives to outgoing connections: one of those could take a port before the bot listens on it. */
const firstPort = 20_000
const lastPort = 32_000

/** Ports that were given out and are not back: a bot may need a minute before it listens. */
const taken = new Set<number>()
/** Somewhere, so that two nodes on one machine seldom want the same. */
let next = firstPort + Math.floor(Math.random() * (lastPort - firstPort))

/** Finds a port for a server bot on this machine. It stays taken until `releasePort`. */
export async function takePort(): Promise<number> {
  for (let tried = firstPort; tried < lastPort; tried++) {
    const port = next
    next = port + 1 < lastPort ? port + 1 : firstPort
    if (taken.has(port)) continue
    taken.add(port)
    if (await isFree(port)) return port
    taken.delete(port)
  }
  throw new InstanceStartError(`every port from ${firstPort} to ${lastPort - 1} is in use`)
}

export function releasePort(port: number): void {
  taken.delete(port)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    // Where bots listen: on every address.
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)))
  })
}
