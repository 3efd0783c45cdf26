import type { Clock } from '../../lib/clock.ts'
import { webUrl } from '../answer-values.ts'
import { PlivoApiError } from './api-error.ts'
import { failureOf, unreadable, type FailureContext } from './api-failure.ts'
import type { Credentials } from './credentials.ts'
import { Deadline } from './deadline.ts'
import { limitedText } from './limited-text.ts'
import { networkFailure, timedOut } from './network-failure.ts'
import { RecordingMedia } from './recording-media.ts'
import { withRetries, type Attempt } from './retry.ts'

export interface FetchRecordingOptions {
  /** Default 500,000,000: four hours of WAV in stereo take 461 MB. */
  readonly maxBytes?: number | undefined
}

export interface MediaConnection {
  readonly credentials: Credentials
  /** Until the answer begins, and from each part of it to the next. */
  readonly timeoutMs: number
  readonly clock: Clock
}

/** `text` of a refusal, or an answer whose body was not read. */
type Answer = { readonly text: string } | { readonly response: Response; readonly deadline: Deadline }

const standardMaxBytes = 500_000_000
const maxRedirects = 5
const maxRefusalBytes = 10_000

/**
 * Asks for the file of a recording. Redirects are followed; credentials go to Plivo's own hosts and the API's alone.
 * @throws RangeError when `url` is no http or https URL. @throws PlivoApiError when no such file comes.
 */
export async function fetchRecording(
  url: string,
  connection: MediaConnection,
  { maxBytes = standardMaxBytes }: FetchRecordingOptions = {},
): Promise<RecordingMedia> {
  const { credentials, clock, timeoutMs } = connection
  const start = new URL(webUrl('the URL of a recording', url))
  const { last, doubtful } = await withRetries('GET', clock, () => attempt(start, connection))
  const withoutSecrets = (text: string) => credentials.withoutSecrets(text)
  const context: FailureContext = { method: 'GET', purpose: 'send a recording', host: start.host, withoutSecrets }
  if (!last.answered || 'text' in last.value) {
    const value = last.answered && 'text' in last.value ? last.value.text : ''
    const failure = failureOf({ last: last.answered ? { ...last, value } : last, doubtful }, context)
    const isForeign = credentials.authorizationFor(start) === undefined
    throw failure?.kind === 'bad-credentials' && isForeign ? withoutCredentials(failure, start) : failure
  }
  const media = new RecordingMedia({ ...last.value, timeoutMs, maxBytes, context })
  if (!media.contentType?.startsWith('text/')) return media
  await media[Symbol.asyncDispose]()
  throw unreadable(`it is ${media.contentType}, and no audio`, last.status, context)
}

const withoutCredentials = ({ kind, message, status, apiId }: PlivoApiError, { host }: URL): PlivoApiError =>
  new PlivoApiError({ kind, message, status, apiId, fix: `${host} is no host of Plivo's, and is sent no credentials` })

async function attempt(start: URL, { credentials, clock, timeoutMs }: MediaConnection): Promise<Attempt<Answer>> {
  const deadline = new Deadline(clock, timeoutMs)
  try {
    const response = await follow(start, credentials, deadline.signal)
    const { status, ok } = response
    deadline.pause()
    const answered = { answered: true, status, retryAfter: response.headers.get('retry-after') } as const
    if (ok) return { ...answered, value: { response, deadline } }
    deadline.restart()
    const text = await limitedText(response.body, maxRefusalBytes)
    // Stores of files have words of their own for a refusal, in XML or HTML; the status says it as well.
    return { ...answered, value: { text: text.startsWith('{') ? text : '' } }
  } catch (error) {
    return { answered: false, failure: deadline.signal.aborted ? timedOut(timeoutMs) : networkFailure(error) }
  } finally {
    deadline.pause()
  }
}

/** Step by step, so that each host gets the credentials that it may see. */
async function follow(start: URL, credentials: Credentials, signal: AbortSignal): Promise<Response> {
  let url = start
  for (let redirects = 0; ; redirects++) {
    const authorization = credentials.authorizationFor(url)
    const headers = { 'user-agent': 'offhook', ...(authorization !== undefined && { authorization }) }
    const response = await fetch(url, { headers, redirect: 'manual', signal })
    const location = response.headers.get('location')
    const isRedirect = response.status >= 300 && response.status < 400 && location !== null
    if (!isRedirect || redirects === maxRedirects) return response
    await response.body?.cancel()
    url = new URL(location, url)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return response
  }
}
