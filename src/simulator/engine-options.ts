import type { Clock } from '../lib/clock.ts'
import type { Assumptions } from './assumptions.ts'
import type { CallRecord, RecordingRecord } from './call-record.ts'
import type { CallerAction } from './caller-script.ts'
import type { Faults } from './faults.ts'
import type { Network } from './network.ts'
import type { MachineDetection } from './outbound-plan.ts'
import type { PhoneBook } from './phone-book.ts'
import type { TimelineEvent } from './timeline.ts'
import type { HttpMethod, WebhookParameters } from './webhook-sender.ts'

export interface EngineOptions {
  readonly clock?: Clock
  /** @internal The way to the servers that calls ask. Default: real sockets. */
  readonly network?: Network
  /** @internal For calls, legs, streams and recordings; lower-case. Default: random ones. */
  readonly createUuid?: () => string
  readonly assumptions?: Partial<Assumptions>
  /** Main account's auth id, `MA…`. */
  readonly authId: string
  /** Requests are signed with each of them; with none, nothing is signed. */
  readonly authTokens: readonly string[]
  /** For `X-Plivo-Signature-Ma-V3`, when `authTokens` are those of a subaccount. */
  readonly mainAuthToken?: string
  /** Default: every number answers after a second, and stays silent. */
  readonly phones?: PhoneBook
  /** What goes wrong on purpose, in every call. */
  readonly faults?: Faults
  /** Where recordings are written, as WAV files. Without it none are. */
  readonly recordingsFolder?: string
  /** The URL that callbacks have. Default: a `file:` URL, or Plivo's form where nothing was written. */
  readonly recordingUrl?: (recordingId: string, format: 'wav') => string
  /** Gets every event of every call, dialled legs too, as it happens. */
  readonly onEvent?: (callUuid: string, event: TimelineEvent) => void
  /** Gets every leg at the moment at which it ends. */
  readonly onEnded?: (record: CallRecord) => void
  readonly onRecording?: (record: RecordingRecord) => void
}

/** What calls of both directions have. URLs are http or https; settings in their fragments are obeyed (Plivo reference 2.5). */
interface CallBasics {
  readonly answerUrl: string
  /** Default `POST`. */
  readonly answerMethod?: HttpMethod
  /** Default `POST`. */
  readonly hangupMethod?: HttpMethod
  /** Asked when the answer URL fails or gives no valid XML. */
  readonly fallbackUrl?: string
  /** Default `POST`. */
  readonly fallbackMethod?: HttpMethod
  /** By their names, without `X-PH-`. */
  readonly sipHeaders?: Readonly<Record<string, string>>
  readonly callerName?: string
  /** More parameters of the call's webhooks, or others in place of those here, such as `ForwardedFrom`. */
  readonly parameters?: WebhookParameters
  /** The one at the telephone hangs up this long after dialling. Default one hour; never, in a call that is placed. */
  readonly maxDurationMs?: number
  /** How much audio the result keeps, from the answer on. Default 30 minutes. */
  readonly maxRecordedMs?: number
  /** The one at the telephone hangs up when it fires. */
  readonly signal?: AbortSignal
  /** In addition to those of the engine. */
  readonly assumptions?: Partial<Assumptions>
  /** In place of those of the engine. */
  readonly faults?: Faults
  /** Gets every event of the timeline as it happens. */
  readonly onEvent?: (event: TimelineEvent) => void
}

export interface InboundOptions extends CallBasics {
  /** Default: the answer URL with its method, as with an application that has none. */
  readonly hangupUrl?: string
  /** As Plivo writes numbers: digits with country code and no `+`. Default 14155550100. */
  readonly from?: string
  /** Default 14155550199. */
  readonly to?: string
  /** A lower-case UUID. Default: a random one. */
  readonly callUuid?: string
  /** What the caller does, from the answer on. Default nothing: the caller is silent until hung up on. */
  readonly caller?: readonly CallerAction[]
}

/** A call that the REST API makes, to one destination. What answers there is what `phones` says. */
export interface OutboundOptions extends CallBasics {
  /** Equals the `request_uuid`. */
  readonly callUuid: string
  readonly from: string
  /** A number or a `sip:` URI. */
  readonly to: string
  readonly ringUrl?: string
  /** Default `POST`. */
  readonly ringMethod?: HttpMethod
  /** Without it nobody is told. */
  readonly hangupUrl?: string
  /** Keys for the far end, once it has answered; `w` is half a second of silence, `W` a whole one. */
  readonly sendDigits?: string
  /** Default 120 000. */
  readonly ringTimeoutMs?: number
  /** From the answer. Default four hours. */
  readonly timeLimitMs?: number
  /** Plivo hangs up this long after the first ring. */
  readonly hangupOnRingMs?: number
  readonly machineDetection?: MachineDetection
  readonly parentCallUuid?: string
}
