import { randomUUID } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Resumption } from '../sdk/protocol.ts'
import { type Agent, serviceHost } from './agent.ts'
import type { Carrier } from './carrier/carrier.ts'
import type { CarrierCall, Opened, OpenRequest, PlainRequest } from './carrier/carrier-call.ts'
import type { CameBack, Recorded } from './detours/detour.ts'
import { KnownCalls } from './known-calls.ts'
import { beginOverflow, type Queueing } from './overflow/overflow.ts'
import { type LiveSession, LiveSessions, type LiveSessionsOptions, type Shortage } from './live-sessions.ts'
import type { OverflowWatcher } from './overflow/overflow-watcher.ts'
import { LeftMessages } from './overflow/left-messages.ts'
import { PlainSession } from './plain/plain-session.ts'
import type { RecordingShelf } from './recording-shelf.ts'
import { RefusedCalls } from './overflow/refused-calls.ts'
import { Session } from './session.ts'
import type { SessionLimits } from './session-options.ts'
import type { CallEnd, SessionWatcher } from './session-watcher.ts'
import { type Step, whatNext } from './detours/what-next.ts'

export interface CallRegistryOptions {
  readonly maxCalls: number
  /** Whether the node can take another call. Default: it can. */
  readonly hasRoom?: (() => boolean) | undefined
  readonly sharing?: LiveSessionsOptions['sharing']
  readonly limits: SessionLimits
  /** Without it a bot can do less: what Plivo's XML can. */
  readonly carrier?: Carrier | undefined
  /** What organizations have of their own, in place of it. Default: nothing. */
  readonly carrierOf?: ((organization: string) => Carrier | undefined) | undefined
  readonly recordings?: RecordingShelf | undefined
  readonly watcher?: SessionWatcher | undefined
  readonly overflowWatcher?: OverflowWatcher | undefined
  /** In the log. */
  readonly maskNumbers?: boolean | undefined
  readonly clock: Clock
  readonly log: Log
}

/** How long a call may wait for its first stream. */
export const firstStreamMs = 300_000
/** How long a call whose stream has closed may still come back with a new one. */
const reconnectMs = 60_000

interface NextSession {
  readonly id?: string | undefined
  readonly resumed?: Resumption | undefined
  /** It waits in line for its place. */
  readonly queue: Queueing | undefined
}

/** The calls of this node. */
export class CallRegistry implements AsyncDisposable {
  readonly #options: CallRegistryOptions
  readonly #calls: KnownCalls<CarrierCall>
  readonly #live: LiveSessions
  readonly #messages: LeftMessages
  /** Those that had no place. */
  readonly overflow: RefusedCalls

  constructor(options: CallRegistryOptions) {
    this.#options = options
    const { clock, watcher, overflowWatcher, log } = options
    this.#calls = new KnownCalls({ clock, onOver: watcher && ((call, end) => watcher.onCallOver?.(call, end)) })
    this.#live = new LiveSessions({ ...options, maxSessions: options.maxCalls })
    this.#messages = new LeftMessages({ watcher: overflowWatcher, clock, log })
    this.overflow = new RefusedCalls({ watcher: overflowWatcher, messages: this.#messages, clock })
  }

  /** Sessions that are not over, those without a call among them. */
  get active(): number {
    return this.#live.size
  }

  get draining(): boolean {
    return this.#live.draining
  }

  /** Calls that were turned away since the node began, because it or their agent had as many as it takes. */
  get refused(): number {
    return this.overflow.count
  }

  /** Those in line, which have no place yet. */
  get queued(): readonly LiveSession[] {
    return this.#live.queued
  }

  /** Sessions that are not over, of one agent or all. */
  sessionsOf(agent?: string): readonly LiveSession[] {
    return this.#live.of(agent)
  }

  /** Why the agent gets no other session. Undefined: it does. */
  shortageOf(agent: Agent): Shortage | undefined {
    return this.#live.shortageOf(agent)
  }

  /** Opens a session without a call, which takes as much room as one with. Undefined: there is none. */
  openPlain({ id = randomUUID(), ...request }: PlainRequest): PlainSession | undefined {
    if (this.shortageOf(request.agent) !== undefined) {
      this.overflow.countOne()
      return undefined
    }
    const { watcher, clock, log } = this.#options
    const onEnded = (ended: PlainSession) => this.#live.remove(ended)
    const session = new PlainSession({ id, ...request, watcher, clock, log, onEnded })
    this.#live.add(session)
    return session
  }

  find(callId: string): CarrierCall | undefined {
    return this.#calls.find(callId)
  }

  /** Whose call it is, or was to be; undefined: nothing is known of it. */
  agentOf(callId: string): Agent | undefined {
    return this.find(callId)?.agent ?? this.overflow.agentOf(callId)
  }

  /** A call that is here already is returned as it is: webhooks come twice, and late. */
  open({
    facts,
    agent,
    verified,
    audio = agent.audio,
    carrier = this.#options.carrierOf?.(agent.organization) ?? this.#options.carrier,
    sessionId,
    revived,
    mayQueue = false,
  }: OpenRequest): Opened {
    this.#calls.sweep()
    const known = this.#calls.find(facts.callId)
    if (known) return this.#openAgain(known, agent, verified)
    const shortage = revived ? this.#shortageForOld(agent) : this.shortageOf(agent)
    const queue = shortage && this.#queueFor(agent, mayQueue)
    if (shortage && !queue) return { type: 'full', shortage }
    const now = this.#options.clock.monotonic()
    const call: CarrierCall = {
      facts,
      agent,
      verified,
      audio,
      openedAt: now,
      toldAt: now,
      carrier,
      session: this.#openSession({ facts, agent, carrier }, { id: sessionId, resumed: revived?.resumed, queue }),
      offer: revived?.offer ?? 1,
      step: { type: 'stream' },
      streamsOffered: revived ? 0 : 1,
      streamsStarted: 0,
      fallback: undefined,
      endedAt: undefined,
    }
    this.#calls.add(call)
    return { type: 'open', call }
  }

  #openAgain(call: CarrierCall, agent: Agent, verified: boolean): Opened {
    if (serviceHost(call.agent) !== serviceHost(agent)) return { type: 'foreign' }
    if (this.isOver(call)) return { type: 'over' }
    call.verified ||= verified
    return { type: 'open', call }
  }

  /** Readies a known call for a new stream. Returns why it cannot have one. */
  admit(call: CarrierCall): 'live' | 'over' | 'full' | undefined {
    if (this.isOver(call)) return 'over'
    const { name } = call.session.state
    if (name === 'ringing' || name === 'away') return undefined
    if (name !== 'ended') return 'live'
    const isShort = this.#shortageForOld(call.agent) !== undefined
    const queue = isShort ? this.#queueFor(call.agent, true) : undefined
    if (isShort && !queue) return 'full'
    call.session = this.#openSession(call, { resumed: call.session.handOver('stream-lost'), queue })
    return undefined
  }

  isOver({ endedAt, openedAt, session, streamsStarted }: CarrierCall): boolean {
    if (endedAt !== undefined) return true
    const { state } = session
    if (state.name === 'leaving') return state.ending.reason !== 'bot-not-ready'
    if (state.name !== 'ended') return false
    if (state.ending.reason === 'bot-returned' || state.ending.reason === 'bot-hung-up') return true
    const now = this.#options.clock.monotonic()
    return streamsStarted === 0 ? now - openedAt > firstStreamMs : now - state.since > reconnectMs
  }

  /** The carrier says that the call is over. */
  hangUp(callId: string, detail: string, end: CallEnd = {}): void {
    this.overflow.hangUp(callId, end)
    const call = this.#calls.find(callId)
    if (!call) return
    this.#calls.end(call, end)
    call.session.hangUp(detail)
  }

  /** The carrier has a file of what the caller said, or of the whole call. */
  recorded({ agent, facts, session, fallback }: CarrierCall, recorded: Recorded, of: 'detour' | 'call'): void {
    const isMessage = of === 'detour' && fallback?.type === 'message'
    session.recorded(recorded, isMessage ? 'message' : of)
    if (isMessage) void this.#messages.recorded({ agent, callId: facts.callId, sessionId: session.id, recorded })
  }

  /** The carrier asks how the call goes on after its document number `offer`; `came` is what it says of that. */
  next(callId: string, offer: number, came: CameBack = {}): Step {
    const call = this.#calls.find(callId)
    if (!call) return { type: 'hang-up' }
    if (call.endedAt !== undefined) return farewell(whatNext({ ...call, policy: call.agent.policy }))
    // Asked again, or late.
    if (offer < call.offer) return call.step
    if (call.fallback?.type === 'message') this.#messages.cameBack(callId, came.recorded)
    let step: Step = whatNext({ ...call, policy: call.agent.policy }, came)
    const refusal = step.type === 'stream' ? this.admit(call) : undefined
    // The caller has held the line, and somebody else has the place.
    if (refusal === 'full') step = beginOverflow(call.agent.policy?.overflow)
    if (step.type === 'detour') {
      const { fallback } = step
      return this.#give(call, step, { streamsOffered: 0, streamsStarted: 0, fallback })
    }
    if (step.type === 'stream' && refusal === undefined)
      return this.#give(call, step, { streamsOffered: call.streamsOffered + 1 })
    this.#calls.end(call)
    call.session.hangUp('the carrier was told to hang up')
    call.step = farewell(step)
    return call.step
  }

  #give(
    call: CarrierCall,
    step: Step,
    counts: Partial<Pick<CarrierCall, 'streamsOffered' | 'streamsStarted' | 'fallback'>>,
  ): Step {
    call.offer++
    return Object.assign(call, { step, toldAt: this.#options.clock.monotonic() }, counts).step
  }

  /** Takes no new calls. Resolves when the last one is over. */
  drain(): Promise<void> {
    return this.#live.drain()
  }

  /** Ends every session now. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#live.stop()
    this.#calls[Symbol.dispose]()
  }

  #openSession(
    { facts, agent, carrier }: Pick<CarrierCall, 'facts' | 'agent' | 'carrier'>,
    { id = randomUUID(), resumed, queue }: NextSession,
  ): Session {
    const { limits, recordings, watcher, maskNumbers, clock, log } = this.#options
    const session = new Session({
      id,
      call: facts,
      agent,
      limits,
      carrier,
      recordings,
      watcher,
      maskNumbers,
      resumed,
      queued: queue !== undefined,
      clock,
      log,
      onEnded: () => this.#live.remove(session),
    })
    if (queue) this.#queue(session, queue)
    else this.#live.add(session)
    return session
  }

  /** Of a call that was here before: it gets the places that are kept for other organizations, too. */
  #shortageForOld(agent: Agent): Shortage | undefined {
    const shortage = this.shortageOf(agent)
    return shortage === 'share' ? undefined : shortage
  }

  /** How a call for which there is no place waits in line. Undefined: it does not. */
  #queueFor(agent: Agent, mayQueue: boolean): Queueing | undefined {
    const { overflow } = agent.policy ?? {}
    if (overflow?.type !== 'queue' || !mayQueue) return undefined
    return this.#live.mayQueue(agent, overflow.maxWaiting) ? overflow : undefined
  }

  #queue(session: Session, { maxWaitMs }: Queueing): void {
    const { call, agent } = session
    this.overflow.queue(call, agent)
    this.#live.queue(session, maxWaitMs, (isFound) => {
      this.overflow.turnCame(call.callId, isFound)
      session.place(isFound)
    })
  }
}

/** A call that is over for us gets no other stream. */
const farewell = (step: Step): Step => (step.type === 'stream' ? { type: 'hang-up' } : step)
