import { randomUUID } from 'node:crypto'
import { systemClock, type Clock } from '../lib/clock.ts'
import { resolveAssumptions, type Assumptions } from './assumptions.ts'
import { Call, type CallOptions, type CallPlan } from './call.ts'
import type { CallContext, DialledLeg, LegOptions } from './call-context.ts'
import { checkScript } from './caller-script.ts'
import type { EngineOptions, InboundOptions, OutboundOptions } from './engine-options.ts'
import { inboundPlan } from './inbound-plan.ts'
import { BridgedLeg } from './leg-plan.ts'
import type { DocumentAddress, LiveCall } from './live-call.ts'
import { LiveControls } from './live-controls.ts'
import { outboundPlan } from './outbound-plan.ts'
import { PhoneBook, plainNumber } from './phone-book.ts'
import { recordOf } from './record-of.ts'
import { checkTones } from './sent-tones.ts'
import { simulatedCall, type SimulatedCall } from './simulated-call.ts'
import { isWebUrl } from './url-settings.ts'
import type { CallIdentity } from './webhook-parameters.ts'
import type { HttpMethod } from './webhook-sender.ts'

const hourMs = 3_600_000

/** What one leg takes from whoever starts it; the engine adds the rest. */
interface LegSettings extends Partial<
  Pick<CallOptions, 'hangup' | 'maxDurationMs' | 'timeLimitMs' | 'maxRecordedMs' | 'faults' | 'onEvent'>
> {
  readonly identity: CallIdentity
  readonly plan: CallPlan
  readonly assumptions: Assumptions
}

/**
 * Plivo's telephone exchange: calls that come in and calls that are made, the legs that they dial, and what the REST API
 * does to them. Disposing of it hangs up every call and waits for the end of all.
 */
export class CallEngine implements AsyncDisposable {
  readonly #options: EngineOptions
  readonly #clock: Clock
  readonly #createUuid: () => string
  readonly #phones: PhoneBook
  readonly #live = new Map<string, { readonly call: Call; readonly controls: LiveControls }>()
  readonly #unfinished = new Set<Promise<unknown>>()
  /** What each call has dialled. */
  readonly #legs = new WeakMap<CallContext, SimulatedCall[]>()

  constructor(options: EngineOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#createUuid = options.createUuid ?? randomUUID
    this.#phones = options.phones ?? new PhoneBook()
  }

  /**
   * A caller dials in: asks the answer URL for XML and does what it says, as Plivo would (Plivo reference 1.1).
   * @throws TypeError when a URL is not http or https.
   * @throws RangeError when the caller is to press a key that does not exist.
   */
  receive(options: InboundOptions): SimulatedCall {
    const { answerUrl, hangupUrl, fallbackUrl, caller: script = [] } = options
    checkUrls({ answerUrl, hangupUrl, fallbackUrl })
    checkScript(script)
    const assumptions = this.#assume(options.assumptions)
    const answer = address(answerUrl, options.answerMethod)
    const call = this.#start({
      identity: {
        callUuid: options.callUuid ?? this.#createUuid(),
        from: options.from ?? '14155550100',
        to: options.to ?? '14155550199',
        authId: this.#options.authId,
        direction: 'inbound',
        callerName: options.callerName,
        sipHeaders: options.sipHeaders,
        parameters: options.parameters,
      },
      plan: inboundPlan(
        { answer, fallback: optionalAddress(fallbackUrl, options.fallbackMethod), script },
        assumptions,
      ),
      hangup: optionalAddress(hangupUrl, options.hangupMethod) ?? answer,
      ...settingsOf(options),
      assumptions,
    })
    return this.#held(call, options.signal)
  }

  /**
   * Makes a call as the REST API's Make Call does, to one destination (Plivo reference 1.2).
   * @throws TypeError when a URL is not http or https.
   * @throws RangeError when `sendDigits` has keys that do not exist.
   */
  place(options: OutboundOptions): SimulatedCall {
    const { answerUrl, hangupUrl, fallbackUrl, ringUrl, callUuid, sendDigits, machineDetection } = options
    checkUrls({ answerUrl, hangupUrl, fallbackUrl, ringUrl, machineDetectionUrl: machineDetection?.url })
    if (sendDigits !== undefined) checkTones(sendDigits)
    const phone = this.#phones.find(options.to)
    const call = this.#start({
      identity: {
        callUuid,
        requestUuid: callUuid,
        from: plainNumber(options.from),
        to: plainNumber(options.to),
        authId: this.#options.authId,
        direction: 'outbound',
        callerName: options.callerName,
        sipHeaders: options.sipHeaders,
        parameters: options.parameters,
        parentCallUuid: options.parentCallUuid,
      },
      plan: outboundPlan({
        answer: address(answerUrl, options.answerMethod),
        ring: optionalAddress(ringUrl, options.ringMethod),
        fallback: optionalAddress(fallbackUrl, options.fallbackMethod),
        phone,
        ringTimeoutMs: options.ringTimeoutMs ?? defaultRingTimeoutMs,
        hangupOnRingMs: options.hangupOnRingMs,
        sendDigits,
        machineDetection,
      }),
      hangup: optionalAddress(hangupUrl, options.hangupMethod),
      maxDurationMs: Number.POSITIVE_INFINITY,
      ...settingsOf(options),
      timeLimitMs: options.timeLimitMs ?? defaultTimeLimitMs,
      assumptions: this.#assume(options.assumptions),
    })
    return this.#held(call, options.signal)
  }

  /** A call that rings or is answered, and has not ended; dialled legs too. */
  live(callUuid: string): LiveCall | undefined {
    return this.#live.get(callUuid)?.controls
  }

  /** In the order in which they started. */
  liveCalls(): readonly LiveCall[] {
    return [...this.#live.values()].map(({ controls }) => controls)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { call } of this.#live.values()) call.hangUp()
    while (this.#unfinished.size > 0) await Promise.all(this.#unfinished)
  }

  #assume(changes: Partial<Assumptions> = {}): Assumptions {
    return resolveAssumptions({ ...this.#options.assumptions, ...changes })
  }

  #start({ identity, plan, assumptions, ...settings }: LegSettings): Call {
    const { authTokens, mainAuthToken, faults, onEvent, recordingsFolder, recordingUrl, onRecording } = this.#options
    const { callUuid } = identity
    const call = new Call({
      identity,
      plan,
      assumptions,
      hangup: settings.hangup,
      signer: { authTokens, mainAuthToken },
      maxDurationMs: settings.maxDurationMs ?? hourMs,
      timeLimitMs: settings.timeLimitMs ?? Number.POSITIVE_INFINITY,
      maxRecordedMs: settings.maxRecordedMs ?? hourMs / 2,
      recordings: { folder: recordingsFolder, urlOf: recordingUrl, onReady: onRecording },
      network: this.#options.network,
      clock: this.#clock,
      createUuid: this.#createUuid,
      faults: settings.faults ?? faults ?? {},
      openLeg: (from, options) => this.#openLeg(from, options),
      onEvent(event) {
        settings.onEvent?.(event)
        onEvent?.(callUuid, event)
      },
      onOver: (over, cause) => {
        this.#live.delete(callUuid)
        this.#options.onEnded?.(recordOf(over, cause))
      },
    })
    this.#live.set(callUuid, { call, controls: new LiveControls(call) })
    const finished = call.ended.finally(() => this.#unfinished.delete(finished))
    this.#unfinished.add(finished)
    return call
  }

  #held(call: Call, signal?: AbortSignal): SimulatedCall {
    const legs: SimulatedCall[] = []
    this.#legs.set(call, legs)
    return simulatedCall(call, { legs, signal })
  }

  #openLeg(from: CallContext, options: LegOptions): DialledLeg {
    const phone = this.#phones.find(options.to)
    const leg = new BridgedLeg(phone, options)
    const { from: callerId, to, callerName, sipHeaders } = options
    const { authId, callUuid: parentCallUuid } = from.facts
    const call = this.#start({
      identity: {
        callUuid: this.#createUuid(),
        from: callerId,
        to,
        authId,
        direction: 'outbound',
        callerName,
        sipHeaders,
        parentCallUuid,
      },
      plan: leg.plan,
      maxDurationMs: Number.POSITIVE_INFINITY,
      assumptions: from.assumptions,
    })
    this.#legs.get(from)?.push(this.#held(call))
    return leg.begin(call)
  }
}

const defaultRingTimeoutMs = 120_000
const defaultTimeLimitMs = 14_400_000

const settingsOf = ({ maxDurationMs, maxRecordedMs, faults, onEvent }: InboundOptions | OutboundOptions) => ({
  ...(maxDurationMs !== undefined && { maxDurationMs }),
  ...(maxRecordedMs !== undefined && { maxRecordedMs }),
  ...(faults && { faults }),
  ...(onEvent && { onEvent }),
})

const address = (url: string, method: HttpMethod = 'POST'): DocumentAddress => ({ url, method })

const optionalAddress = (url: string | undefined, method?: HttpMethod): DocumentAddress | undefined =>
  url === undefined ? undefined : address(url, method)

function checkUrls(urls: Readonly<Record<string, string | undefined>>): void {
  for (const [name, url] of Object.entries(urls)) {
    if (url !== undefined && !isWebUrl(url)) throw new TypeError(`${name} must be an http or https URL, got "${url}"`)
  }
}
