import { randomUUID } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import { systemClock } from '../lib/clock.ts'
import { type Assumptions, resolveAssumptions } from '../simulator/assumptions.ts'
import { Call, type CallOptions } from '../simulator/call.ts'
import { inboundPlan } from '../simulator/inbound-plan.ts'
import { BridgedLeg } from '../simulator/leg-plan.ts'
import type { Line } from '../simulator/line.ts'
import { PhoneBook } from '../simulator/phone-book.ts'
import type { Timeline } from '../simulator/timeline.ts'
import { type CallResult, describeHangup } from '../testing/call-end.ts'
import type { CallParty } from '../testing/call-party.ts'
import type { Scenario } from './scenario.ts'

const authId = 'MAEXAMPLE00000000000'

/** The call of a scenario, by the simulator, over real sockets and in real time. */
export class ScenarioCall implements CallParty {
  readonly clock = systemClock
  readonly folder: string
  readonly ended: Promise<CallResult>
  /** Resolves when the call is answered, or over without that. */
  readonly answered: Promise<void>
  result: CallResult | undefined
  readonly #call: Call
  readonly #scenario: Scenario
  readonly #assumptions: Assumptions
  readonly #phones = new PhoneBook()

  constructor(scenario: Scenario, answerUrl: string) {
    const { from = '14155550100', to = '14155550199', method = 'POST', hangupUrl } = scenario
    this.#scenario = scenario
    this.folder = dirname(resolve(scenario.file))
    this.#assumptions = resolveAssumptions(scenario.assumptions)
    const answer = { url: answerUrl, method }
    const answered = Promise.withResolvers<void>()
    this.#call = new Call({
      ...this.#settings(),
      identity: { callUuid: randomUUID(), from, to, authId, direction: 'inbound' },
      plan: inboundPlan({ answer, script: [] }, this.#assumptions),
      hangup: hangupUrl === undefined ? answer : { url: hangupUrl, method: 'POST' },
      onEvent({ type }) {
        if (type === 'answered') answered.resolve()
      },
    })
    this.ended = this.#finish()
    this.answered = Promise.race([answered.promise, this.ended.then(() => undefined)])
  }

  get callUuid(): string {
    return this.#call.facts.callUuid
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
    const { authToken, faults, maxDurationMs } = this.#scenario
    return {
      signer: { authTokens: authToken === undefined ? [] : [authToken], mainAuthToken: undefined },
      maxDurationMs,
      timeLimitMs: Number.POSITIVE_INFINITY,
      maxRecordedMs: maxDurationMs,
      recordings: { folder: undefined, urlOf: undefined, onReady: undefined },
      clock: this.clock,
      assumptions: this.#assumptions,
      faults,
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
