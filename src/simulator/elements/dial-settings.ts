import { AttributeReader } from '../attribute-reader.ts'
import type { CallContext } from '../call-context.ts'
import { plainNumber } from '../phone-book.ts'
import { areTones } from '../sent-tones.ts'
import type { XmlElement } from '../xml-document.ts'

export const dialAttributes = [
  'action',
  'method',
  'redirect',
  'timeout',
  'timeLimit',
  'callerId',
  'callerName',
  'hangupOnStar',
  'dialMusic',
  'confirmSound',
  'confirmKey',
  'confirmTimeout',
  'callbackUrl',
  'callbackMethod',
  'digitsMatch',
  'digitsMatchBLeg',
  'sipHeaders',
  'callType',
] as const

const maxCallerNameLength = 50
const defaultTimeLimitS = 14_400
const reservedHeaders = /^(?:PH-|Plivo|FS-|SipAuth|ZT-|Twilio)/i

/** A Number or User. */
export interface Destination {
  readonly to: string
  readonly from: string
  readonly callerName: string | undefined
  readonly sendDigits: string | undefined
  readonly sipHeaders: Readonly<Record<string, string>>
}

export type DialSettings = ReturnType<typeof readDial>

export function readDial(element: XmlElement, { timeline, facts, assumptions }: CallContext) {
  const warn = (text: string) => timeline.warn(text)
  const read = new AttributeReader(element, warn)
  const callerId = plainNumber(read.text('callerId') ?? facts.from)
  const callerName = read.text('callerName')
  if ((callerName?.length ?? 0) > maxCallerNameLength) {
    warn(`Dial callerName has more than ${maxCallerNameLength} characters`)
  }
  const dialMusic = read.text('dialMusic')
  return {
    ringTimeoutMs: read.whole('timeout', { least: 1, standard: assumptions.dialTimeoutMs / 1000 }) * 1000,
    timeLimitMs: read.whole('timeLimit', { least: 1, standard: defaultTimeLimitS }) * 1000,
    hangupOnStar: read.boolean('hangupOnStar', false),
    musicUrl: dialMusic === 'real' ? undefined : read.webUrl('dialMusic'),
    confirmSound: read.webUrl('confirmSound'),
    confirmKey: read.text('confirmKey'),
    confirmTimeoutMs: read.whole('confirmTimeout', { least: 1, standard: assumptions.confirmTimeoutMs / 1000 }) * 1000,
    callbackUrl: read.webUrl('callbackUrl'),
    callbackMethod: read.oneOf('callbackMethod', ['GET', 'POST'], 'POST'),
    digitsMatch: patternsOf(read.text('digitsMatch')),
    digitsMatchBLeg: patternsOf(read.text('digitsMatchBLeg')),
    destinations: element.children.map((child) => readDestination(child, callerId, callerName, read, warn)),
  }
}

function readDestination(
  child: XmlElement,
  callerId: string,
  callerName: string | undefined,
  dial: AttributeReader,
  warn: (text: string) => void,
): Destination {
  const own = new AttributeReader(child, warn)
  return {
    to: plainNumber(child.text),
    from: plainNumber(own.text('callerId') ?? callerId),
    callerName: own.text('callerName') ?? callerName,
    sendDigits: readDigits(own.text('sendDigits'), warn),
    sipHeaders: { ...headersOf(dial.text('sipHeaders'), warn), ...headersOf(own.text('sipHeaders'), warn) },
  }
}

function readDigits(digits: string | undefined, warn: (text: string) => void): string | undefined {
  if (digits === undefined || areTones(digits)) return digits
  warn(`sendDigits="${digits}" is not made of 0-9 * # A-D w W: nothing is sent`)
  return undefined
}

const patternsOf = (text = ''): readonly string[] => text.split(',').filter((pattern) => pattern !== '')

function headersOf(text: string | undefined, warn: (text: string) => void): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const pair of (text ?? '').split(',').filter((pair) => pair.trim() !== '')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s).map((part) => part.trim())
    if (reservedHeaders.test(name)) warn(`sipHeaders: ${name} is reserved and was dropped`)
    else headers[name] = value
  }
  return headers
}
