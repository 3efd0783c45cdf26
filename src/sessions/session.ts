import type { AudioFormat } from '../audio/format.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { encodeBotMessage, parseExtraHeaders } from '../plivo/index.ts'
import type { CarrierMessage, StartMessage } from '../plivo/stream-messages.ts'
import type { BotLink, LinkOver } from '../runtime/link.ts'
import type { Lease } from '../runtime/pool.ts'
import type { BotCommand, EndReason } from '../sdk/protocol.ts'
import { type Agent, serviceHost } from './agent.ts'
import { toBotEvents } from './bot-events.ts'
import { closeCodes } from './close-codes.ts'
import { Playout } from './playout.ts'
import { PrintedLines } from './printed-lines.ts'
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

/** Who calls whom, as the answer webhook said. All but the id is unknown for a stream that came without one. */
export interface CallFacts {
  readonly callId: string
  readonly from?: string
  readonly to?: string
  readonly direction?: 'inbound' | 'outbound'
  /** Custom data for the bot. */
  readonly body?: unknown
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
  readonly clock: Clock
  readonly log: Log
  /** Called once. */
  readonly onEnded: (session: Session) => void
}

/** After so many instances that died under one call, the call is not given to yet another. */
const maxInstancesLost = 3

interface Started {
  readonly start: StartMessage
  readonly raw: string
  readonly playout: Playout
}

type Received = { readonly raw: string; readonly message: CarrierMessage | undefined }

/** One call served by one agent. See `session-state.ts` for its life. */
export class Session {
  readonly id: string
  readonly call: CallFacts
  readonly agent: Agent
  readonly #options: SessionOptions
  readonly #log: Log
  readonly #openedAt: number
  readonly #acquiring = new AbortController()
  readonly #printed: PrintedLines
  #state: SessionState
  #timer: Timer | undefined
  #lease: Lease | undefined
  #stream: CarrierStream | undefined
  #started: Started | undefined
  /** What the carrier said before the bot took the call. */
  #early: Received[] = []
  #link: BotLink | undefined
  #taken = false
  #instancesLost = 0

  constructor(options: SessionOptions) {
    const { id, call, agent, clock } = options
    this.id = id
    this.call = call
    this.agent = agent
    this.#options = options
    this.#log = options.log.child({ session: id, call: call.callId, agent: serviceHost(agent) })
    this.#printed = new PrintedLines((stream, line) => this.#log.info({ stream, bot: true }, line))
    this.#openedAt = clock.monotonic()
    this.#state = initialSessionState(this.#openedAt)
    this.#setTimer()
    this.#acquire()
  }

  get state(): SessionState {
    return this.#state
  }

  /** The carrier opened its socket. At most one at a time. */
  connect(stream: CarrierStream): void {
    this.#stream = stream
    this.#dispatch({ type: 'stream-connected' })
  }

  /** The carrier's first message. */
  start(start: StartMessage, raw: string): void {
    const { encoding, sampleRate: sampleRateHz } = start.start.mediaFormat
    const format: AudioFormat = { encoding, sampleRateHz }
    const playout = new Playout({
      format,
      streamId: start.start.streamId,
      clock: this.#options.clock,
      send: (text) => this.#stream?.send(text),
      report: (report) => this.#link?.report({ type: 'utterance', report }),
      onOverflow: (droppedMs) =>
        this.#log.warn({ droppedMs }, 'the bot is more than 5 minutes ahead of its caller; audio dropped'),
    })
    this.#started = { start, raw, playout }
    this.#dispatch({ type: 'stream-started' })
  }

  /** A later message; `message` is undefined when it could not be understood. */
  receive(raw: string, message: CarrierMessage | undefined): void {
    if (message?.event === 'playedStream' && this.#started?.playout.acknowledge(message.name)) return
    if (!this.#taken) this.#early.push({ raw, message })
    this.#link?.send(raw, toBotEvents(raw, message))
    if (message?.event === 'stop')
      this.#dispatch({ type: 'stream-closed', clean: true, detail: 'the carrier said stop' })
  }

  /** The carrier's socket is closed. */
  disconnect({ clean, detail }: { clean: boolean; detail: string }): void {
    this.#stream = undefined
    this.#dispatch({ type: 'stream-closed', clean, detail })
  }

  /** The carrier says that the call is over. */
  hangUp(detail: string): void {
    this.#dispatch({ type: 'call-ended', detail })
  }

  /** The node stops now. */
  stop(): void {
    this.#dispatch({ type: 'node-stopped' })
  }

  #acquire(): void {
    this.agent.pool
      .acquire(this.#acquiring.signal, () => this.#onInstanceLost())
      .then(
        (lease) => {
          if (this.#state.name === 'ended' || this.#state.name === 'leaving') {
            lease.release()
            return
          }
          this.#lease = lease
          this.#dispatch({ type: 'instance-ready' })
        },
        (error: unknown) => this.#dispatch({ type: 'instance-failed', why: messageOf(error) }),
      )
  }

  #dispatch(event: SessionEvent): void {
    const before = this.#state
    const state = nextSessionState(before, event, this.#options.clock.monotonic())
    this.#state = state
    if (state.name === before.name) return
    this.#log.debug({ from: before.name, to: state.name, event: event.type }, 'session state')
    this.#setTimer()
    if (state.name === 'talking') this.#talk()
    if (state.name === 'leaving') this.#leave(state.ending)
    if (state.name === 'ended') this.#end(state.ending)
  }

  #setTimer(): void {
    this.#timer?.cancel()
    const { ringingMs, waitingMs, leavingMs } = this.#options.limits
    const limits: Partial<Record<SessionState['name'], number>> = {
      ringing: ringingMs,
      waiting: waitingMs,
      leaving: leavingMs,
    }
    const limitMs = limits[this.#state.name]
    this.#timer =
      limitMs === undefined
        ? undefined
        : this.#options.clock.after(limitMs, () => this.#dispatch({ type: 'timed-out' }))
  }

  #talk(): void {
    if (!this.#started || !this.#lease) throw new Error('a session talks only with a stream and an instance')
    const { start, raw } = this.#started
    const { encoding, sampleRate: sampleRateHz } = start.start.mediaFormat
    this.#log.info({ instance: this.#lease.instanceId, ...this.call }, 'call started')
    this.#link = this.#lease.startCall(
      {
        ...this.call,
        sessionId: this.id,
        headers: parseExtraHeaders(start.extra_headers),
        format: { encoding, sampleRateHz },
        raw,
      },
      {
        onStarted: () => {
          this.#taken = true
          this.#early = []
        },
        onCommand: (command) => this.#obey(command),
        onPrint: (stream, text) => this.#printed.add(stream, text),
        onOver: (over) => this.#onBotOver(over),
      },
    )
    for (const early of this.#early) this.#link.send(early.raw, toBotEvents(early.raw, early.message))
  }

  #onBotOver(over: LinkOver): void {
    // A bot may still fail while it tidies up after the call; its author wants to know.
    if (this.#state.name === 'ended' && over.type === 'threw') {
      this.#log.error({ detail: over.stack ?? over.message }, 'the bot threw after the end of the call')
    }
    if (over.type === 'lost' && !this.#taken && ++this.#instancesLost < maxInstancesLost) this.#onInstanceLost()
    else this.#dispatch({ type: 'bot-over', over })
  }

  /** The instance died before its bot took the call, and has not heard a word of it: another one may have the call. */
  #onInstanceLost(): void {
    this.#link?.close('node')
    this.#link = undefined
    this.#lease = undefined
    this.#dispatch({ type: 'instance-lost' })
    if (this.#state.name !== 'ended') this.#acquire()
  }

  #obey(command: BotCommand): void {
    const playout = this.#started?.playout
    if (!playout || (this.#state.name !== 'talking' && this.#state.name !== 'leaving')) return
    switch (command.type) {
      case 'write':
        return playout.write(command.audio)
      case 'play':
        return playout.play(command.utterance, command.audio)
      case 'play-end':
        return playout.playEnd(command.utterance)
      case 'stop':
        return playout.stop(command.utterance)
      case 'clear':
        return playout.clear()
      case 'checkpoint':
        return playout.checkpoint(command.name)
      case 'send-digits':
        return this.#stream?.send(encodeBotMessage({ event: 'sendDTMF', dtmf: command.digits }))
      case 'message':
        return this.#stream?.send(command.raw)
      case 'hang-up':
        return this.#dispatch({ type: 'bot-hung-up' })
    }
  }

  /** The bot is done. What it wanted heard is heard before the stream closes, unless it hung up or broke down. */
  #leave(ending: Ending): void {
    const close = () => this.#stream?.close(...closeFor(ending))
    if (!this.#stream) this.#dispatch({ type: 'stream-closed', clean: true, detail: 'no stream' })
    else if (ending.reason === 'bot-returned' && this.#started) this.#started.playout.whenQuiet(close)
    else close()
  }

  #end(ending: Ending): void {
    this.#acquiring.abort(new Error('the session is over'))
    this.#started?.playout.end()
    this.#link?.close(endReasonFor(ending))
    this.#lease?.release()
    this.#stream?.close(...closeFor(ending))
    this.#printed.flush()
    this.#early = []
    const durationMs = Math.round(this.#options.clock.monotonic() - this.#openedAt)
    const bad = ending.reason.startsWith('bot-') && ending.reason !== 'bot-returned' && ending.reason !== 'bot-hung-up'
    this.#log[bad ? 'error' : 'info']({ ...ending, durationMs }, 'call ended')
    this.#options.onEnded(this)
  }
}

function closeFor({ reason }: Ending): [number, string] {
  switch (reason) {
    case 'bot-threw':
    case 'bot-lost':
    case 'bot-not-ready':
      return [closeCodes.botFailed, reason]
    case 'node-stopped':
      return [closeCodes.goingAway, reason]
    default:
      return [closeCodes.normal, reason]
  }
}

function endReasonFor({ reason }: Ending): EndReason {
  if (reason === 'node-stopped') return 'node'
  return reason.startsWith('bot-') ? 'bot' : 'caller'
}
