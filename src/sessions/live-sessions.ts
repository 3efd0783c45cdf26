import type { ProxiedRequest, ProxiedResponse } from '../runtime/proxied-request.ts'
import { type Agent, serviceHost } from './agent.ts'
import type { StopReason } from './session-state.ts'
import type { WatchedSession } from './session-watcher.ts'

/** A session that is not over, of whatever kind: what a node counts, lists and ends. */
export interface LiveSession extends WatchedSession {
  readonly state: { readonly name: string }
  /** The instance that has it, or is to; undefined: none is ready yet. */
  readonly instanceId: string | undefined
  /** Milliseconds since it was opened. */
  readonly ageMs: number
  /** A client's HTTP request for the bot. Undefined: the bot has not taken the session. Rejects with a `ProxyError`. */
  ask(request: ProxiedRequest): Promise<ProxiedResponse | undefined>
  /** Ends it now. */
  stop(reason: StopReason): void
}

interface LiveSessionsOptions {
  readonly maxSessions: number
  /** Whether the machine can take one more. Default: it can. */
  readonly hasRoom?: (() => boolean) | undefined
}

/** The sessions of a node, with and without a call: they share its room. */
export class LiveSessions {
  readonly #options: LiveSessionsOptions
  readonly #sessions = new Set<LiveSession>()
  readonly #onIdle: (() => void)[] = []
  #draining = false

  constructor(options: LiveSessionsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#sessions.size
  }

  get draining(): boolean {
    return this.#draining
  }

  /** The node takes no more. */
  get full(): boolean {
    const { maxSessions, hasRoom = () => true } = this.#options
    return this.#draining || this.#sessions.size >= maxSessions || !hasRoom()
  }

  /** The node takes no more, or the agent has as many as it may. */
  isFull(agent: Agent): boolean {
    return this.full || (agent.maxSessions !== undefined && this.of(serviceHost(agent)).length >= agent.maxSessions)
  }

  /** Those of one agent, or all. */
  of(agent?: string): readonly LiveSession[] {
    const all = [...this.#sessions]
    return agent === undefined ? all : all.filter((session) => serviceHost(session.agent) === agent)
  }

  add(session: LiveSession): void {
    this.#sessions.add(session)
  }

  remove(session: LiveSession): void {
    this.#sessions.delete(session)
    if (this.#sessions.size === 0) for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  /** Takes no new ones. Resolves when the last one is over. */
  async drain(): Promise<void> {
    this.#draining = true
    if (this.#sessions.size > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve))
  }

  /** The node stops: takes no new ones, and ends all now. */
  stop(): void {
    this.#draining = true
    for (const session of this.#sessions) session.stop('node-stopped')
  }
}
