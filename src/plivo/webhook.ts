import { parsed, type Parsed } from '../lib/parsed.ts'
import { formNumber, formText, parseCallUuid } from './form-fields.ts'

interface CallNotice {
  readonly callUuid: string
  /** As sent: digits with or without `+`, or a SIP URI. */
  readonly from: string | undefined
  readonly to: string | undefined
  readonly direction: 'inbound' | 'outbound' | undefined
  /** `ringing`, `in-progress`, `completed`, `busy`, `failed`, `timeout`, `no-answer`, or what Plivo adds. */
  readonly callStatus: string | undefined
  /** `Event` on the wire. */
  readonly event: string | undefined
  /** Everything that was sent, as it was sent. */
  readonly parameters: URLSearchParams
}

/** The leg has ended. It may come to any URL of the call, and more than once. */
export interface HangupWebhook extends CallNotice {
  readonly kind: 'hangup'
  /** Raw telephony cause such as `NORMAL_CLEARING`. */
  readonly hangupCause: string | undefined
  /** Plivo's own code such as 4000 (Plivo reference 8). */
  readonly hangupCauseCode: number | undefined
  readonly hangupCauseName: string | undefined
  /** `Callee` also where Plivo writes `Call recipient`. */
  readonly hangupSource: string | undefined
  /** Seconds since the answer. */
  readonly durationSeconds: number | undefined
}

/** `answer` and `redirect` want XML; `ring` and `machine` only a 200; `other` is anything this version does not know. */
export interface ProgressWebhook extends CallNotice {
  readonly kind: 'answer' | 'ring' | 'machine' | 'redirect' | 'other'
}

export type CallWebhook = HangupWebhook | ProgressWebhook

/**
 * Reads the parameters of a call webhook, of its body or its query (Plivo reference 2.2). Only `CallUUID` can fail:
 * it must be there, once, with at most 200 letters, digits and `-`. What else is missing or unreadable is undefined.
 */
export const parseCallWebhook = (params: URLSearchParams): Parsed<CallWebhook> => {
  const callUuid = parseCallUuid(params)
  if (!callUuid.ok) return callUuid
  const direction = params.get('Direction')
  const notice: CallNotice = {
    callUuid: callUuid.value,
    from: formText(params, 'From'),
    to: formText(params, 'To'),
    direction: direction === 'inbound' || direction === 'outbound' ? direction : undefined,
    callStatus: formText(params, 'CallStatus'),
    event: formText(params, 'Event'),
    parameters: params,
  }
  const kind = kindOf(notice)
  return parsed(kind === 'hangup' ? { kind, ...notice, ...hangupDetails(params) } : { kind, ...notice })
}

const terminalStatuses: ReadonlySet<string | undefined> = new Set([
  'completed',
  'busy',
  'failed',
  'timeout',
  'no-answer',
])

const kindOf = ({ event, callStatus }: CallNotice): CallWebhook['kind'] => {
  // DialHangup and its like tell of the other leg, whatever status they carry.
  if (event?.startsWith('Dial')) return 'other'
  // Plivo sends the hangup to the answer URL when there is no hangup URL: no event may turn it into a new call.
  if (event === 'Hangup' || terminalStatuses.has(callStatus)) return 'hangup'
  switch (event) {
    case undefined:
    case 'StartApp':
      return 'answer'
    case 'Ring':
      return 'ring'
    case 'MachineDetection':
      return 'machine'
    case 'Redirect':
      return 'redirect'
    default:
      return 'other'
  }
}

const hangupDetails = (params: URLSearchParams) => {
  const source = formText(params, 'HangupSource')
  return {
    hangupCause: formText(params, 'HangupCause'),
    hangupCauseCode: formNumber(params, 'HangupCauseCode'),
    hangupCauseName: formText(params, 'HangupCauseName'),
    hangupSource: source === 'Call recipient' ? 'Callee' : source,
    durationSeconds: formNumber(params, 'Duration'),
  }
}
