import type { Clock } from '../lib/clock.ts'
import type { ProxiedRequest, ProxiedResponse } from '../runtime/proxied-request.ts'
import { type Agent, serviceHost } from './agent.ts'
import { isBeyondShare, type Sharing } from './capacity/fair-share.ts'
import type { StopReason } from './session-state.ts'
import type { WatchedSession } from './session-watcher.ts'
import { type Waiting, WaitingLine } from './overflow/waiting-line.ts'

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

export interface LiveSessionsOptions {
  readonly maxSessions: number
  /** Whether the machine can take one more. Default: it can. */
  readonly hasRoom?: (() => boolean) | undefined
  readonly clock: Clock
  /** How organizations share the node. Default: whoever comes first gets the place. */
  readonly sharing?: (() => Pick<Sharing, 'room' | 'organizations' | 'reserve'>) | undefined
}

/** What is short: places of the node, places of the agent (`max_agents`), or the organization has its share of the node. */
export type Shortage = 'node' | 'agent' | 'share'

/** The sessions of a node, with and without a call: they share its room. */
export class LiveSessions {
  readonly #options: LiveSessionsOptions
  readonly #sessions = new Set<LiveSession>()
  readonly #queued = new Map<LiveSession, Waiting>()
  readonly #line: WaitingLine
  readonly #onIdle: (() => void)[] = []
  #draining = false

  constructor(options: LiveSessionsOptions) {
    this.#options = options
    this.#line = new WaitingLine({ hasPlace: (agent) => this.#shortageOf(agent) === undefined, clock: options.clock })
  }

  get size(): number {
    return this.#sessions.size
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Why the agent gets no other session; undefined: it does. Whoever is in line comes first. */
  shortageOf(agent: Agent): Shortage | undefined {
    this.#line.serve()
    return this.#draining ? 'node' : this.#shortageOf(agent)
  }

  /** Those of one agent, or all. */
  of(agent?: string): readonly LiveSession[] {
    const all = [...this.#sessions]
    return agent === undefined ? all : all.filter((session) => serviceHost(session.agent) === agent)
  }

  /** Sessions in line: they have no place yet. */
  get queued(): readonly LiveSession[] {
    return [...this.#queued.keys()]
  }

  /** Whether one more caller may wait in line. A node that stops takes none. */
  mayQueue(agent: Agent, maxWaiting: number): boolean {
    const { organizations = 1 } = this.#options.sharing?.() ?? {}
    if (this.#draining || this.#line.lengthOf(agent) >= maxWaiting) return false
    return this.#line.hasRoomFor(agent.organization, organizations)
  }

  add(session: LiveSession): void {
    this.#sessions.add(session)
  }

  /** Puts a session in line. It is told when it has a place, or will have none. */
  queue(session: LiveSession, maxWaitMs: number, tell: (hasPlace: boolean) => void): void {
    const waiting: Waiting = {
      agent: session.agent,
      maxWaitMs,
      take: () => {
        this.#queued.delete(session)
        this.#sessions.add(session)
        tell(true)
      },
      giveUp: () => {
        this.#queued.delete(session)
        tell(false)
        this.#noteIdle()
      },
    }
    this.#queued.set(session, waiting)
    this.#line.join(waiting)
  }

  remove(session: LiveSession): void {
    const waiting = this.#queued.get(session)
    if (waiting) this.#line.leave(waiting)
    this.#queued.delete(session)
    this.#sessions.delete(session)
    this.#line.serve()
    this.#noteIdle()
  }

  /** Takes no new ones; those in line still get their turn. Resolves when the last one is over. */
  async drain(): Promise<void> {
    this.#draining = true
    if (!this.#isIdle) await new Promise<void>((resolve) => this.#onIdle.push(resolve))
  }

  /** The node stops: takes no new ones, and ends all now. */
  stop(): void {
    this.#draining = true
    // Those in line first, so that no place that becomes free is given to them.
    for (const session of [...this.#queued.keys(), ...this.#sessions]) session.stop('node-stopped')
  }

  get #isIdle(): boolean {
    return this.#sessions.size === 0 && this.#queued.size === 0
  }

  #noteIdle(): void {
    if (this.#isIdle) for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  get #nodeHasPlace(): boolean {
    const { maxSessions, hasRoom = () => true } = this.#options
    return this.#sessions.size < maxSessions && hasRoom()
  }

  #shortageOf(agent: Agent): Shortage | undefined {
    if (!this.#nodeHasPlace) return 'node'
    if (agent.maxSessions !== undefined && this.of(serviceHost(agent)).length >= agent.maxSessions) return 'agent'
    return this.#isBeyondShare(agent) ? 'share' : undefined
  }

  #isBeyondShare({ organization }: Agent): boolean {
    const sharing = this.#options.sharing?.()
    if (!sharing) return false
    const held = [...this.#sessions].filter(({ agent }) => agent.organization === organization).length
    return isBeyondShare({ ...sharing, running: this.size, held })
  }
}
