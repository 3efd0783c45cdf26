import type { Assumptions } from '../simulator/assumptions.ts'
import type { Faults } from '../simulator/faults.ts'
import type { Phones } from '../simulator/phone-book.ts'
import type { TimelineEvent } from '../simulator/timeline.ts'
import { RealCall } from './real-call.ts'
import { TestCall } from './test-call.ts'

export interface DialUrlOptions {
  /** Requests are signed with it, as Plivo signs them. Default: they are not signed. */
  readonly authToken?: string
  /** As Plivo writes numbers. Default 14155550100; 14155550199 in an outbound call. */
  readonly from?: string
  /** Default 14155550199; 14155550100 in an outbound call. */
  readonly to?: string
  /** `outbound`: Plivo calls `to`, and the test is the one who is called. Default `inbound`. */
  readonly direction?: 'inbound' | 'outbound'
  /** Of the answer URL. Default `POST`. */
  readonly method?: 'GET' | 'POST'
  /** Default: the answer URL with its method; nobody is told of the end of an outbound call. */
  readonly hangupUrl?: string
  /** The one at the telephone hangs up after so much time in the call, in milliseconds. Default 10 minutes. */
  readonly maxDurationMs?: number
  /**
   * What telephones do that are called, by number or `sip:` URI. Default: each answers after a second, and is silent
   * until the test takes it with `isAnsweredBy`.
   */
  readonly phones?: Phones
  /** What Plivo is assumed to do; `offhook simulator --explain` lists it. */
  readonly assumptions?: Partial<Assumptions>
  /** What goes wrong on purpose. */
  readonly faults?: Faults
  /** Where relative paths of the test begin. Default: the working directory. */
  readonly folder?: string
}

const defaultMaxDurationMs = 600_000

/**
 * Calls an answer URL as Plivo would, in real time: any bot, in any language, on any platform. Resolves when its
 * stream has started, or whatever else the XML wants; a call that nobody answers is over, and the first expectation says
 * so.
 *
 *     await using call = await dialUrl('http://127.0.0.1:7860/plivo-xml?agent=bot&org=local')
 *     await call.hearsSomething()
 * @throws TypeError when a URL is not http or https.
 * @throws RangeError when a script of `phones` presses a key that does not exist.
 */
export async function dialUrl(answerUrl: string | URL, options: DialUrlOptions = {}): Promise<TestCall> {
  const { maxDurationMs = defaultMaxDurationMs, ...others } = options
  const { call, ready } = RealCall.dial({ ...others, answerUrl: String(answerUrl), maxDurationMs }, isFirstSign)
  await ready
  return new TestCall(call)
}

/** What is said before that would be lost. */
function isFirstSign(event: TimelineEvent): boolean {
  if (event.type === 'element') return event.name !== 'Stream'
  return event.type === 'stream-started' || event.type === 'stream-refused'
}
