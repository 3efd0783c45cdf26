import type { Clock, Timer } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { SessionLink, SessionOver } from '../../runtime/link.ts'
import type { Lease } from '../../runtime/pool/pool.ts'
import { type ProxiedRequest, type ProxiedResponse, ProxyError } from '../../runtime/proxied-request.ts'
import type { EndReason, SessionStart, SocketClose, SocketMessage } from '../../sdk/protocol.ts'
import { type Agent, serviceHost } from '../agent.ts'
import { defaultMaxSessionSeconds } from '../call-policy.ts'
import { clientClose, passedOn } from './client-close.ts'
import { isFailure } from '../endings.ts'
import type { LiveSession } from '../live-sessions.ts'
import {
  initialPlainState,
  nextPlainState,
  type PlainSessionEvent,
  type PlainSessionState,
} from './plain-session-state.ts'
import { PrintedLines } from '../printed-lines.ts'
import { momentOf } from '../session-moment.ts'
import type { StopReason } from '../session-state.ts'
import type { SessionWatcher } from '../session-watcher.ts'

/** A client's socket, as a session uses it. The gateway owns it. */
export interface ClientSocket {
  /** Of the client's URL, without what is for the node; without `?`. */
  readonly query: string
  /** `onTaken` is called once, when the message waits here no longer. */
  send(message: SocketMessage, onTaken: () => void): void
  close(how: SocketClose): void
}

export interface PlainSessionOptions {
  readonly id: string
  readonly agent: Agent
  /** Custom data of whoever started it; undefined: none. */
  readonly body?: unknown
  readonly client?: ClientSocket | undefined
  readonly watcher?: SessionWatcher | undefined
  readonly clock: Clock
  readonly log: Log
  /** Called once. */
  readonly onEnded: (session: PlainSession) => void
}

/** From the opening to a bot that has it: a program may have to load models. */
const waitingMs = 150_000
/** A server bot that keeps the time of its request itself gets a moment to come to its end. */
const requestGraceMs = 5000

/** A session without a call: of a plain start, or of a client's socket. See `plain-session-state.ts` for its life. */
export class PlainSession implements LiveSession {
  readonly id: string
  readonly agent: Agent
  readonly version: string | undefined
  readonly call = undefined
  readonly ledger = []
  readonly transport: 'websocket' | 'http'
  /** There was no instance ready when it was opened. */
  readonly coldStart: boolean
  readonly #options: PlainSessionOptions
  readonly #log: Log
  readonly #openedAt: number
  readonly #acquiring = new AbortController()
  readonly #printed: PrintedLines
  #state = initialPlainState
  #timer: Timer
  #lease: Lease | undefined
  #link: SessionLink | undefined
  /** What the client said before a bot had it; no more than its socket lets through unacknowledged. */
  #early: { readonly message: SocketMessage; readonly onTaken: () => void }[] = []

  constructor(options: PlainSessionOptions) {
    const { id, agent, client, clock, log, watcher } = options
    this.id = id
    this.agent = agent
    this.version = agent.version
    this.transport = client ? 'websocket' : 'http'
    this.#options = options
    this.#log = log.child({ session: id, agent: serviceHost(agent) })
    this.#openedAt = clock.monotonic()
    this.coldStart = agent.pool.status.free === 0
    this.#printed = new PrintedLines((stream, line) => {
      this.#log.info({ stream, bot: true }, line)
      watcher?.onPrinted(this, stream, line)
    })
    this.#timer = clock.after(waitingMs, () => this.#dispatch({ type: 'timed-out' }))
    watcher?.onOpened(this)
    this.#acquire()
  }

  get state(): PlainSessionState {
    return this.#state
  }

  get instanceId(): string | undefined {
    return this.#lease?.instanceId
  }

  get ageMs(): number {
    return this.#options.clock.monotonic() - this.#openedAt
  }

  /** The client said something. `onTaken` is called once, when it waits in the node no longer. */
  receive(message: SocketMessage, onTaken: () => void): void {
    if (this.#state.name === 'ended') {
      onTaken()
      return
    }
    const takeOnce = once(onTaken)
    const isTaken = this.#state.name === 'running' && this.#state.taken
    if (!isTaken) this.#early.push({ message, onTaken: takeOnce })
    this.#link?.send(message, takeOnce)
  }

  /** The client's socket is closed. */
  disconnect(how: SocketClose): void {
    this.#dispatch({ type: 'client-left', how })
  }

  async ask(request: ProxiedRequest): Promise<ProxiedResponse | undefined> {
    if (this.#state.name !== 'running' || !this.#state.taken) return undefined
    if (!this.#link?.ask) throw new ProxyError('no-routes', 'This bot answers no requests.')
    return this.#link.ask(request)
  }

  stop(reason: StopReason): void {
    this.#dispatch({ type: 'stopped', reason })
  }

  #acquire(): void {
    const { signal } = this.#acquiring
    this.agent.pool
      .acquire(signal, () => this.#dispatch({ type: 'instance-lost' }))
      .then(
        (lease) => {
          if (signal.aborted) {
            lease.release()
            return
          }
          this.#lease = lease
          this.#dispatch({ type: 'instance-ready' })
        },
        (error: unknown) => this.#dispatch({ type: 'instance-failed', why: messageOf(error) }),
      )
  }

  #dispatch(event: PlainSessionEvent): void {
    const before = this.#state
    const state = nextPlainState(before, event)
    this.#state = state
    if (event.type === 'bot-took') this.#early = []
    if (state !== before) this.#note(event.type)
    if (state.name === before.name) return
    if (state.name === 'running') this.#run()
    else if (state.name === 'waiting') this.#startOver()
    else this.#end(state)
  }

  #note(event: PlainSessionEvent['type']): void {
    const moment = momentOf(event, this)
    if (moment) this.#options.watcher?.onMoment?.(this, moment)
  }

  #run(): void {
    const { agent, body, client, clock, watcher } = this.#options
    const lease = this.#lease
    if (!lease) throw new Error('a session runs only on an instance')
    const botStartMs = Math.round(this.ageMs)
    this.#log.info({ instance: lease.instanceId, transport: this.transport }, 'session started')
    const maxSeconds = agent.maxSessionSeconds ?? defaultMaxSessionSeconds
    const maxMs = maxSeconds * 1000 + (client ? 0 : requestGraceMs)
    this.#timer.cancel()
    this.#timer = clock.after(maxMs, () => this.#dispatch({ type: 'timed-out' }))
    const start: SessionStart = {
      sessionId: this.id,
      ...(body !== undefined && { body }),
      ...(client && { socket: { query: client.query } }),
      maxSeconds,
    }
    watcher?.onBegun(this, { instanceId: lease.instanceId, coldStart: this.coldStart, botStartMs })
    const traceparent = watcher?.traceparentOf?.(this)
    this.#link = lease.startSession(traceparent === undefined ? start : { ...start, traceparent }, {
      onStarted: () => this.#dispatch({ type: 'bot-took' }),
      onMessage: (message, onTaken) => {
        if (this.#state.name === 'running' && client) client.send(message, onTaken)
        else onTaken()
      },
      onPrint: (stream, text) => this.#printed.add(stream, text),
      onOver: (over) => this.#onOver(over),
    })
    for (const { message, onTaken } of this.#early) this.#link.send(message, onTaken)
  }

  #onOver(over: SessionOver): void {
    // A bot may still fail while it tidies up; its author wants to know.
    if (this.#state.name === 'ended' && over.type === 'threw') {
      this.#log.error({ detail: over.stack ?? over.message }, 'the bot threw after the end of the session')
    }
    this.#dispatch({ type: 'bot-over', over })
  }

  /** The instance died before its bot took the session. */
  #startOver(): void {
    this.#link?.close('node')
    this.#link = undefined
    this.#lease = undefined
    this.#timer.cancel()
    this.#timer = this.#options.clock.after(waitingMs, () => this.#dispatch({ type: 'timed-out' }))
    this.#acquire()
  }

  #end({ ending, how }: Extract<PlainSessionState, { name: 'ended' }>): void {
    const { client, watcher, onEnded } = this.#options
    this.#timer.cancel()
    this.#acquiring.abort(new Error('the session is over'))
    const byClient = ending.reason === 'client-left'
    if (!byClient) client?.close(clientClose(ending, how))
    const durationMs = Math.round(this.ageMs)
    this.#log[isFailure(ending) ? 'error' : 'info']({ ...ending, durationMs }, 'session ended')
    this.#link?.close(endReasonOf(ending.reason), byClient && how ? passedOn(how) : undefined)
    this.#lease?.release()
    this.#printed.flush()
    for (const { onTaken } of this.#early.splice(0)) onTaken()
    watcher?.onEnded(this, ending)
    onEnded(this)
  }
}

/** A message may be given to one instance after another. */
function once(run: () => void): () => void {
  let done = false
  return () => {
    if (!done) run()
    done = true
  }
}

function endReasonOf(reason: string): EndReason {
  if (reason === 'client-left') return 'caller'
  return reason.startsWith('bot-') ? 'bot' : 'node'
}
