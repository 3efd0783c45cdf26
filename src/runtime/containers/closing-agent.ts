import { Agent, type ClientRequestArgs } from 'node:http'
import type { Duplex } from 'node:stream'

/** Connections that can be closed all at once, those that have become something else than HTTP among them; no others are made then. */
export class ClosingAgent extends Agent {
  readonly #open = new Set<Duplex>()
  #closed = false

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const socket = super.createConnection(options, callback)
    if (this.#closed) socket?.destroy()
    else if (socket) {
      this.#open.add(socket)
      socket.once('close', () => this.#open.delete(socket))
    }
    return socket
  }

  override destroy(): void {
    super.destroy()
    this.#closed = true
    for (const socket of this.#open) socket.destroy()
  }
}
