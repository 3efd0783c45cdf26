import type { Clock } from '../lib/clock.ts'
import type { Assumptions } from './assumptions.ts'
import type { Line } from './line.ts'
import type { RequestResult, Timeline, TimelineEntry } from './timeline.ts'
import type { CallFacts } from './webhook-parameters.ts'
import type { Webhook, WebhookSender } from './webhook-sender.ts'

/** A call as the parts that run it see it. */
export interface CallContext {
  readonly clock: Clock
  readonly assumptions: Assumptions
  readonly timeline: Timeline
  readonly facts: CallFacts
  readonly webhooks: WebhookSender
  readonly line: Line
  /** Fires when the call has ended, whoever ended it. */
  readonly over: AbortSignal
  /** Where recordings go; without it nothing is written. */
  readonly recordingsFolder: string | undefined
  /** The caller hears the call being answered. The first time counts. */
  answer(): void
  /** Plivo ends the call after a while (`schedule` of Hangup). */
  hangUpIn(delayMs: number): void
  /** A request whose answer nobody waits for; the entry says what came of it. */
  notify(webhook: Omit<Webhook, 'signal'>, entry: (result: RequestResult) => TimelineEntry): void
  /** Work that goes on beside the document; the end of the call waits for it. */
  inBackground(work: Promise<void>): void
}
