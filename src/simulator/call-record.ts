import type { HangupCause } from './hangup-causes.ts'
import type { StreamFacts } from './stream-facts.ts'

export type CallDirection = 'inbound' | 'outbound'

/** A call that is over, with all that a CDR needs (Plivo reference 7). Times are Unix epoch milliseconds. */
export interface CallRecord {
  readonly callUuid: string
  /** Of an outbound call: what Make Call returned. */
  readonly requestUuid: string | undefined
  /** Of a leg that `<Dial>` opened: the call that dialled. */
  readonly parentCallUuid: string | undefined
  readonly direction: CallDirection
  readonly from: string
  readonly to: string
  readonly callerName: string | undefined
  readonly startedAt: number
  readonly answeredAt: number | undefined
  readonly endedAt: number
  /** Whole seconds from the answer. */
  readonly durationSeconds: number
  /** Rounded up to what is billed. */
  readonly billedSeconds: number
  /** Decimal strings, dollars: for the whole call, and for a minute. */
  readonly totalAmount: string
  readonly totalRate: string
  readonly state: 'ANSWER' | 'BUSY' | 'FAILED' | 'NO_ANSWER'
  readonly hangup: HangupCause
  readonly streams: readonly StreamFacts[]
}

/** A recording that is ready (Plivo reference 7). Times are Unix epoch milliseconds. */
export interface RecordingRecord {
  readonly recordingId: string
  readonly callUuid: string
  readonly from: string
  readonly to: string
  /** What is in the file: always WAV. */
  readonly format: 'wav'
  /** What was asked for. */
  readonly requestedFormat: 'mp3' | 'wav'
  readonly channels: 'mono' | 'stereo'
  readonly startedAt: number
  readonly endedAt: number
  readonly durationMs: number
  /** As callbacks have it. */
  readonly url: string
  /** Undefined when there was no folder for it. */
  readonly file: string | undefined
}
