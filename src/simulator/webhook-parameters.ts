import type { Assumptions } from './assumptions.ts'
import type { CallDirection } from './call-record.ts'
import { unansweredStatus, type HangupCause } from './hangup-causes.ts'
import type { WebhookParameters } from './webhook-sender.ts'

export interface CallIdentity {
  readonly callUuid: string
  readonly from: string
  readonly to: string
  /** Main account's auth id, `MA…`. */
  readonly authId: string
  readonly direction: CallDirection
  /** Of an outbound call: what Make Call returned. */
  readonly requestUuid?: string | undefined
  /** Of a leg that `<Dial>` opened: the call that dialled. */
  readonly parentCallUuid?: string | undefined
  readonly callerName?: string | undefined
  /** By their names, without `X-PH-`. */
  readonly sipHeaders?: Readonly<Record<string, string>> | undefined
  /** More parameters of webhooks, by their names on the wire. */
  readonly parameters?: WebhookParameters | undefined
}

/** What is known of a call so far; times are Unix epoch milliseconds. */
export interface CallFacts extends CallIdentity {
  readonly startedAt: number
  readonly answeredAt?: number | undefined
  readonly endedAt?: number | undefined
  /** Machine detection has found one. */
  readonly machine?: boolean
}

/** Dollars a minute. */
export const billRate = 0.005

/** Parameters of a request for XML (section 2.2). */
export const documentParameters = (facts: CallFacts, event: 'StartApp' | 'Redirect'): WebhookParameters => ({
  ...commonParameters(facts),
  Event: event,
  CallStatus: facts.answeredAt === undefined ? 'ringing' : 'in-progress',
})

/** Parameters of `ring_url` (section 2.2). */
export const ringParameters = (facts: CallFacts): WebhookParameters => ({
  ...commonParameters(facts),
  Event: 'Ring',
  CallStatus: 'ringing',
})

/** Parameters of `machine_detection_url` (section 2.2). */
export const machineParameters = (facts: CallFacts, mode: 'continue' | 'hangup'): WebhookParameters => ({
  ...legParameters(facts),
  Event: 'MachineDetection',
  CallStatus: 'in-progress',
  Machine: 'true',
  IfMachine: mode,
})

/** Parameters of the hangup webhook (section 2.2). */
export function hangupParameters(facts: CallFacts, cause: HangupCause, assumptions: Assumptions): WebhookParameters {
  const { startedAt, answeredAt, endedAt = startedAt } = facts
  const localTime = (at: number) => dateTime(at + assumptions.accountUtcOffsetMinutes * 60_000).slice(0, 19)
  const { seconds, billedSeconds, totalAmount } = charges(facts, assumptions)
  return {
    ...commonParameters(facts),
    Event: 'Hangup',
    CallStatus: facts.direction === 'outbound' && answeredAt === undefined ? unansweredStatus(cause) : 'completed',
    HangupCause: cause.cause,
    HangupCauseCode: String(cause.code),
    HangupCauseName: cause.name,
    HangupSource: cause.source === 'Callee' ? assumptions.calleeSource : cause.source,
    Duration: String(seconds),
    BillDuration: String(billedSeconds),
    BillRate: String(billRate),
    TotalCost: totalAmount,
    StartTime: localTime(startedAt),
    ...(answeredAt === undefined ? {} : { AnswerTime: localTime(answeredAt) }),
    EndTime: localTime(endedAt),
  }
}

/** What a call lasted from its answer to its end, and what it costs. */
export function charges({ startedAt, answeredAt, endedAt = startedAt }: CallFacts, assumptions: Assumptions) {
  const seconds = answeredAt === undefined ? 0 : Math.round((endedAt - answeredAt) / 1000)
  const step = assumptions.billedStepSeconds
  const billedSeconds = Math.ceil(seconds / step) * step
  return { seconds, billedSeconds, totalAmount: ((billedSeconds / 60) * billRate).toFixed(5) }
}

const commonParameters = (facts: CallFacts): WebhookParameters => ({
  ...legParameters(facts),
  ...(facts.direction === 'inbound' && { CallerName: callerName(facts) }),
  ...(facts.machine && { Machine: 'true' }),
  ...sipHeaderParameters(facts),
  ParentAuthID: facts.authId,
  STIRAttestation: 'Not Applicable',
  STIRVerification: 'Not Applicable',
  SessionStart: dateTime(facts.startedAt),
  ...facts.parameters,
})

const legParameters = (facts: CallFacts): WebhookParameters => ({
  CallUUID: facts.callUuid,
  Direction: facts.direction,
  From: facts.from,
  To: facts.to,
  ...(facts.requestUuid !== undefined && {
    RequestUUID: facts.requestUuid,
    ALegUUID: facts.callUuid,
    ALegRequestUUID: facts.requestUuid,
  }),
})

/** Captured with the plus that From lacks, which also tries the server's form decoding. */
const callerName = (facts: CallFacts): string => facts.callerName ?? facts.from.replace(/^(?=\d)/, '+')

const sipHeaderParameters = ({ sipHeaders = {} }: CallFacts): WebhookParameters =>
  Object.fromEntries(Object.entries(sipHeaders).map(([name, value]) => [`X-PH-${name}`, value]))

/** `2026-01-15 10:29:58.123000`; clocks here know no microseconds. */
const dateTime = (at: number): string => `${new Date(at).toISOString().replace('T', ' ').slice(0, 23)}000`
