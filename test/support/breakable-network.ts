import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'

/** A way to a port of this machine that can break, and be whole again. */
export class BreakableNetwork implements AsyncDisposable {
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #isCut = false

  private constructor(port: number) {
    this.#server = createServer((near) => this.#onConnection(near, port))
  }

  static async to(port: number): Promise<BreakableNetwork> {
    const network = new BreakableNetwork(port)
    network.#server.listen(0, '127.0.0.1')
    await once(network.#server, 'listening')
    return network
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections are reset, those that are there and those that are tried. */
  cut(): void {
    this.#isCut = true
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy()
      far.destroy()
    }
  }

  /** Nothing goes through any more on the connections that are there, and nobody is told. */
  silence(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.pause()
  }

  /** What is asked on the connections that are there goes through, and no answer comes back. */
  loseAnswers(): void {
    for (const [, far] of this.#pairs) {
      far.removeAllListeners('data')
      far.on('data', () => undefined)
    }
  }

  mend(): void {
    this.#isCut = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #onConnection(near: Socket, port: number): void {
    if (this.#isCut) {
      near.resetAndDestroy()
      return
    }
    const pair = [near, connect(port, '127.0.0.1')] as const
    this.#pairs.add(pair)
    const [, far] = pair
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes) => to.write(bytes))
      from.on('error', () => to.destroy())
      from.on('close', () => {
        to.destroy()
        this.#pairs.delete(pair)
      })
    }
  }
}
