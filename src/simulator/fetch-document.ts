import type { CallContext } from './call-context.ts'
import { describeFailure } from '../lib/parsed.ts'
import type { DocumentRequest } from './document-request.ts'
import { documentProblem } from './elements/table.ts'
import { invalidXml, unreachable, type HangupCause } from './hangup-causes.ts'
import type { HttpReply } from './http-request.ts'
import { describeOutcome, isSuccess } from './retries.ts'
import type { RequestPurpose } from './timeline.ts'
import { documentParameters } from './webhook-parameters.ts'
import type { HttpMethod } from './webhook-sender.ts'
import { parseDocument, type XmlElement } from './xml-document.ts'

export interface Fallback {
  readonly url: string
  readonly method: HttpMethod
}

export type FetchedDocument =
  | { readonly ok: true; readonly elements: readonly XmlElement[] }
  | { readonly ok: false; readonly cause: HangupCause }

/** Asks for a document, and for the fallback's when that fails (section 2.4). */
export async function fetchDocument(
  request: DocumentRequest,
  call: CallContext,
  fallback?: Fallback,
): Promise<FetchedDocument> {
  const first = await fetchOnce(request, call, request.purpose)
  if (first.ok || !fallback || call.halted.aborted) return first
  return fetchOnce({ purpose: request.purpose, ...fallback }, call, 'fallback')
}

async function fetchOnce(
  { url, method, parameters, purpose }: DocumentRequest,
  call: CallContext,
  shownAs: RequestPurpose,
): Promise<FetchedDocument> {
  const { timeline, facts, webhooks, halted, assumptions } = call
  const event = purpose === 'answer' ? 'StartApp' : 'Redirect'
  const startedAtMs = timeline.nowMs
  const outcome = await webhooks.send({
    method,
    url,
    signal: halted,
    maxTryMs: assumptions.answerTimeoutMs,
    parameters: { ...documentParameters(facts, event), ...parameters },
    onTry: (attempt) => timeline.add({ type: 'answer-requested', purpose: shownAs, method, url, attempt }),
  })
  if (halted.aborted) return { ok: false, cause: unreachable(purpose) }
  if (outcome.ok) {
    const { status } = outcome
    const xml = new TextDecoder().decode(outcome.body)
    timeline.add({ type: 'answer-received', purpose: shownAs, status, ms: timeline.nowMs - startedAtMs, xml })
  }
  if (!isSuccess(outcome)) {
    timeline.warn(`the ${shownAs} URL failed: ${describeOutcome(outcome)}`)
    return { ok: false, cause: unreachable(purpose) }
  }
  const elements = readDocument(outcome, call)
  if (typeof elements === 'object') return { ok: true, elements }
  timeline.warn(`the ${shownAs} XML ${elements}`)
  return { ok: false, cause: invalidXml(purpose) }
}

/** The elements, or what is wrong. */
function readDocument({ body, contentType }: HttpReply, call: CallContext): readonly XmlElement[] | string {
  const document = parseDocument(body)
  if (!document.ok) return `is invalid: ${describeFailure(document)}`
  if (!/^(?:application|text)\/xml\b/i.test(contentType)) {
    const text = `has the content type "${contentType}": Plivo documents application/xml and text/xml`
    if (call.assumptions.wrongContentType === 'reject') return text
    call.timeline.warn(`the XML ${text}`)
  }
  const problem = documentProblem(document.value, call.assumptions)
  return problem === undefined ? document.value : `is invalid: ${problem}`
}
