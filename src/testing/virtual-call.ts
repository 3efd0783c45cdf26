import type { AudioFormat } from '../audio/format.ts'
import { sleep, type Clock } from '../lib/clock.ts'
import { type Log, silentLog } from '../lib/log.ts'
import type { Bot } from '../sdk/bot.ts'
import type { CarrierCall } from '../sessions/carrier/carrier-call.ts'
import type { Assumptions } from '../simulator/assumptions.ts'
import { CallEngine } from '../simulator/engine.ts'
import type { Faults } from '../simulator/faults.ts'
import type { HangupCause } from '../simulator/hangup-causes.ts'
import type { Line } from '../simulator/line.ts'
import { PhoneBook, type Phones } from '../simulator/phone-book.ts'
import type { SimulatedCall } from '../simulator/simulated-call.ts'
import { type CallResult, describeEnding, describeHangup } from './call-end.ts'
import { HeldCall } from './held-call.ts'
import type { CallParty } from './call-party.ts'
import { MemoryCarrier } from './memory-carrier.ts'
import { MemoryNode, type TestPolicy } from './memory-node.ts'
import type { VirtualTime } from './virtual-time.ts'

interface VirtualCallOptions {
  readonly bot: Bot
  readonly folder: string
  readonly time: VirtualTime
  readonly from: string
  readonly to: string
  /** Custom data for the bot. */
  readonly body: unknown
  readonly audio: AudioFormat
  readonly maxDurationMs: number
  readonly phones: Phones | undefined
  readonly assumptions: Partial<Assumptions> | undefined
  readonly faults: Faults | undefined
  /** The node has credentials. */
  readonly api: boolean
  readonly policy: TestPolicy | undefined
}

/** A bot may take so long to end after its call, in virtual time; as on a node (`server.ts`). */
const lingerMs = 10_000
/** And so long in real time, where it waits for something real. */
const realLingerMs = 1000

/**
 * A call by the simulated Plivo to a bot in this process, in virtual time: Plivo, gateway, session and bot are the real
 * ones; only what lies between them is memory.
 */
export class VirtualCall implements CallParty {
  readonly clock: Clock
  readonly folder: string
  readonly timeline: CallParty['timeline']
  readonly line: Line
  readonly ended: Promise<CallResult>
  result: CallResult | undefined
  readonly #time: VirtualTime
  readonly #node: MemoryNode
  readonly #engine: CallEngine
  readonly #call: SimulatedCall

  /** Dials; the bot has the call once the event loop has settled. */
  constructor(options: VirtualCallOptions) {
    const { bot, folder, time, from, to, body, audio, maxDurationMs, phones, assumptions, faults } = options
    const { clock } = time
    this.#time = time
    this.clock = clock
    this.folder = folder
    const log = warningsTo((text) => this.#call.warn(text))
    const carrier = options.api ? new MemoryCarrier(() => this.#engine) : undefined
    this.#node = new MemoryNode({ bot, folder, audio, carrier, policy: options.policy, clock, log })
    this.#engine = new CallEngine({
      authId: 'MAEXAMPLE00000000000',
      authTokens: [this.#node.authToken],
      phones: new PhoneBook(phones),
      network: this.#node,
      createUuid: countedUuids(),
      clock,
      // A speech engine would take real time.
      assumptions: { speech: 'tones', ...assumptions },
      ...(faults && { faults }),
    })
    const answerUrl = this.#node.answerUrl(body)
    const call = this.#engine.receive({ answerUrl, from, to, maxDurationMs, maxRecordedMs: maxDurationMs })
    this.#call = call
    this.line = call.line
    this.timeline = {
      events: call.timeline,
      get nowMs() {
        return call.nowMs
      },
    }
    this.ended = this.#finish()
  }

  leg(callUuid: string): CallParty | undefined {
    const leg = this.#call.legs.find((one) => one.callUuid === callUuid)
    return leg && new HeldCall(leg, this)
  }

  crashBot(): boolean {
    return this.#node.crashBot()
  }

  hangUp(): void {
    this.#call.hangUp()
  }

  pass<T>(awaited: Promise<T>): Promise<T> {
    return this.#time.pass(awaited)
  }

  async close(): Promise<void> {
    this.hangUp()
    await this.pass(this.ended)
    const patience = AbortSignal.timeout(realLingerMs)
    await this.pass(Promise.race([this.#node.finished, sleep(this.clock, lingerMs, patience)]))
    await this.pass(this.#engine[Symbol.asyncDispose]())
    await this.pass(this.#node[Symbol.asyncDispose]())
    this.#time[Symbol.dispose]()
  }

  async #finish(): Promise<CallResult> {
    const { hangup, durationMs, heard, said, recording } = await this.#call.ended
    const { calls } = this.#node
    // A session may wait a moment for news of a recording.
    await calls.drain()
    const { callUuid, timeline } = this.#call
    const call = calls.find(callUuid)
    const next = nextOf(call)
    this.result = {
      ...this.#describe(call, hangup),
      durationMs,
      heard,
      said,
      recording,
      timeline,
      ...(next && { next }),
    }
    return this.result
  }

  /** The session knows why; Plivo knows what happened without it. */
  #describe(call: CarrierCall | undefined, hangup: HangupCause): Pick<CallResult, 'by' | 'reason'> {
    const state = call?.session.state
    if (!call || state?.name !== 'ended') return describeHangup(hangup, this.#call.timeline)
    const byCaller = hangup.source === 'Caller'
    const sessionSaysCaller = state.ending.reason === 'caller-hung-up'
    if (sessionSaysCaller && !byCaller) return describeHangup(hangup, this.#call.timeline)
    // The bot was done while its caller was with somebody else.
    if (byCaller && call.step.type === 'detour') return describeEnding({ reason: 'caller-hung-up' })
    return describeEnding(state.ending)
  }
}

/** What Plivo was told when it asked for the last time; nothing, when the call ended before that. */
function nextOf(call: CarrierCall | undefined): CallResult['next'] {
  const type = call?.step.type
  return type === 'stream' || type === 'detour' ? undefined : type
}

/** The same in every call, so that its timeline is. */
function countedUuids(): () => string {
  let count = 0
  return () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`
}

/** What a node would log as a warning, or print for the bot, shows in the timeline. */
function warningsTo(warn: (text: string) => void): Log {
  const log: Log = {
    ...silentLog,
    info: (fields, message) => {
      if (fields['bot'] === true) warn(`the bot printed: ${message}`)
    },
    warn: (fields, message) => {
      const why = fields['message'] ?? fields['why']
      warn(typeof why === 'string' ? `${message}: ${why}` : message)
    },
    child: () => log,
  }
  return log
}
