import { randomUUID } from 'node:crypto'
import { systemClock } from '../lib/clock.ts'
import { resolveAssumptions } from '../simulator/assumptions.ts'
import { Call, type CallOptions } from '../simulator/call.ts'
import { inboundPlan } from '../simulator/inbound-plan.ts'
import { BridgedLeg } from '../simulator/leg-plan.ts'
import type { Line } from '../simulator/line.ts'
import { PhoneBook } from '../simulator/phone-book.ts'
import type { Timeline, TimelineEvent } from '../simulator/timeline.ts'
import { type CallResult, describeHangup } from './call-end.ts'
import type { CallParty } from './call-party.ts'

export interface RealCallOptions {
  readonly answerUrl: string
  readonly method: 'GET' | 'POST'
  readonly hangupUrl: string | undefined
  readonly authTokens: readonly string[]
  readonly from: string
  readonly to: string
  readonly maxDurationMs: number
}

const authId = 'MAEXAMPLE00000000000'

/** A call by the simulator, over real sockets and in real time. */
export class RealCall implements CallParty {
  readonly clock = systemClock
  readonly folder = process.cwd()
  readonly ended: Promise<CallResult>
  /** Resolves when the first stream, or whatever the XML has in its place, is there; or the call is over. */
  readonly ready: Promise<void>
  result: CallResult | undefined
  readonly #call: Call
  readonly #options: RealCallOptions
  readonly #phones = new PhoneBook()

  constructor(options: RealCallOptions) {
    this.#options = options
    const { answerUrl, method, hangupUrl, from, to } = options
    const answer = { url: answerUrl, method }
    const ready = Promise.withResolvers<void>()
    this.#call = new Call({
      ...this.#settings(),
      identity: { callUuid: randomUUID(), from, to, authId, direction: 'inbound' },
      plan: inboundPlan({ answer, script: [] }, resolveAssumptions()),
      hangup: hangupUrl === undefined ? answer : { url: hangupUrl, method: 'POST' },
      onEvent: (event) => {
        if (isFirstSign(event)) ready.resolve()
      },
    })
    this.ended = this.#finish()
    this.ready = Promise.race([ready.promise, this.ended.then(() => undefined)])
  }

  get line(): Line {
    return this.#call.line
  }

  get timeline(): Timeline {
    return this.#call.timeline
  }

  hangUp(): void {
    this.#call.hangUp()
  }

  /** Time passes by itself. */
  pass<T>(awaited: Promise<T>): Promise<T> {
    return awaited
  }

  async close(): Promise<void> {
    this.hangUp()
    await this.ended
  }

  async #finish(): Promise<CallResult> {
    const { hangup, durationMs, heard, said, recording } = await this.#call.ended
    const timeline = this.#call.timeline.events
    this.result = { ...describeHangup(hangup, timeline), durationMs, heard, said, recording, timeline }
    return this.result
  }

  /** What every leg of the call has in common. */
  #settings(): Omit<CallOptions, 'identity' | 'plan' | 'hangup'> {
    const { authTokens, maxDurationMs } = this.#options
    return {
      signer: { authTokens, mainAuthToken: undefined },
      maxDurationMs,
      timeLimitMs: Number.POSITIVE_INFINITY,
      maxRecordedMs: maxDurationMs,
      recordings: { folder: undefined, urlOf: undefined, onReady: undefined },
      clock: this.clock,
      assumptions: resolveAssumptions(),
      faults: {},
      openLeg: (from, options) => this.#openLeg(from.facts.callUuid, options),
      onEvent: undefined,
      onOver: () => undefined,
    }
  }

  #openLeg(parentCallUuid: string, options: Parameters<CallOptions['openLeg']>[1]): ReturnType<CallOptions['openLeg']> {
    const { from, to, callerName, sipHeaders } = options
    const leg = new BridgedLeg(this.#phones.find(to), options)
    const identity = { from, to, authId, callerName, sipHeaders, parentCallUuid } as const
    const call = new Call({
      ...this.#settings(),
      identity: { ...identity, callUuid: randomUUID(), direction: 'outbound' },
      plan: leg.plan,
      hangup: undefined,
    })
    return leg.begin(call)
  }
}

/** What is said before that would be lost. */
function isFirstSign(event: TimelineEvent): boolean {
  if (event.type === 'element') return event.name !== 'Stream'
  return event.type === 'stream-started' || event.type === 'stream-refused'
}
