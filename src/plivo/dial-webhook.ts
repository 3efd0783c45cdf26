import { failed, parsed, type Parsed } from '../lib/parsed.ts'
import { formNumber, formText, parseCallUuid } from './form-fields.ts'

/** What the `action` of `<Dial>` is told (Plivo reference 6.6). */
export interface DialResult {
  /** The caller's call. */
  readonly callUuid: string
  /** `unknown` is what this version does not know; `dialStatus` has it. */
  readonly status: (typeof dialStatuses)[number] | 'unknown'
  /** `DialStatus` on the wire. */
  readonly dialStatus: string
  /** Whether it rang anywhere. */
  readonly rang: boolean | undefined
  /** Raw telephony cause such as `USER_BUSY`. */
  readonly hangupCause: string | undefined
  readonly aLegUuid: string | undefined
  /** Of who answered; undefined: nobody did. */
  readonly bLegUuid: string | undefined
}

/** What the `callbackUrl` of `<Dial>` is told while it runs, of one far leg. */
export interface DialEvent {
  /** `connected`: both hear each other. `unknown` is what this version does not know. */
  readonly action: (typeof dialActions)[number] | 'unknown'
  /** The caller's call. */
  readonly callUuid: string
  readonly aLegUuid: string | undefined
  readonly bLegUuid: string | undefined
  readonly bLegFrom: string | undefined
  readonly bLegTo: string | undefined
  /** `DialBLegStatus` on the wire. */
  readonly bLegStatus: string | undefined
  /** Seconds, once it has ended. */
  readonly bLegDurationSeconds: number | undefined
  /** Plivo's own code such as 9000 for a leg that somebody else was faster than (Plivo reference 6.6, 8). */
  readonly bLegHangupCauseCode: number | undefined
  readonly bLegHangupCauseName: string | undefined
  /** `Callee` also where Plivo writes `Call recipient`. */
  readonly bLegHangupSource: string | undefined
  /** The pattern that was pressed, of `digits`. */
  readonly digits: string | undefined
  readonly pressedBy: 'aleg' | 'bleg' | undefined
}

const dialStatuses = ['completed', 'busy', 'failed', 'cancel', 'timeout', 'no-answer'] as const
const dialActions = ['answer', 'connected', 'hangup', 'digits'] as const

/** Failures name `CallUUID`, by the rules of `parseCallWebhook`, or a missing `DialStatus`. */
export const parseDialResult = (params: URLSearchParams): Parsed<DialResult> => {
  const callUuid = parseCallUuid(params)
  if (!callUuid.ok) return callUuid
  const dialStatus = formText(params, 'DialStatus')
  if (dialStatus === undefined) return failed('DialStatus', 'is missing')
  const rang = formText(params, 'DialRingStatus')
  return parsed({
    callUuid: callUuid.value,
    status: dialStatuses.find((status) => status === dialStatus) ?? 'unknown',
    dialStatus,
    rang: rang === 'true' ? true : rang === 'false' ? false : undefined,
    hangupCause: formText(params, 'DialHangupCause'),
    aLegUuid: formText(params, 'DialALegUUID'),
    bLegUuid: formText(params, 'DialBLegUUID'),
  })
}

/**
 * Failures name `CallUUID`, by the rules of `parseCallWebhook`, or a missing `DialAction`; in its place `Event` may say
 * it, as `DialAnswer` and so on.
 */
export const parseDialEvent = (params: URLSearchParams): Parsed<DialEvent> => {
  const callUuid = parseCallUuid(params)
  if (!callUuid.ok) return callUuid
  const event = /^Dial([A-Za-z]+)$/.exec(formText(params, 'Event') ?? '')?.[1]
  const action = formText(params, 'DialAction') ?? event?.toLowerCase()
  if (action === undefined) return failed('DialAction', 'is missing')
  const source = formText(params, 'DialBLegHangupSource')
  const pressedBy = formText(params, 'DialDigitsPressedBy')?.toLowerCase()
  return parsed({
    action: dialActions.find((known) => known === action) ?? 'unknown',
    callUuid: callUuid.value,
    aLegUuid: formText(params, 'DialALegUUID'),
    bLegUuid: formText(params, 'DialBLegUUID'),
    bLegFrom: formText(params, 'DialBLegFrom'),
    bLegTo: formText(params, 'DialBLegTo'),
    bLegStatus: formText(params, 'DialBLegStatus'),
    bLegDurationSeconds: formNumber(params, 'DialBLegDuration'),
    bLegHangupCauseCode: formNumber(params, 'DialBLegHangupCauseCode'),
    bLegHangupCauseName: formText(params, 'DialBLegHangupCauseName'),
    bLegHangupSource: source === 'Call recipient' ? 'Callee' : source,
    digits: formText(params, 'DialDigitsMatch'),
    pressedBy: pressedBy === 'aleg' || pressedBy === 'bleg' ? pressedBy : undefined,
  })
}
