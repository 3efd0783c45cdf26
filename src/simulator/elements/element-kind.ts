import type { CallContext } from '../call-context.ts'
import type { DocumentRequest } from '../document-request.ts'
import type { HangupCause } from '../hangup-causes.ts'
import type { XmlElement } from '../xml-document.ts'

/** What happens after an element. */
export type Next =
  | { readonly next: 'element' }
  | { readonly next: 'document'; readonly request: DocumentRequest }
  | { readonly next: 'hang-up'; readonly cause: HangupCause }

/** One XML element of Plivo's. */
export interface ElementKind {
  /** Those that Plivo knows; others get a warning. */
  readonly attributes: readonly string[]
  /** What makes the document that holds it invalid. Asked before anything of the document runs. */
  readonly check?: (element: XmlElement) => string | undefined
  /** Whether it ends the call without answering it, when it comes first. */
  readonly refuses?: (element: XmlElement) => boolean
  /** Whether it runs without answering the call, when it comes first. */
  readonly early?: boolean
  /** Resolves when the next element may run; soon, once the call is over. */
  readonly run: (element: XmlElement, call: CallContext) => Promise<Next>
}

export const nextElement = { next: 'element' } as const satisfies Next

export const nextDocument = (request: DocumentRequest): Next => ({ next: 'document', request })

export const hangUp = (cause: HangupCause): Next => ({ next: 'hang-up', cause })
