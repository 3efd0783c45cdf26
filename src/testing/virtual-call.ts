import type { AudioFormat } from '../audio/format.ts'
import { encodeWav } from '../audio/wav.ts'
import { sleep, type Clock } from '../lib/clock.ts'
import { type Log, silentLog } from '../lib/log.ts'
import { Pool } from '../runtime/pool.ts'
import type { Bot } from '../sdk/bot.ts'
import type { Agent } from '../sessions/agent.ts'
import { CallRegistry, type CarrierCall } from '../sessions/call-registry.ts'
import type { CallFacts } from '../sessions/session.ts'
import { callerHungUp, type HangupCause, hangupElement } from '../simulator/hangup-causes.ts'
import { Line } from '../simulator/line.ts'
import { Timeline } from '../simulator/timeline.ts'
import { type CallResult, describeEnding } from './call-end.ts'
import type { CallParty } from './call-party.ts'
import { MemoryInstance } from './memory-instance.ts'
import { MemoryStream } from './memory-stream.ts'
import type { VirtualTime } from './virtual-time.ts'

interface VirtualCallOptions {
  readonly bot: Bot
  readonly folder: string
  readonly time: VirtualTime
  readonly facts: Omit<CallFacts, 'callId'> & { readonly from: string; readonly to: string }
  readonly audio: AudioFormat
  readonly maxDurationMs: number
}

/** The same in every call, so that its timeline is. */
const callId = '00000000-0000-4000-8000-000000000001'
/** As on a node (`server.ts`). */
const limits = { ringingMs: 60_000, waitingMs: 30_000, leavingMs: 60_000 }
/** A bot may take so long to end after its call, in virtual time; as on a node. */
const lingerMs = 10_000
/** And so long in real time, where it waits for something real. */
const realLingerMs = 1000

/**
 * Caller, Plivo, session and bot in one process and one virtual time. The session, its pool, the playout, the stream and
 * the line are the real ones; only what lies between them is memory.
 */
export class VirtualCall implements CallParty {
  readonly clock: Clock
  readonly timeline: Timeline
  readonly line: Line
  readonly folder: string
  readonly ended: Promise<CallResult>
  result: CallResult | undefined
  readonly #options: VirtualCallOptions
  readonly #calls: CallRegistry
  readonly #pool: Pool
  readonly #call: CarrierCall
  readonly #settleEnd: (result: CallResult) => void
  #instance: MemoryInstance | undefined
  #stream: MemoryStream | undefined
  #next: 'hang-up' | 'apologise' | undefined
  #over = false

  /** Dials; the bot has the call once the event loop has settled. */
  constructor(options: VirtualCallOptions) {
    const { time, folder, facts, maxDurationMs } = options
    const { clock } = time
    this.#options = options
    this.clock = clock
    this.folder = folder
    this.timeline = new Timeline(clock)
    this.line = new Line({ clock, timeline: this.timeline, maxKeptMs: maxDurationMs })
    const { promise, resolve } = Promise.withResolvers<CallResult>()
    this.ended = promise
    this.#settleEnd = resolve
    const log = warningsTo(this.timeline)
    this.#calls = new CallRegistry({ maxCalls: 1, limits, clock, log })
    this.#pool = this.#createPool(log)
    this.timeline.add({ type: 'dialled', from: facts.from, to: facts.to, answerUrl: 'memory:' })
    this.#call = this.#openCall()
    this.timeline.add({ type: 'answered' })
    this.line.start()
    this.#connect()
    clock.after(maxDurationMs, () => this.hangUp())
  }

  pass<T>(awaited: Promise<T>): Promise<T> {
    return this.#options.time.pass(awaited)
  }

  hangUp(): void {
    if (this.#over) return
    this.#end(callerHungUp)
    this.#stream?.stop()
  }

  async close(): Promise<void> {
    this.hangUp()
    await this.pass(this.ended)
    const finished = this.#instance?.finished ?? Promise.resolve()
    const patience = AbortSignal.timeout(realLingerMs)
    await this.pass(Promise.race([finished, sleep(this.clock, lingerMs, patience)]))
    await this.#calls[Symbol.asyncDispose]()
    await this.pass(this.#pool[Symbol.asyncDispose]())
    this.#options.time[Symbol.dispose]()
  }

  #createPool(log: Log): Pool {
    const { bot, folder } = this.#options
    return new Pool({
      startInstance: (listener) => {
        this.#instance = new MemoryInstance({ bot, folder, clock: this.clock }, listener)
        return Promise.resolve(this.#instance)
      },
      sessionsPerInstance: 1,
      warmInstances: 0,
      maxInstances: 1,
      maxStarting: 1,
      cooldownMs: 0,
      clock: this.clock,
      log,
    })
  }

  /** As the answer webhook does. */
  #openCall(): CarrierCall {
    const { facts, audio } = this.#options
    const agent: Agent = { organization: 'test', name: 'bot', webSocketAuth: 'token', audio, pool: this.#pool }
    const opened = this.#calls.open({ facts: { ...facts, callId }, agent, verified: true })
    if (opened.type !== 'open') throw new Error('a registry of its own has room for the call')
    return opened.call
  }

  #connect(): void {
    const { line, timeline, clock } = this
    const call = this.#call
    this.#stream = new MemoryStream({
      callId: call.facts.callId,
      format: call.audio,
      clock,
      line,
      timeline,
      session: call.session,
      onStarted: () => {
        call.streamsStarted++
        call.streamsOffered = 0
      },
      onClosed: () => this.#afterStream(),
    })
    line.stream = this.#stream
  }

  /** Plivo asks how the call goes on, or tells that the caller has hung up. */
  #afterStream(): void {
    const { callId } = this.#call.facts
    if (this.#over) {
      this.#calls.hangUp(callId, callerHungUp.name)
    } else {
      const { type } = this.#calls.next(callId, this.#call.offer)
      if (type === 'stream') {
        this.#connect()
        return
      }
      this.#next = type
      this.#end(hangupElement)
    }
    this.#finish()
  }

  #end(cause: HangupCause): void {
    this.#over = true
    this.timeline.add({ type: 'ended', ...cause })
    this.line.stop()
  }

  #finish(): void {
    const { state } = this.#call.session
    if (state.name !== 'ended') throw new Error(`the session is ${state.name} after the call`)
    const [heard, said] = [this.line.heard.slice(), this.line.said.slice()]
    this.result = {
      ...describeEnding(state.ending),
      durationMs: this.timeline.nowMs,
      heard,
      said,
      recording: () => encodeWav([said.samples, heard.samples], heard.sampleRateHz),
      timeline: this.timeline.events,
      ...(this.#next && { next: this.#next }),
    }
    this.#settleEnd(this.result)
  }
}

/** What a node would log as a warning, or print for the bot, shows in the timeline. */
function warningsTo(timeline: Timeline): Log {
  const log: Log = {
    ...silentLog,
    info: (fields, message) => {
      if (fields['bot'] === true) timeline.warn(`the bot printed: ${message}`)
    },
    warn: (_fields, message) => timeline.warn(message),
    child: () => log,
  }
  return log
}
