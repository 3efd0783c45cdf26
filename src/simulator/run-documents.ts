import type { CallContext } from './call-context.ts'
import type { DocumentRequest } from './document-request.ts'
import { nextElement, type Next } from './elements/element-kind.ts'
import { kindOf, whySkipped } from './elements/table.ts'
import { fetchDocument, type Fallback } from './fetch-document.ts'
import { endOfXml, invalidUrl, type HangupCause } from './hangup-causes.ts'
import { isWebUrl } from './url-settings.ts'
import type { XmlElement } from './xml-document.ts'

/** Runs the call's documents, one after another, and returns what ends it; soon, once the call is over. */
export async function runDocuments(
  answer: DocumentRequest,
  fallback: Fallback | undefined,
  call: CallContext,
): Promise<HangupCause> {
  let request = answer
  for (;;) {
    if (!isWebUrl(request.url)) return invalidUrl(request.purpose)
    const document = await fetchDocument(request, call, request === answer ? fallback : undefined)
    const transfer = call.takeTransfer()
    if (transfer && !call.over.aborted) {
      request = transfer
      continue
    }
    if (!document.ok) return document.cause
    const next = await runElements(document.elements, call)
    if (next.next === 'hang-up') return next.cause
    request = next.request
  }
}

type Onward = Exclude<Next, typeof nextElement>

async function runElements(elements: readonly XmlElement[], call: CallContext): Promise<Onward> {
  for (const element of elements) {
    if (call.over.aborted) break
    const next = await runElement(element, call)
    const transfer = call.takeTransfer()
    if (transfer && !call.over.aborted) return { next: 'document', request: transfer }
    if (next.next !== 'element') return next
  }
  if (!call.over.aborted) call.answer()
  return { next: 'hang-up', cause: endOfXml }
}

async function runElement(element: XmlElement, call: CallContext): Promise<Next> {
  const { name, attributes } = element
  const { timeline } = call
  const kind = kindOf(element)
  if (!kind) {
    timeline.warn(whySkipped(element))
    return nextElement
  }
  for (const attribute of Object.keys(attributes)) {
    if (!kind.attributes.includes(attribute)) timeline.warn(`${name} has no attribute ${attribute}: ignored`)
  }
  const problem = name === 'Stream' || name === 'Speak' ? undefined : kind.check?.(element)
  if (problem !== undefined) {
    timeline.warn(`${name} was skipped: ${problem}`)
    return nextElement
  }
  if (!kind.early && !kind.refuses?.(element)) call.answer()
  timeline.add({ type: 'element', name, attributes })
  return kind.run(element, call)
}
