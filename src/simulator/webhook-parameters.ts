import type { Assumptions } from './assumptions.ts'
import type { HangupCause } from './hangup-causes.ts'
import type { WebhookParameters } from './webhook-sender.ts'

export interface CallIdentity {
  readonly callUuid: string
  readonly from: string
  readonly to: string
  /** Main account's auth id, `MA…`. */
  readonly authId: string
}

/** What is known of a call so far; times are Unix epoch milliseconds. */
export interface CallFacts extends CallIdentity {
  readonly startedAt: number
  readonly answeredAt?: number | undefined
  readonly endedAt?: number | undefined
}

/** Dollars a minute. */
const billRate = 0.005

/** Parameters of a request for XML (section 2.2). */
export const documentParameters = (facts: CallFacts, event: 'StartApp' | 'Redirect'): WebhookParameters => ({
  ...commonParameters(facts),
  Event: event,
  CallStatus: facts.answeredAt === undefined ? 'ringing' : 'in-progress',
})

/** Parameters of the hangup webhook (section 2.2). */
export function hangupParameters(facts: CallFacts, cause: HangupCause, assumptions: Assumptions): WebhookParameters {
  const { startedAt, answeredAt, endedAt = startedAt } = facts
  const localTime = (at: number) => dateTime(at + assumptions.accountUtcOffsetMinutes * 60_000).slice(0, 19)
  const seconds = answeredAt === undefined ? 0 : Math.round((endedAt - answeredAt) / 1000)
  const step = assumptions.billedStepSeconds
  const billedSeconds = Math.ceil(seconds / step) * step
  return {
    ...commonParameters(facts),
    Event: 'Hangup',
    CallStatus: 'completed',
    HangupCause: cause.cause,
    HangupCauseCode: String(cause.code),
    HangupCauseName: cause.name,
    HangupSource: cause.source,
    Duration: String(seconds),
    BillDuration: String(billedSeconds),
    BillRate: String(billRate),
    TotalCost: ((billedSeconds / 60) * billRate).toFixed(5),
    StartTime: localTime(startedAt),
    ...(answeredAt === undefined ? {} : { AnswerTime: localTime(answeredAt) }),
    EndTime: localTime(endedAt),
  }
}

const commonParameters = (facts: CallFacts): WebhookParameters => ({
  CallUUID: facts.callUuid,
  // Captured with the plus that From lacks, which also tries the server's form decoding.
  CallerName: facts.from.replace(/^(?=\d)/, '+'),
  Direction: 'inbound',
  From: facts.from,
  ParentAuthID: facts.authId,
  STIRAttestation: 'Not Applicable',
  STIRVerification: 'Not Applicable',
  SessionStart: dateTime(facts.startedAt),
  To: facts.to,
})

/** `2026-01-15 10:29:58.123000`; clocks here know no microseconds. */
const dateTime = (at: number): string => `${new Date(at).toISOString().replace('T', ' ').slice(0, 23)}000`
