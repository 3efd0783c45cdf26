import type { Clock, Timer } from '../lib/clock.ts'
import type { Assumptions } from './assumptions.ts'
import type { CallContext } from './call-context.ts'
import { callResult, type CallResult } from './call-result.ts'
import { followScript, type CallerAction } from './caller-script.ts'
import type { Fallback } from './fetch-document.ts'
import { callerHungUp, cancelled, scheduledHangup, type HangupCause } from './hangup-causes.ts'
import { Line } from './line.ts'
import { describeOutcome, type HttpOutcome } from './retries.ts'
import { runDocuments } from './run-documents.ts'
import { Timeline, type RequestResult, type TimelineEntry, type TimelineEvent } from './timeline.ts'
import { hangupParameters, type CallFacts, type CallIdentity } from './webhook-parameters.ts'
import { WebhookSender, type HttpMethod, type Signer, type Webhook } from './webhook-sender.ts'

export interface CallOptions {
  readonly identity: CallIdentity
  readonly answer: { readonly url: string; readonly method: HttpMethod }
  readonly hangup: { readonly url: string; readonly method: HttpMethod }
  readonly fallback: Fallback | undefined
  readonly signer: Signer
  readonly script: readonly CallerAction[]
  readonly maxDurationMs: number
  readonly maxRecordedMs: number
  readonly recordingsFolder: string | undefined
  readonly clock: Clock
  readonly assumptions: Assumptions
  readonly onEvent: ((event: TimelineEvent) => void) | undefined
}

/** Plivo's hard stop (section 7.2). */
const longestCallMs = 86_400_000
/** How long the end of a call waits for callbacks that nobody answers. */
const callbackGraceMs = 5_000

/** One inbound call, from dialling to the hangup webhook (section 1.1). It starts when it is made. */
export class Call implements CallContext {
  readonly clock: Clock
  readonly assumptions: Assumptions
  readonly timeline: Timeline
  readonly webhooks: WebhookSender
  readonly line: Line
  readonly recordingsFolder: string | undefined
  /** Resolves when all is over: the hangup webhook sent, every socket closed and every timer cancelled. */
  readonly ended: Promise<CallResult>
  readonly #options: CallOptions
  readonly #over = new AbortController()
  /** Fires for requests that the end of the call no longer waits for. */
  readonly #abandoned = new AbortController()
  readonly #background = new Set<Promise<void>>()
  readonly #timers: Timer[] = []
  readonly #startedAt: number
  #answeredAt: number | undefined
  #endedAt: number | undefined
  #cause: HangupCause | undefined

  constructor(options: CallOptions) {
    const { clock, onEvent, identity, answer, signer } = options
    this.#options = options
    this.clock = clock
    this.assumptions = options.assumptions
    this.recordingsFolder = options.recordingsFolder
    this.#startedAt = clock.now()
    this.timeline = new Timeline(clock, onEvent)
    this.webhooks = new WebhookSender({ ...signer, clock, warn: (text) => this.timeline.warn(text) })
    this.line = new Line({ clock, timeline: this.timeline, maxKeptMs: options.maxRecordedMs })
    this.timeline.add({ type: 'dialled', from: identity.from, to: identity.to, answerUrl: answer.url })
    this.#endIn(options.maxDurationMs, () => this.hangUp())
    this.ended = this.#run()
  }

  get over(): AbortSignal {
    return this.#over.signal
  }

  get facts(): CallFacts {
    const times = { startedAt: this.#startedAt, answeredAt: this.#answeredAt, endedAt: this.#endedAt }
    return { ...this.#options.identity, ...times }
  }

  answer(): void {
    if (this.#answeredAt !== undefined) return
    this.#answeredAt = this.clock.now()
    this.timeline.add({ type: 'answered' })
    this.line.start()
    this.inBackground(followScript(this.#options.script, this))
  }

  /** The caller hangs up; nothing happens when the call is over. */
  hangUp(): void {
    this.#end(this.#answeredAt === undefined ? cancelled(this.assumptions.cancelledCallCode) : callerHungUp)
  }

  hangUpIn(delayMs: number): void {
    this.#endIn(delayMs, () => this.#end(scheduledHangup))
  }

  notify(webhook: Omit<Webhook, 'signal'>, entry: (result: RequestResult) => TimelineEntry): void {
    this.inBackground(this.#send(webhook, entry))
  }

  inBackground(work: Promise<void>): void {
    const tracked = work.finally(() => this.#background.delete(tracked))
    this.#background.add(tracked)
  }

  async #run(): Promise<CallResult> {
    const { answer, fallback } = this.#options
    const cause = await runDocuments({ purpose: 'answer', ...answer }, fallback, this)
    const hangup = this.#end(cause)
    await this.#sendHangup(hangup)
    await this.#settle()
    return callResult({ callUuid: this.facts.callUuid, hangup }, this.line, this.timeline.events)
  }

  /** The first cause counts, and is returned. */
  #end(cause: HangupCause): HangupCause {
    if (this.#cause) return this.#cause
    this.#cause = cause
    this.#endedAt = this.clock.now()
    this.timeline.add({ type: 'ended', ...cause })
    for (const timer of this.#timers) timer.cancel()
    this.line.stop()
    this.#over.abort()
    return cause
  }

  #endIn(delayMs: number, end: () => void): void {
    this.#timers.push(this.clock.after(Math.min(delayMs, longestCallMs), end))
  }

  async #sendHangup(cause: HangupCause): Promise<void> {
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
