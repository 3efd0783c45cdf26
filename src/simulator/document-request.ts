import type { DocumentPurpose } from './hangup-causes.ts'
import type { HttpMethod, WebhookParameters } from './webhook-sender.ts'

/** A request for the document that the call goes on with. */
export interface DocumentRequest {
  readonly purpose: DocumentPurpose
  readonly url: string
  readonly method: HttpMethod
  /** Beside those of every request, such as `Digits`. */
  readonly parameters?: WebhookParameters
}
