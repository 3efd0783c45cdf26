import { RealCall } from './real-call.ts'
import { TestCall } from './test-call.ts'

export interface DialUrlOptions {
  /** Requests are signed with it, as Plivo signs them. Default: they are not signed. */
  readonly authToken?: string
  /** As Plivo writes numbers. Default 14155550100. */
  readonly from?: string
  /** Default 14155550199. */
  readonly to?: string
  /** Of the answer URL. Default `POST`. */
  readonly method?: 'GET' | 'POST'
  /** Default: the answer URL with its method. */
  readonly hangupUrl?: string
  /** The caller hangs up after so much time in the call. Default 10 minutes. */
  readonly maxDurationMs?: number
}

/**
 * Calls an answer URL as Plivo would, in real time: any bot, in any language, on any platform. Resolves when its
 * stream has started, or whatever else the XML wants; a call that nobody answers is over, and the first expectation says
 * so.
 *
 *     await using call = await dialUrl('http://127.0.0.1:7860/plivo-xml?agent=bot&org=local')
 *     await call.hearsSomething()
 * @throws TypeError when the URL is not http or https.
 */
export async function dialUrl(answerUrl: string | URL, options: DialUrlOptions = {}): Promise<TestCall> {
  const { authToken, from = '14155550100', to = '14155550199', method = 'POST', hangupUrl } = options
  const url = String(answerUrl)
  for (const each of [url, hangupUrl]) {
    if (each !== undefined && !/^https?:\/\//i.test(each)) throw new TypeError(`${each} is no http or https URL`)
  }
  const call = new RealCall({
    answerUrl: url,
    method,
    hangupUrl,
    authTokens: authToken === undefined ? [] : [authToken],
    from,
    to,
    maxDurationMs: options.maxDurationMs ?? 600_000,
  })
  await call.ready
  return new TestCall(call)
}
