import { randomUUID } from 'node:crypto'
import type { Clock, Timer } from '../lib/clock.ts'
import type { Assumptions } from './assumptions.ts'
import type { CallContext, DialledLeg, LegOptions, RecordingPlace, StreamControl } from './call-context.ts'
import { callResult, type CallResult } from './call-result.ts'
import { followScript, type CallerAction } from './caller-script.ts'
import type { DocumentRequest } from './document-request.ts'
import { FaultPlan } from './fault-plan.ts'
import type { Faults } from './faults.ts'
import { scheduledHangup, type HangupCause } from './hangup-causes.ts'
import { Line } from './line.ts'
import { internet, type Network } from './network.ts'
import type { DocumentAddress } from './live-call.ts'
import { describeOutcome, type HttpOutcome } from './retries.ts'
import { Timeline, type RequestResult, type TimelineEntry, type TimelineEvent } from './timeline.ts'
import { hangupParameters, type CallFacts, type CallIdentity } from './webhook-parameters.ts'
import { WebhookSender, type Signer, type Webhook } from './webhook-sender.ts'

/** How a call gets from its start to its end. */
export interface CallPlan {
  /** As the timeline shows it; empty when there is none. */
  readonly answerUrl: string
  /** What the one at the telephone does from the answer on. */
  readonly script: readonly CallerAction[]
  /** Resolves with what ends the call; soon, once it is over. */
  readonly run: (call: CallContext) => Promise<HangupCause>
  /** What it means that the one at the telephone hangs up. */
  readonly hungUp: (answered: boolean) => HangupCause
}

export interface CallOptions {
  readonly identity: CallIdentity
  readonly plan: CallPlan
  /** Where the hangup webhook goes, if there is one. */
  readonly hangup: DocumentAddress | undefined
  readonly signer: Signer
  /** The one at the telephone hangs up this long after dialling. */
  readonly maxDurationMs: number
  /** From the answer; Plivo hangs up. */
  readonly timeLimitMs: number
  readonly maxRecordedMs: number
  readonly recordings: RecordingPlace
  /** Default: real sockets. */
  readonly network?: Network | undefined
  readonly clock: Clock
  readonly assumptions: Assumptions
  readonly faults: Faults
  /** For what is part of the call; lower-case. Default: random ones. */
  readonly createUuid?: (() => string) | undefined
  readonly openLeg: (from: CallContext, options: LegOptions) => DialledLeg
  readonly onEvent: ((event: TimelineEvent) => void) | undefined
  /** Called once, at the moment at which the call ends. */
  readonly onOver: (call: Call, cause: HangupCause) => void
}

/** Plivo's hard stop (section 7.2). */
const longestCallMs = 86_400_000
/** How long the end of a call waits for callbacks that nobody answers. */
const callbackGraceMs = 5_000

/** One leg of a call, from dialling to the hangup webhook (section 1.1). It starts when it is made. */
export class Call implements CallContext {
  readonly clock: Clock
  readonly network: Network
  readonly assumptions: Assumptions
  readonly timeline: Timeline
  readonly webhooks: WebhookSender
  readonly line: Line
  readonly faults: FaultPlan
  readonly recordings: RecordingPlace
  readonly streams: StreamControl[] = []
  bridged: DialledLeg | undefined
  /** Resolves when all is over: the hangup webhook sent, every socket closed and every timer cancelled. */
  readonly ended: Promise<CallResult>
  readonly #options: CallOptions
  readonly #over = new AbortController()
  /** Fires for requests that the end of the call no longer waits for. */
  readonly #abandoned = new AbortController()
  readonly #background = new Set<Promise<void>>()
  readonly #timers: Timer[] = []
  readonly #legs: DialledLeg[] = []
  readonly #startedAt: number
  #document = new AbortController()
  #halted = AbortSignal.any([this.#over.signal, this.#document.signal])
  #transfer: DocumentRequest | undefined
  #transferHolds = 0
  #answeredAt: number | undefined
  #endedAt: number | undefined
  #machine = false
  #cause: HangupCause | undefined

  constructor(options: CallOptions) {
    const { clock, network = internet, onEvent, identity, plan, signer } = options
    this.#options = options
    this.clock = clock
    this.network = network
    this.assumptions = options.assumptions
    this.recordings = options.recordings
    this.#startedAt = clock.now()
    this.timeline = new Timeline(clock, onEvent)
    this.faults = new FaultPlan(options.faults, (fault, text) => this.timeline.add({ type: 'fault', fault, text }))
    const warn = (text: string) => this.timeline.warn(text)
    const { retryPauseMs } = options.assumptions
    this.webhooks = new WebhookSender({ ...signer, network, clock, warn, faults: this.faults, retryPauseMs })
    this.line = new Line({ clock, timeline: this.timeline, maxKeptMs: options.maxRecordedMs })
    this.timeline.add({ type: 'dialled', from: identity.from, to: identity.to, answerUrl: plan.answerUrl })
    this.#endIn(options.maxDurationMs, () => this.hangUp())
    this.ended = this.#run()
  }

  get over(): AbortSignal {
    return this.#over.signal
  }

  get halted(): AbortSignal {
    return this.#halted
  }

  get cause(): HangupCause | undefined {
    return this.#cause
  }

  get facts(): CallFacts {
    const times = { startedAt: this.#startedAt, answeredAt: this.#answeredAt, endedAt: this.#endedAt }
    return { ...this.#options.identity, ...times, machine: this.#machine }
  }

  answer(): void {
    if (this.#answeredAt !== undefined || this.#cause) return
    this.#answeredAt = this.clock.now()
    this.timeline.add({ type: 'answered' })
    this.line.start()
    this.#endIn(this.#options.timeLimitMs, () => this.end(scheduledHangup))
    this.inBackground(followScript(this.#options.plan.script, this))
  }

  openEarly(): void {
    if (this.#answeredAt !== undefined) return
    this.timeline.add({ type: 'early-media' })
    this.line.start()
  }

  foundMachine(): void {
    this.#machine = true
    this.timeline.add({ type: 'machine-detected' })
  }

  /** The one at the telephone hangs up; nothing happens when the call is over. */
  hangUp(): void {
    this.end(this.#options.plan.hungUp(this.#answeredAt !== undefined))
  }

  hangUpIn(delayMs: number): void {
    this.#endIn(delayMs, () => this.end(scheduledHangup))
  }

  transferTo(request: DocumentRequest): void {
    if (this.#cause) return
    const deferred = this.#transferHolds > 0 && this.assumptions.transferDuringStream === 'deferred'
    this.timeline.add({ type: 'transfer-requested', url: request.url, deferred })
    this.#transfer = request
    if (!deferred) this.#document.abort()
  }

  takeTransfer(): DocumentRequest | undefined {
    const request = this.#transfer
    if (!request) return undefined
    this.#transfer = undefined
    this.#document = new AbortController()
    this.#halted = AbortSignal.any([this.#over.signal, this.#document.signal])
    return request
  }

  holdTransfers(): Disposable {
    this.#transferHolds++
    return { [Symbol.dispose]: () => void this.#transferHolds-- }
  }

  openLeg(options: LegOptions): DialledLeg {
    const leg = this.#options.openLeg(this, options)
    this.#legs.push(leg)
    return leg
  }

  notify(webhook: Omit<Webhook, 'signal'>, entry: (result: RequestResult) => TimelineEntry): void {
    this.inBackground(this.#send(webhook, entry))
  }

  createUuid(): string {
    return this.#options.createUuid?.() ?? randomUUID()
  }

  inBackground(work: Promise<void>): void {
    const tracked = work.finally(() => this.#background.delete(tracked))
    this.#background.add(tracked)
  }

  /** The first cause counts, and is returned. */
  end(cause: HangupCause): HangupCause {
    if (this.#cause) return this.#cause
    this.#cause = cause
    this.#endedAt = this.clock.now()
    this.timeline.add({ type: 'ended', ...cause })
    for (const timer of this.#timers) timer.cancel()
    this.line.stop()
    this.#over.abort()
    this.#options.onOver(this, cause)
    return cause
  }

  async #run(): Promise<CallResult> {
    // A call is whole before anything of it runs.
    await Promise.resolve()
    const cause = await this.#options.plan.run(this)
    const hangup = this.end(cause)
    await this.#sendHangup(hangup)
    await this.#settle()
    const legs = await Promise.all(this.#legs.filter((leg) => !leg.onItsOwn).map(({ ended }) => ended))
    return callResult({ callUuid: this.facts.callUuid, hangup, legs }, this.line, this.timeline.events)
  }

  #endIn(delayMs: number, end: () => void): void {
    this.#timers.push(this.clock.after(Math.min(delayMs, longestCallMs), end))
  }

  async #sendHangup(cause: HangupCause): Promise<void> {
    if (!this.#options.hangup) return
    const { url, method } = this.#options.hangup
    const parameters = hangupParameters(this.facts, cause, this.assumptions)
    await this.#send({ url, method, parameters }, (result) => ({ type: 'hangup-webhook', url, ...result }))
  }

  async #send(webhook: Omit<Webhook, 'signal'>, entry: (result: RequestResult) => TimelineEntry): Promise<void> {
    const outcome = await this.webhooks.send({ ...webhook, signal: this.#abandoned.signal })
    this.timeline.add(entry(resultOf(outcome)))
  }

  async #settle(): Promise<void> {
    const grace = this.clock.after(callbackGraceMs, () => this.#abandoned.abort())
    while (this.#background.size > 0) await Promise.all(this.#background)
    grace.cancel()
  }
}

const resultOf = (outcome: HttpOutcome): RequestResult =>
  outcome.ok ? { status: outcome.status } : { error: describeOutcome(outcome) }
