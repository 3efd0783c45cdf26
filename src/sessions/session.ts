import { within } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { encodeBotMessage } from '../plivo/index.ts'
import type { CarrierMessage, StartMessage } from '../plivo/stream-messages.ts'
import type { ProxiedRequest, ProxiedResponse } from '../runtime/proxied-request.ts'
import type { BotCommand, Resumption } from '../sdk/protocol.ts'
import { type Agent, serviceHost } from './agent.ts'
import { BotSide } from './bot-side.ts'
import type { CallFacts } from './call-facts.ts'
import { CallControl } from './call-control.ts'
import { CallMemory } from './call-memory.ts'
import { createCallStart } from './call-start.ts'
import { CallerSide, type CarrierStream } from './caller-side.ts'
import { closeCodes } from './close-codes.ts'
import { ControlError } from './control-error.ts'
import { Detours } from './detours/detours.ts'
import type { CameBack, Detour, DetourPlan, Onward, Recorded, RecordedPart } from './detours/detour.ts'
import { closeFor, endReasonFor, leavesBot, streamEnd } from './endings.ts'
import type { HeardEntry } from './playout/ledger.ts'
import { obeyOutput } from './obey-output.ts'
import { SessionNews } from './session-news.ts'
import type { SessionOptions } from './session-options.ts'
import { SessionTimers } from './session-timers.ts'
import type { StreamEnd } from './playout/stretch.ts'
import {
  type Ending,
  initialSessionState,
  nextSessionState,
  type SessionEvent,
  type SessionState,
  type StopReason,
} from './session-state.ts'

/** One call served by one agent. See `session-state.ts` for its life. */
export class Session {
  readonly id: string
  readonly call: CallFacts
  readonly transport = 'plivo'
  readonly agent: Agent
  readonly version: string | undefined
  readonly #options: SessionOptions
  readonly #log: Log
  #openedAt: number
  readonly #caller: CallerSide
  readonly #bot: BotSide
  readonly #control: CallControl
  readonly #detours: Detours
  readonly #memory: CallMemory
  readonly #timers: SessionTimers
  readonly #news: SessionNews
  #state: SessionState

  constructor(options: SessionOptions) {
    const { id, call, agent, clock, carrier, recordings } = options
    this.id = id
    this.call = call
    this.agent = agent
    this.version = agent.version
    this.#options = options
    this.#log = options.log.child({ session: id, call: call.callId, agent: serviceHost(agent) })
    this.#openedAt = clock.monotonic()
    const { watcher, maskNumbers, queued = false } = options
    this.#state = initialSessionState(this.#openedAt, queued)
    this.#news = new SessionNews({ session: this, watcher, maskNumbers, log: this.#log })
    this.#memory = new CallMemory(options.resumed, () => this.#news.remembered(this.handOver('node-lost')))
    this.#caller = new CallerSide({
      policy: agent.policy,
      queued,
      onSilence: () => this.#dispatch({ type: 'limit-reached', limit: 'silence' }),
      report: (report) => this.#bot.tell({ type: 'utterance', report }),
      onLate: (frames) => this.#news.late(frames),
      clock,
      log: this.#log,
    })
    this.#timers = new SessionTimers({
      limits: options.limits,
      maxSessionSeconds: agent.maxSessionSeconds,
      dispatch: (event) => this.#dispatch(event),
      clock,
    })
    this.#detours = new Detours({ clock, go: (plan) => this.#leaveStream(plan) })
    this.#control = new CallControl({
      callId: call.callId,
      carrier,
      leave: (plan, onward) => this.#leaveFor(plan, onward),
      sendDigits: (digits) => this.#caller.send(encodeBotMessage({ event: 'sendDTMF', dtmf: digits })),
      waiting: (work) => this.#caller.during(work),
      recordings,
      save: (state) => this.#memory.save(state),
      news: this.#news,
      reply: (event) => this.#bot.tell(event),
      clock,
      log: this.#log,
    })
    this.#timers.enter(this.#state.name)
    this.#bot = new BotSide({
      pool: () => agent.pool,
      log: this.#log,
      dispatch: (event) => this.#dispatch(event),
      onTaken: () => {
        this.#memory.botTook()
        this.#caller.botTook()
        this.#news.moment({ type: 'bot-took' })
      },
      onCommand: (command) => this.#obey(command),
      onPrint: (stream, line) => this.#news.printed(stream, line),
    })
    if (!queued) this.#open()
  }

  /** It has its place: from here on it counts. */
  #open(): void {
    this.#openedAt = this.#options.clock.monotonic()
    this.#caller.leaveLine()
    this.#timers.begin()
    this.#bot.begin()
    this.#news.opened()
  }

  get state(): SessionState {
    return this.#state
  }

  /** That has the call, or is to have it. */
  get instanceId(): string | undefined {
    return this.#bot.instanceId
  }

  /** Milliseconds since it was opened. */
  get ageMs(): number {
    return this.#options.clock.monotonic() - this.#openedAt
  }

  /** What the caller heard of each utterance so far. */
  get ledger(): readonly HeardEntry[] {
    return this.#caller.ledger
  }

  /** The way out of the stream that the bot wants or that the caller is on. */
  get detour(): Detour | undefined {
    return this.#detours.current
  }

  /** The carrier was given the XML that opens its stream. */
  answered(): void {
    this.#news.moment({ type: 'answered' })
  }

  /** Resolves once there is an instance for it, or none will come; after so long at the latest. */
  untilAnswered(limitMs: number): Promise<void> {
    return within(this.#options.clock, limitMs, this.#bot.answered)
  }

  /** What the bot of a session is to know that has the call after this one. */
  handOver(reason: Resumption['reason']): Resumption | undefined {
    return this.#memory.forNext(this.ledger, reason)
  }

  /** For a session in line: whether there is a place for it now, or none in time. */
  place(isFound: boolean): void {
    this.#dispatch({ type: isFound ? 'place-found' : 'no-place' })
  }

  /** The carrier opened its socket. At most one at a time. */
  connect(stream: CarrierStream): void {
    this.#caller.connect(stream)
    this.#dispatch({ type: 'stream-connected' })
  }

  /** The carrier's first message on a stream. */
  start(message: StartMessage, raw: string): void {
    this.#caller.begin(message, raw)
    this.#dispatch({ type: 'stream-started' })
  }

  /** A later message; `message` is undefined when it could not be understood. */
  receive(raw: string, message: CarrierMessage | undefined): void {
    if (message && this.#caller.receive(message)) return
    this.#bot.send(raw, message)
    if (message?.event === 'stop')
      this.#dispatch({ type: 'stream-closed', clean: true, detail: 'the carrier said stop' })
  }

  /** The carrier's socket is closed. */
  disconnect(stream: CarrierStream, { clean, detail }: { clean: boolean; detail: string }): void {
    if (this.#caller.disconnect(stream)) this.#dispatch({ type: 'stream-closed', clean, detail })
  }

  /** The carrier says that the call is over. */
  hangUp(detail: string): void {
    this.#detours.hangUp(() => this.#dispatch({ type: 'call-ended', detail }))
  }

  /** The carrier has a file: of what the caller said in the detour, or to nobody, or of the whole call. */
  recorded(recorded: Recorded, of: RecordedPart): void {
    this.#news.recorded(recorded, of)
    if (of !== 'call') this.#detours.recorded(recorded)
  }

  /** A client's HTTP request for the bot. Undefined: the bot has not taken the call. */
  ask(request: ProxiedRequest): Promise<ProxiedResponse | undefined> {
    return this.#bot.ask(request)
  }

  /** The node stops now, or somebody wants this session ended. */
  stop(reason: StopReason): void {
    this.#dispatch({ type: 'stopped', reason })
  }

  #dispatch(event: SessionEvent): void {
    const before = this.#state
    const state = nextSessionState(before, event, this.#options.clock.monotonic())
    if (state === before) return
    this.#state = state
    if (event.type === 'place-found') this.#open()
    this.#news.moved(event.type)
    if (event.type === 'bot-crashed' && (state.name === 'resuming' || state.name === 'away'))
      this.#replaceBot(event.why)
    if (state.name === before.name) return
    this.#log.debug({ from: before.name, to: state.name, event: event.type }, 'session state')
    this.#timers.enter(state.name, this.detour?.plan)
    if (before.name === 'away' && event.type === 'stream-started') this.#detours.return()
    if (state.name === 'talking' && !(before.name === 'away' && before.bot === 'here')) this.#talk()
    if (state.name === 'leaving') this.#leave(state.ending)
    if (state.name === 'ended') void this.#end(state.ending, streamEnd(before, event))
  }

  /** Stream and instance are both here. */
  #talk(): void {
    const { start } = this.#caller
    if (!start) throw new Error('a session talks only with a stream')
    const resumed = this.#memory.forNext(this.ledger)
    const { coldStart } = this.#bot
    if (this.#memory.bots === 0) this.#news.begun({ coldStart, botStartMs: Math.round(this.ageMs) })
    if (resumed) this.#news.resumed(resumed)
    this.#bot.start(createCallStart(this, { start, resumed, ...this.#news.trace }))
  }

  /** The caller keeps the line, and another instance gets the call. */
  #replaceBot(why: string): void {
    this.#log.error({ instance: this.#bot.instanceId, why }, 'the bot crashed; the call gets another instance')
    this.#caller.loseBot()
    if (this.#state.name === 'resuming') this.#detours.forgetWish()
    this.#control.abandon()
    this.#bot.replace()
  }

  /** The bot wants the caller taken elsewhere. */
  #leaveFor(plan: DetourPlan, onward?: (came: CameBack) => Onward): Detour {
    if (this.#state.name === 'ended') throw new ControlError('call-over', 'the call is over')
    return this.#detours.begin(plan, this.#caller.playout, onward)
  }

  #leaveStream(plan: DetourPlan): void {
    if (this.#state.name !== 'talking') return
    this.#caller.leave()
    this.#dispatch({ type: 'detour-began' })
    this.#caller.close(closeCodes.normal, plan.type)
  }

  #obey(command: BotCommand): void {
    const { playout } = this.#caller
    const { name } = this.#state
    if (!playout || (name !== 'talking' && name !== 'leaving' && name !== 'away')) return
    switch (command.type) {
      case 'request':
        return this.#control.request(command.id, command.request)
      case 'cancel':
        return this.#control.cancel(command.id, command.by)
      case 'hang-up':
        if (name === 'away') void this.#control.hangUp()
        return this.#dispatch({ type: 'bot-hung-up' })
      default:
        if (obeyOutput(command, playout) !== 'audio') return
        this.#caller.botSpoke()
        this.#news.spoke(this.ageMs)
    }
  }

  /** The bot is done. What it wanted heard is heard before the stream closes, unless it hung up or broke down. */
  #leave(ending: Ending): void {
    const close = () => this.#caller.close(...closeFor(ending))
    const { connected, playout } = this.#caller
    if (!connected) this.#dispatch({ type: 'stream-closed', clean: true, detail: 'no stream' })
    else if (ending.reason === 'bot-returned' && playout) playout.whenQuiet(close)
    else close()
  }

  async #end(ending: Ending, known: StreamEnd): Promise<void> {
    this.#bot.giveUp()
    this.#caller.end(known)
    this.#caller.close(...closeFor(ending))
    this.#detours.end({ leaving: !leavesBot(ending) })
    this.#news.ended(ending, this.ageMs)
    this.#options.onEnded()
    const replied = this.#control.end()
    if (leavesBot(ending) && this.#control.pending > 0) await replied
    this.#bot.end(endReasonFor(ending))
  }
}
