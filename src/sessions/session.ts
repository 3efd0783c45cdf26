import type { Clock, Timer } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { encodeBotMessage, parseExtraHeaders } from '../plivo/index.ts'
import { maskNumber } from '../plivo/mask-number.ts'
import type { CarrierMessage, StartMessage } from '../plivo/stream-messages.ts'
import type { BotCommand } from '../sdk/protocol.ts'
import { type Agent, serviceHost } from './agent.ts'
import { BotSide } from './bot-side.ts'
import type { CallFacts } from './call-facts.ts'
import { CallControl } from './call-control.ts'
import type { Carrier } from './carrier.ts'
import { closeCodes } from './close-codes.ts'
import { Comfort } from './comfort.ts'
import { ControlError } from './control-error.ts'
import { Detours } from './detours.ts'
import { type CameBack, type Detour, type DetourPlan, longestMs, type Onward, type Recorded } from './detour.ts'
import { closeFor, endReasonFor, isFailure, leavesBot } from './endings.ts'
import { type HeardEntry, heardInAll } from './ledger.ts'
import { Playout } from './playout.ts'
import type { SessionWatcher } from './session-watcher.ts'
import type { StreamEnd } from './stretch.ts'
import type { RecordingShelf } from './recording-shelf.ts'
import {
  type Ending,
  initialSessionState,
  nextSessionState,
  type SessionEvent,
  type SessionState,
} from './session-state.ts'

/** The carrier's socket, as a session uses it. The gateway owns it. */
export interface CarrierStream {
  send(text: string): void
  close(code: number, reason: string): void
}

export interface SessionLimits {
  /** From the answer to the carrier's stream. */
  readonly ringingMs: number
  /** From the stream's start to a bot that has the call. */
  readonly waitingMs: number
  /** For the last words after the bot's end. */
  readonly leavingMs: number
}

export interface SessionOptions {
  readonly id: string
  readonly call: CallFacts
  readonly agent: Agent
  readonly limits: SessionLimits
  readonly carrier: Carrier | undefined
  readonly recordings: RecordingShelf | undefined
  readonly watcher?: SessionWatcher | undefined
  /** In the log. */
  readonly maskNumbers?: boolean | undefined
  readonly clock: Clock
  readonly log: Log
  /** Called once. */
  readonly onEnded: (session: Session) => void
}

/** One call served by one agent. See `session-state.ts` for its life. */
export class Session {
  readonly id: string
  readonly call: CallFacts
  readonly agent: Agent
  readonly version: string | undefined
  readonly #options: SessionOptions
  readonly #log: Log
  readonly #openedAt: number
  readonly #bot: BotSide
  readonly #control: CallControl
  readonly #detours: Detours
  #state: SessionState
  #timer: Timer | undefined
  #stream: CarrierStream | undefined
  #playout: Playout | undefined
  #comfort: Comfort | undefined
  /** The carrier's first message of the first stream. */
  #start: { readonly message: StartMessage; readonly raw: string } | undefined

  constructor(options: SessionOptions) {
    const { id, call, agent, clock, carrier, recordings } = options
    this.id = id
    this.call = call
    this.agent = agent
    this.version = agent.version
    this.#options = options
    this.#log = options.log.child({ session: id, call: call.callId, agent: serviceHost(agent) })
    this.#openedAt = clock.monotonic()
    this.#state = initialSessionState(this.#openedAt)
    this.#detours = new Detours({ clock, go: (plan) => this.#leaveStream(plan) })
    this.#control = new CallControl({
      callId: call.callId,
      carrier,
      leave: (plan, onward) => this.#leaveFor(plan, onward),
      sendDigits: (digits) => this.#stream?.send(encodeBotMessage({ event: 'sendDTMF', dtmf: digits })),
      waiting: (work) => this.#comfort?.during(work) ?? work,
      recordings,
      reply: (event) => this.#bot.tell(event),
      clock,
      log: this.#log,
    })
    this.#setTimer()
    this.#bot = new BotSide({
      pool: agent.pool,
      log: this.#log,
      dispatch: (event) => this.#dispatch(event),
      onCommand: (command) => this.#obey(command),
      onPrint: (stream, line) => this.#print(stream, line),
    })
    options.watcher?.onOpened(this)
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
    return this.#playout?.ledger ?? []
  }

  /** The way out of the stream that the bot wants or that the caller is on. */
  get detour(): Detour | undefined {
    return this.#detours.current
  }

  /** The carrier opened its socket. At most one at a time. */
  connect(stream: CarrierStream): void {
    this.#stream = stream
    this.#dispatch({ type: 'stream-connected' })
  }

  /** The carrier's first message on a stream. */
  start(message: StartMessage, raw: string): void {
    const { streamId, mediaFormat } = message.start
    this.#start ??= { message, raw }
    this.#playout ??= this.#createPlayout(mediaFormat)
    this.#playout.attach({ streamId, send: (text) => this.#stream?.send(text) })
    this.#dispatch({ type: 'stream-started' })
  }

  /** A later message; `message` is undefined when it could not be understood. */
  receive(raw: string, message: CarrierMessage | undefined): void {
    if (message && this.#playout?.receive(message)) return
    this.#bot.send(raw, message)
    if (message?.event === 'stop')
      this.#dispatch({ type: 'stream-closed', clean: true, detail: 'the carrier said stop' })
  }

  /** The carrier's socket is closed. News of a socket that another has followed is none. */
  disconnect(stream: CarrierStream, { clean, detail }: { clean: boolean; detail: string }): void {
    if (stream !== this.#stream) return
    this.#stream = undefined
    this.#dispatch({ type: 'stream-closed', clean, detail })
  }

  /** The carrier says that the call is over. */
  hangUp(detail: string): void {
    this.#detours.hangUp(() => this.#dispatch({ type: 'call-ended', detail }))
  }

  /** The carrier has a file of what the caller said during the detour. */
  recorded(recorded: Recorded): void {
    this.#log.info({ url: recorded.url, recordingId: recorded.recordingId }, 'a recording is ready')
    this.#detours.recorded(recorded)
  }

  /** The node stops now. */
  stop(): void {
    this.#dispatch({ type: 'node-stopped' })
  }

  /** For the log; what came with the call is the bot's business. */
  #whoCalls(): Pick<CallFacts, 'from' | 'to' | 'direction'> {
    const { from, to, direction } = this.call
    const shown = this.#options.maskNumbers ? maskNumber : (number: string) => number
    return {
      ...(from !== undefined && { from: shown(from) }),
      ...(to !== undefined && { to: shown(to) }),
      ...(direction !== undefined && { direction }),
    }
  }

  #print(stream: 'stdout' | 'stderr', line: string): void {
    this.#log.info({ stream, bot: true }, line)
    this.#options.watcher?.onPrinted(this, stream, line)
  }

  #createPlayout({ encoding, sampleRate: sampleRateHz }: StartMessage['start']['mediaFormat']): Playout {
    const { clock } = this.#options
    const format = { encoding, sampleRateHz }
    const playout = new Playout({
      format,
      clock,
      report: (report) => this.#bot.tell({ type: 'utterance', report }),
      onOverflow: (droppedMs) =>
        this.#log.warn({ droppedMs }, 'the bot is more than 5 minutes ahead of its caller; audio dropped'),
    })
    this.#comfort = new Comfort({
      format,
      clock,
      quietMs: () => playout.quietMs,
      play: (audio) => playout.write(0, audio),
    })
    return playout
  }

  #dispatch(event: SessionEvent): void {
    const before = this.#state
    const state = nextSessionState(before, event, this.#options.clock.monotonic())
    this.#state = state
    if (state.name === before.name) return
    this.#log.debug({ from: before.name, to: state.name, event: event.type }, 'session state')
    this.#setTimer()
    if (state.name === 'talking') {
      if (before.name === 'away') this.#detours.return()
      else this.#talk()
    }
    if (state.name === 'leaving') this.#leave(state.ending)
    if (state.name === 'ended') void this.#end(state.ending, streamEnd(before, event))
  }

  #setTimer(): void {
    this.#timer?.cancel()
    const { ringingMs, waitingMs, leavingMs } = this.#options.limits
    const limits: Partial<Record<SessionState['name'], number>> = {
      ringing: ringingMs,
      waiting: waitingMs,
      leaving: leavingMs,
      ...(this.detour && { away: longestMs(this.detour.plan) }),
    }
    const limitMs = limits[this.#state.name]
    this.#timer =
      limitMs === undefined
        ? undefined
        : this.#options.clock.after(limitMs, () => this.#dispatch({ type: 'timed-out' }))
  }

  #talk(): void {
    if (!this.#start) throw new Error('a session talks only with a stream')
    const { message, raw } = this.#start
    const { encoding, sampleRate: sampleRateHz } = message.start.mediaFormat
    const instanceId = this.#bot.instanceId ?? ''
    this.#log.info({ instance: instanceId, ...this.#whoCalls() }, 'call started')
    const botStartMs = Math.round(this.#options.clock.monotonic() - this.#openedAt)
    this.#options.watcher?.onBegun(this, { instanceId, coldStart: this.#bot.coldStart, botStartMs })
    this.#bot.start({
      ...this.call,
      sessionId: this.id,
      headers: parseExtraHeaders(message.extra_headers),
      format: { encoding, sampleRateHz },
      raw,
    })
  }

  /** The bot wants the caller taken elsewhere. */
  #leaveFor(plan: DetourPlan, onward?: (came: CameBack) => Onward): Detour {
    if (this.#state.name === 'ended') throw new ControlError('call-over', 'the call is over')
    return this.#detours.begin(plan, this.#playout, onward)
  }

  #leaveStream(plan: DetourPlan): void {
    if (this.#state.name !== 'talking') return
    this.#playout?.detach()
    this.#dispatch({ type: 'detour-began' })
    this.#stream?.close(closeCodes.normal, plan.type)
  }

  #obey(command: BotCommand): void {
    const playout = this.#playout
    const { name } = this.#state
    if (!playout || (name !== 'talking' && name !== 'leaving' && name !== 'away')) return
    switch (command.type) {
      case 'write':
        return playout.write(command.utterance, command.audio)
      case 'play':
        return playout.play(command.utterance, command.audio)
      case 'play-end':
        return playout.playEnd(command.utterance)
      case 'stop':
        return playout.stop(command.utterance, command.by)
      case 'clear':
        return playout.clear()
      case 'checkpoint':
        return playout.checkpoint(command.name)
      case 'message':
        return playout.passOn(command.raw)
      case 'request':
        return this.#control.request(command.id, command.request)
      case 'cancel':
        return this.#control.cancel(command.id, command.by)
      case 'hang-up':
        // Without credentials the call ends when the carrier comes back.
        if (name === 'away') void this.#hangUpByCarrier()
        return this.#dispatch({ type: 'bot-hung-up' })
    }
  }

  async #hangUpByCarrier(): Promise<void> {
    try {
      await this.#options.carrier?.hangUp(this.call.callId)
    } catch (error) {
      this.#log.warn({ err: error }, 'the carrier did not hang up; the call ends when it comes back')
    }
  }

  /** The bot is done. What it wanted heard is heard before the stream closes, unless it hung up or broke down. */
  #leave(ending: Ending): void {
    const close = () => this.#stream?.close(...closeFor(ending))
    if (!this.#stream) this.#dispatch({ type: 'stream-closed', clean: true, detail: 'no stream' })
    else if (ending.reason === 'bot-returned' && this.#playout) this.#playout.whenQuiet(close)
    else close()
  }

  async #end(ending: Ending, streamEnd: StreamEnd): Promise<void> {
    this.#comfort?.stop()
    this.#bot.giveUp()
    this.#playout?.end(streamEnd)
    this.#stream?.close(...closeFor(ending))
    this.#detours.end({ leaving: !leavesBot(ending) })
    const durationMs = Math.round(this.#options.clock.monotonic() - this.#openedAt)
    this.#log[isFailure(ending) ? 'error' : 'info']({ ...ending, durationMs, ...heardInAll(this.ledger) }, 'call ended')
    this.#options.watcher?.onEnded(this, ending)
    this.#options.onEnded(this)
    const replied = this.#control.end()
    if (leavesBot(ending) && this.#control.pending > 0) await replied
    this.#bot.end(endReasonFor(ending))
  }
}

/** How much the end of the stream tells of what was played last. A stream that we close, or that breaks, tells nothing. */
function streamEnd(before: SessionState, event: SessionEvent): StreamEnd {
  if (event.type === 'stream-closed' && event.clean && before.name === 'talking') return 'in-order'
  return event.type === 'call-ended' ? 'by-now' : 'unknown'
}
