import { createId } from '../lib/ids.ts'
import type { CallStart } from '../sdk/protocol.ts'
import type { BotLink, Instance, InstanceListener, InstanceState, LinkListener } from './link.ts'
import { ServerLink } from './server-link.ts'

export interface ServerInstanceOptions {
  /** WebSocket URL of the bot. */
  readonly url: string
  readonly sessionsPerInstance: number
  readonly connectTimeoutMs: number
}

/** A server bot that somebody else runs and that is reached by its URL. */
export class ServerInstance implements Instance {
  readonly id = createId('ins')
  readonly capacity: number
  readonly #options: ServerInstanceOptions
  readonly #listener: InstanceListener
  readonly #links = new Set<ServerLink>()
  #life: 'running' | 'draining' | 'dead' = 'running'

  constructor(options: ServerInstanceOptions, listener: InstanceListener) {
    this.#options = options
    this.#listener = listener
    this.capacity = options.sessionsPerInstance
  }

  get active(): number {
    return this.#links.size
  }

  get state(): InstanceState {
    if (this.#life !== 'running') return this.#life
    return this.active < this.capacity ? 'ready' : 'busy'
  }

  startCall(start: CallStart, listener: LinkListener): BotLink {
    const link = new ServerLink({
      url: this.#options.url,
      connectTimeoutMs: this.#options.connectTimeoutMs,
      start,
      listener,
      onFree: () => {
        this.#links.delete(link)
        if (this.#life === 'draining' && this.active === 0) this.#life = 'dead'
        this.#listener.onChange(this)
      },
    })
    this.#links.add(link)
    return link
  }

  drain(): void {
    if (this.#life !== 'running') return
    this.#life = this.active === 0 ? 'dead' : 'draining'
    if (this.#life === 'dead') this.#listener.onChange(this)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.drain()
    for (const link of this.#links) link.close('node')
  }
}
