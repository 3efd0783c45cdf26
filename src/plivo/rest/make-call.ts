import { callee, shortText, tones, webUrl, wholeNumber } from '../answer-values.ts'
import { encodeSipHeaders } from '../sip-headers.ts'
import type { ReplyFields } from './reply-fields.ts'
import { filled, identifier, type HttpMethod } from './request-values.ts'
import type { RestFields } from './rest-connection.ts'

/** Methods are POST unless set (Plivo reference 7.3). */
export interface MakeCallOptions {
  /** What the far end sees: a number of the account. */
  readonly from: string
  /** Numbers with country code, or `sip:` URIs; each is a call of its own, at most 1000. */
  readonly to: string | readonly string[]
  /** Asked for XML when the far end has answered. */
  readonly answerUrl: string
  readonly answerMethod?: HttpMethod | undefined
  /** Told when it rings there. */
  readonly ringUrl?: string | undefined
  readonly ringMethod?: HttpMethod | undefined
  /** Told when the call is over. */
  readonly hangupUrl?: string | undefined
  readonly hangupMethod?: HttpMethod | undefined
  /** Asked when `answerUrl` fails. */
  readonly fallbackUrl?: string | undefined
  readonly fallbackMethod?: HttpMethod | undefined
  /** At most 50 characters. */
  readonly callerName?: string | undefined
  /** Keys to press once it is answered: `0-9 * # A-D`, `w` for half a second, `W` for one. */
  readonly sendDigits?: string | undefined
  /** How long it may ring. Default 120. */
  readonly ringTimeoutSeconds?: number | undefined
  /** How long the call may last. Default 14400. */
  readonly timeLimitSeconds?: number | undefined
  /** `report` says so in later webhooks; `hangup` ends the call. */
  readonly machineDetection?: 'report' | 'hangup' | undefined
  /** Told when a machine was found; the call goes on meanwhile. */
  readonly machineDetectionUrl?: string | undefined
  readonly machineDetectionMethod?: HttpMethod | undefined
  /** Letters and digits; they arrive as `X-PH-…`. */
  readonly sipHeaders?: Readonly<Record<string, string>> | undefined
  readonly parentCallUuid?: string | undefined
}

export interface MadeCall {
  /** One for each destination, in their order. Of a single destination it is the later `CallUUID`. */
  readonly requestUuids: readonly string[]
  /** More calls were made than the account may make in a second: Plivo dials when it is their turn. */
  readonly queued: boolean
}

const maxDestinations = 1000

/** @throws RangeError when an option breaks a rule given beside it. */
export function makeCallFields(options: MakeCallOptions): RestFields {
  const { machineDetection, sipHeaders, parentCallUuid } = options
  return {
    from: filled('from', options.from),
    to: destinations(options.to),
    answer_url: webUrl('answerUrl', options.answerUrl),
    answer_method: options.answerMethod,
    ring_url: webUrl('ringUrl', options.ringUrl),
    ring_method: options.ringMethod,
    hangup_url: webUrl('hangupUrl', options.hangupUrl),
    hangup_method: options.hangupMethod,
    fallback_url: webUrl('fallbackUrl', options.fallbackUrl),
    fallback_method: options.fallbackMethod,
    caller_name: shortText('callerName', options.callerName, 50),
    send_digits: tones('sendDigits', options.sendDigits),
    ring_timeout: wholeNumber('ringTimeoutSeconds', options.ringTimeoutSeconds, 1),
    time_limit: wholeNumber('timeLimitSeconds', options.timeLimitSeconds, 1),
    machine_detection: machineDetection === 'report' ? 'true' : machineDetection,
    machine_detection_url: webUrl('machineDetectionUrl', options.machineDetectionUrl),
    machine_detection_method: options.machineDetectionMethod,
    sip_headers: sipHeaders && encodeSipHeaders(sipHeaders),
    parent_call_uuid: parentCallUuid && identifier('parentCallUuid', parentCallUuid),
  }
}

function destinations(to: string | readonly string[]): string {
  const all = typeof to === 'string' ? [to] : to
  if (all.length === 0 || all.length > maxDestinations) {
    throw new RangeError(`to must name 1 to ${maxDestinations} destinations, got ${all.length}`)
  }
  return all.map((each) => callee('to', each)).join('<')
}

export const readMadeCall = (reply: ReplyFields): MadeCall => ({
  requestUuids: reply.texts('request_uuid'),
  queued: reply.optionalText('message') === 'call queued',
})
