import type { Clock } from '../lib/clock.ts'
import type { Assumptions } from './assumptions.ts'
import type { RecordingRecord } from './call-record.ts'
import type { CallResult } from './call-result.ts'
import type { DocumentRequest } from './document-request.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { HangupCause } from './hangup-causes.ts'
import type { Line } from './line.ts'
import type { Network } from './network.ts'
import type { StreamFacts } from './stream-facts.ts'
import type { RequestResult, Timeline, TimelineEntry } from './timeline.ts'
import type { CallFacts } from './webhook-parameters.ts'
import type { Webhook, WebhookSender } from './webhook-sender.ts'

export interface StreamControl {
  readonly facts: StreamFacts
  /** Ends the stream, not the call. */
  stop(): void
}

export interface RecordingPlace {
  /** Where recordings go; without it nothing is written. */
  readonly folder: string | undefined
  /** Where a file can be fetched, when it can. */
  readonly urlOf: ((recordingId: string, format: 'wav') => string) | undefined
  readonly onReady: ((record: RecordingRecord) => void) | undefined
}

/** What `<Dial>` asks for, once for each Number and User. */
export interface LegOptions {
  readonly from: string
  readonly to: string
  readonly callerName?: string | undefined
  readonly ringTimeoutMs: number
  readonly sipHeaders: Readonly<Record<string, string>>
  readonly onRing: () => void
}

/** A leg that a call has dialled. */
export interface DialledLeg {
  readonly call: CallContext
  /** Why it ended; undefined while it lasts. */
  readonly cause: HangupCause | undefined
  /** Resolves when somebody answers, or when it is clear that nobody will: with false then. */
  readonly answered: Promise<boolean>
  /** Fires when it is over, or runs documents of its own. */
  readonly away: AbortSignal
  /** Whether it runs documents of its own. */
  readonly onItsOwn: boolean
  readonly ended: Promise<CallResult>
  /** It runs documents of its own from now on, as a transferred leg does. */
  sendTo(request: DocumentRequest): void
}

/** A call as the parts that run it see it. */
export interface CallContext {
  readonly clock: Clock
  readonly network: Network
  readonly assumptions: Assumptions
  readonly timeline: Timeline
  readonly facts: CallFacts
  readonly webhooks: WebhookSender
  readonly line: Line
  readonly faults: FaultPlan
  /** Fires when the call has ended, whoever ended it. */
  readonly over: AbortSignal
  /** Fires when what runs now is to stop: the call has ended, was transferred, or a prompt was interrupted. */
  readonly halted: AbortSignal
  readonly recordings: RecordingPlace
  /** All streams that were ever started. */
  readonly streams: StreamControl[]
  /** The leg that hears and is heard, while `<Dial>` has one. */
  bridged: DialledLeg | undefined
  /** The caller hears the call being answered. The first time counts. */
  answer(): void
  /** Sound before the answer (`<PreAnswer>`). */
  openEarly(): void
  /** Machine detection says so of the one who answered. */
  foundMachine(): void
  /** Plivo ends the call after a while (`schedule` of Hangup). */
  hangUpIn(delayMs: number): void
  end(cause: HangupCause): HangupCause
  /** Where a transfer sends the call, taken once. */
  takeTransfer(): DocumentRequest | undefined
  /** While it counts, a transfer waits, if that is assumed (C-19). */
  holdTransfers(): Disposable
  /** Dials somebody else. */
  openLeg(options: LegOptions): DialledLeg
  /** A request whose answer nobody waits for; the entry says what came of it. */
  notify(webhook: Omit<Webhook, 'signal'>, entry: (result: RequestResult) => TimelineEntry): void
  /** A new lower-case UUID, for what is part of the call. */
  createUuid(): string
  /** Work that goes on beside the document; the end of the call waits for it. */
  inBackground(work: Promise<void>): void
}

/** The same call, for something that stops earlier than the call's document. */
export const within = (call: CallContext, signal: AbortSignal): CallContext => ({
  clock: call.clock,
  network: call.network,
  assumptions: call.assumptions,
  timeline: call.timeline,
  webhooks: call.webhooks,
  line: call.line,
  faults: call.faults,
  over: call.over,
  halted: AbortSignal.any([call.halted, signal]),
  recordings: call.recordings,
  streams: call.streams,
  get facts() {
    return call.facts
  },
  get bridged() {
    return call.bridged
  },
  set bridged(leg) {
    call.bridged = leg
  },
  answer: () => call.answer(),
  openEarly: () => call.openEarly(),
  foundMachine: () => call.foundMachine(),
  hangUpIn: (delayMs) => call.hangUpIn(delayMs),
  end: (cause) => call.end(cause),
  takeTransfer: () => call.takeTransfer(),
  holdTransfers: () => call.holdTransfers(),
  openLeg: (options) => call.openLeg(options),
  notify: (webhook, entry) => call.notify(webhook, entry),
  createUuid: () => call.createUuid(),
  inBackground: (work) => call.inBackground(work),
})
