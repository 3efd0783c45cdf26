import type { CallContext } from './call-context.ts'
import { audioTrackOf, type StreamSettings } from './stream-settings.ts'
import { streamContentType } from '../plivo/content-type.ts'
import { fixedSettings } from './url-settings.ts'
import type { WebhookParameters } from './webhook-sender.ts'

export type StatusEvent =
  | 'StartStream'
  | 'StopStream'
  | 'DroppedStream'
  | 'DegradedStream'
  | 'PlayedStream'
  | 'ClearedAudio'

/** The other vocabulary (C-8). */
const otherNames: ReadonlyMap<StatusEvent, { event: string; reason: string }> = new Map([
  ['StartStream', { event: 'started', reason: '' }],
  ['StopStream', { event: 'stopped', reason: 'completed' }],
  ['DroppedStream', { event: 'failed', reason: 'connection_failed' }],
])

/** Tells `statusCallbackUrl`, if there is one, what happens to a stream (section 3.1). */
export class StatusCallbacks {
  readonly #call: CallContext
  readonly #settings: StreamSettings
  readonly #streamId: string
  readonly #startedAt: number

  constructor(call: CallContext, settings: StreamSettings, streamId: string) {
    this.#call = call
    this.#settings = settings
    this.#streamId = streamId
    this.#startedAt = call.clock.monotonic()
  }

  /** `error` is empty when all is well; `name` is that of a checkpoint. */
  send(event: StatusEvent, error = '', name?: string): void {
    const { statusCallbackUrl: url, statusCallbackMethod: method } = this.#settings
    if (url === undefined) return
    const parameters = { ...this.#parameters(error), ...this.#named(event), ...(name !== undefined && { Name: name }) }
    const form = this.#call.assumptions.statusForm
    this.#call.notify({ method, url, parameters, form, settings: fixedSettings }, (result) => ({
      type: 'status-callback',
      event: parameters.Event,
      url,
      ...result,
    }))
  }

  #named(event: StatusEvent): { Event: string } & WebhookParameters {
    const other = otherNames.get(event)
    if (this.#call.assumptions.statusVocabulary === 'StartStream' || !other) return { Event: event }
    const seconds = Math.round((this.#call.clock.monotonic() - this.#startedAt) / 1000)
    return { Event: other.event, StatusReason: other.reason, Duration: String(seconds) }
  }

  #parameters(error: string): WebhookParameters {
    const { facts, clock } = this.#call
    const { url, format, bidirectional, tracks, timeoutMs, keepCallAlive, extraHeaders } = this.#settings
    return {
      CallUUID: facts.callUuid,
      StreamID: this.#streamId,
      From: facts.from,
      To: facts.to,
      Direction: facts.direction,
      ParentAuthID: facts.authId,
      Timestamp: new Date(clock.now()).toISOString(),
      ServiceURL: url,
      Error: error,
      bidirectional: String(bidirectional),
      audioTrack: audioTrackOf(tracks),
      streamTimeout: String(timeoutMs / 1000),
      contentType: streamContentType(format.encoding, format.sampleRateHz),
      extraHeaders: extraHeaders ?? '',
      keepCallAlive: String(keepCallAlive),
    }
  }
}
