import type { MachineDetection } from '../outbound-plan.ts'
import type { OutboundOptions } from '../engine-options.ts'
import { plainNumber } from '../phone-book.ts'
import { checkTones } from '../sent-tones.ts'
import { ApiError, invalid } from './api-error.ts'
import type { RestAssumptions } from './assumptions.ts'
import type { RequestFields } from './request-fields.ts'
import { parseSipHeaders } from './sip-headers.ts'

export interface MakeCall {
  readonly from: string
  /** One or more. */
  readonly to: readonly string[]
  readonly errorIfParentNotFound: boolean
  /** The same for every destination. */
  readonly options: Omit<OutboundOptions, 'callUuid' | 'from' | 'to'>
}

const maxDestinations = 1_000
const maxCallerName = 50
/** Plivo's hard stop (section 7.2). */
const daySeconds = 86_400

/**
 * The arguments of Make Call (Plivo reference 7.3).
 * @throws ApiError 400 `answer_url parameter is missing`, or another that names the field.
 */
export function readMakeCall(fields: RequestFields, assumptions: RestAssumptions): MakeCall {
  const from = plainNumber(fields.required('from'))
  const to = readDestinations(fields.required('to'))
  const answerUrl = fields.requiredWebUrl('answer_url')
  const seconds = (name: string, most = daySeconds) => milliseconds(fields.whole(name, { least: 1, most }))
  const callerName = fields.text('caller_name')
  if (callerName !== undefined && callerName.length > maxCallerName) {
    throw invalid('caller_name', `of at most ${maxCallerName} characters`)
  }
  const sipHeaders = fields.text('sip_headers')
  // Read for its faults: nothing is sent before the answer here.
  fields.flag('send_on_preanswer', false)
  return {
    from,
    to,
    errorIfParentNotFound: fields.flag('error_if_parent_not_found', false),
    options: {
      answerUrl,
      answerMethod: fields.method('answer_method'),
      ringMethod: fields.method('ring_method'),
      hangupMethod: fields.method('hangup_method'),
      fallbackMethod: fields.method('fallback_method'),
      ...defined({
        ringUrl: fields.webUrl('ring_url'),
        hangupUrl: fields.webUrl('hangup_url'),
        fallbackUrl: fields.webUrl('fallback_url'),
        callerName,
        sendDigits: readSendDigits(fields),
        timeLimitMs: seconds('time_limit'),
        hangupOnRingMs: seconds('hangup_on_ring'),
        ringTimeoutMs: seconds('ring_timeout'),
        machineDetection: readMachineDetection(fields),
        parentCallUuid: fields.text('parent_call_uuid'),
        sipHeaders: sipHeaders === undefined ? undefined : parseSipHeaders(sipHeaders, assumptions),
      }),
    },
  }
}

const milliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000

/** Numbers and `sip:` URIs, several of them joined by `<`. */
function readDestinations(text: string): readonly string[] {
  const destinations = text.split('<').map(plainNumber)
  if (destinations.length > maxDestinations) throw invalid('to', `of at most ${maxDestinations} destinations`)
  for (const destination of destinations) {
    if (!/^(?:\d{3,15}|sips?:[^\s@]+@[^\s@]+)$/i.test(destination)) {
      throw invalid(
        'to',
        `made of numbers with country code and sip: URIs, joined by <; got "${destination.slice(0, 80)}"`,
      )
    }
  }
  return destinations
}

function readSendDigits(fields: RequestFields): string | undefined {
  const digits = fields.text('send_digits')
  if (digits !== undefined) checkDigitsField('send_digits', digits)
  return digits
}

/** @throws ApiError 400 */
export function checkDigitsField(name: string, digits: string): void {
  try {
    checkTones(digits)
  } catch (error) {
    if (error instanceof RangeError) throw new ApiError(400, `${name} parameter is invalid: ${error.message}`)
    throw error
  }
}

function readMachineDetection(fields: RequestFields): MachineDetection | undefined {
  const mode = fields.oneOf('machine_detection', ['true', 'hangup', 'false'], 'false')
  const timeMs = fields.whole('machine_detection_time', { least: 2_000, most: 10_000 }) ?? 5_000
  fields.whole('machine_detection_maximum_speech_length', { least: 1_000, most: 6_000 })
  fields.whole('machine_detection_initial_silence', { least: 2_000, most: 10_000 })
  const url = fields.webUrl('machine_detection_url')
  const method = fields.method('machine_detection_method')
  if (mode === 'false') return undefined
  return { mode, method, timeMs, ...(url !== undefined && { url }) }
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> }

/** Without the fields that are undefined. */
export function defined<T extends object>(fields: T): Defined<T>
export function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
