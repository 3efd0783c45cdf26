import { AttributeReader } from '../attribute-reader.ts'
import type { CallContext } from '../call-context.ts'
import { invalidMethod, invalidUrl } from '../hangup-causes.ts'
import { documentParameters } from '../webhook-parameters.ts'
import { isWebUrl } from '../url-settings.ts'
import type { WebhookParameters } from '../webhook-sender.ts'
import type { XmlElement } from '../xml-document.ts'
import { hangUp, nextDocument, nextElement, type Next } from './element-kind.ts'

/**
 * What comes after an element that may have an `action` (section 6): with `redirect`, its document takes over; without,
 * it is called and its answer ignored.
 */
export function afterAction(element: XmlElement, call: CallContext, parameters: WebhookParameters): Next {
  const { action: url, method = 'POST' } = element.attributes
  if (url === undefined) return nextElement
  if (!isWebUrl(url)) return hangUp(invalidUrl('action'))
  if (method !== 'GET' && method !== 'POST') return hangUp(invalidMethod('action'))
  const read = new AttributeReader(element, (text) => call.timeline.warn(text))
  if (read.boolean('redirect', true)) return nextDocument({ purpose: 'action', url, method, parameters })

  const all = { ...documentParameters(call.facts, 'Redirect'), ...parameters }
  call.notify({ method, url, parameters: all }, (result) => ({ type: 'action-called', url, ...result }))
  return nextElement
}
