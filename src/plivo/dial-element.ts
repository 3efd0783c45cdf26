import { callee, isSipUri, key, keys, shortText, tones, webUrl, wholeNumber } from './answer-values.ts'
import { encodeSipHeaders } from './sip-headers.ts'
import { element, type XmlElement } from './xml.ts'

/** A telephone or SIP endpoint to ring. */
export interface DialDestination {
  /** A number with country code, or a `sip:` URI. */
  readonly to: string
  /** Pressed once it is answered; `w` waits half a second. */
  readonly sendDigits?: string | undefined
  /** Presses them before the answer. Default false. */
  readonly sendOnPreanswer?: boolean | undefined
  readonly sipHeaders?: Readonly<Record<string, string>> | undefined
  /** Default: that of the element. */
  readonly callerId?: string | undefined
  /** At most 50 characters. */
  readonly callerName?: string | undefined
}

/** The attributes of `<Dial>`, with Plivo's defaults (Plivo reference 6.6). */
export interface DialOptions {
  /** All ring at once; the first to answer has the call. A text is a destination without settings of its own. */
  readonly to: readonly (string | DialDestination)[]
  /** Asked for XML when the connection is over or nobody answered; `parseDialResult` reads it. */
  readonly action?: string | undefined
  /** Default `POST`. */
  readonly method?: 'GET' | 'POST' | undefined
  /** Whether the XML from `action` replaces the rest of the document. Default true. */
  readonly redirect?: boolean | undefined
  /** How long it may ring. */
  readonly timeoutSeconds?: number | undefined
  /** How long the two may talk. Default 14400. */
  readonly timeLimitSeconds?: number | undefined
  /** What the far end sees. Default: the caller's number. */
  readonly callerId?: string | undefined
  /** At most 50 characters. */
  readonly callerName?: string | undefined
  /** Whether the caller's `*` ends the connection. Default false. */
  readonly hangupOnStar?: boolean | undefined
  /** What the caller hears meanwhile: `real` for the ringing as it is, or the URL of XML with sounds. */
  readonly dialMusic?: string | undefined
  /** URL of XML with what is played to whoever answers, before the caller is there. */
  readonly confirmSound?: string | undefined
  /** The key with which they accept. */
  readonly confirmKey?: string | undefined
  readonly confirmTimeoutSeconds?: number | undefined
  /** Told what the far legs do; `parseDialEvent` reads it. */
  readonly callbackUrl?: string | undefined
  /** Default `POST`. */
  readonly callbackMethod?: 'GET' | 'POST' | undefined
  /** Keys of the caller's that `callbackUrl` is told of, each once it is complete. */
  readonly digitsMatch?: readonly string[] | undefined
  /** The same of the far end's. */
  readonly digitsMatchBLeg?: readonly string[] | undefined
  /** Letters and digits; they arrive as `X-PH-…`. */
  readonly sipHeaders?: Readonly<Record<string, string>> | undefined
}

/**
 * Connects the caller to somebody else.
 * @throws RangeError when an option breaks a rule given beside it. Plivo would drop it, or end the call.
 */
export const dial = (options: DialOptions): XmlElement => {
  const { to, timeoutSeconds, timeLimitSeconds, confirmTimeoutSeconds, ...attributes } = options
  if (to.length === 0) throw new RangeError('to must name at least one number or sip: URI')
  const children = to.map((each) => destination(typeof each === 'string' ? { to: each } : each))
  const { dialMusic, digitsMatch, digitsMatchBLeg } = attributes
  return element(
    'Dial',
    {
      ...attributes,
      ...callerAttributes(attributes),
      action: webUrl('action', attributes.action),
      timeout: wholeNumber('timeoutSeconds', timeoutSeconds, 1),
      timeLimit: wholeNumber('timeLimitSeconds', timeLimitSeconds, 1),
      dialMusic: dialMusic === 'real' ? dialMusic : webUrl('dialMusic', dialMusic),
      confirmSound: webUrl('confirmSound', attributes.confirmSound),
      confirmKey: key('confirmKey', attributes.confirmKey),
      confirmTimeout: wholeNumber('confirmTimeoutSeconds', confirmTimeoutSeconds, 1),
      callbackUrl: webUrl('callbackUrl', attributes.callbackUrl),
      digitsMatch: patterns('digitsMatch', digitsMatch),
      digitsMatchBLeg: patterns('digitsMatchBLeg', digitsMatchBLeg),
    },
    ...children,
  )
}

const destination = ({ to, sendDigits, sendOnPreanswer, ...caller }: DialDestination): XmlElement =>
  element(
    isSipUri(to) ? 'User' : 'Number',
    { sendDigits: tones('sendDigits', sendDigits), sendOnPreanswer, ...callerAttributes(caller) },
    callee('to', to),
  )

const callerAttributes = ({ callerId, callerName, sipHeaders }: Omit<DialDestination, 'to'>) => ({
  callerId: shortText('callerId', callerId, 128),
  callerName: shortText('callerName', callerName, 50),
  sipHeaders: sipHeaders && (encodeSipHeaders(sipHeaders) || undefined),
})

const patterns = (what: string, all: readonly string[] | undefined): string | undefined =>
  all?.map((pattern) => keys(what, pattern)).join(',') || undefined
