import { randomUUID } from 'node:crypto'
import { AttributeReader } from '../attribute-reader.ts'
import { plainNumber } from '../phone-book.ts'
import { nextElement, type ElementKind } from './element-kind.ts'

/** Section 6.9. The timeline has the message; nobody gets it, and the callback says `sent`. */
export const message: ElementKind = {
  attributes: ['src', 'dst', 'type', 'callbackUrl', 'callbackMethod'],
  check: ({ attributes, text }) => {
    if (attributes['src'] === undefined || attributes['dst'] === undefined) return 'src or dst is missing'
    return text === '' ? 'has no text' : undefined
  },
  run: async (element, call) => {
    const read = new AttributeReader(element, (text) => call.timeline.warn(text))
    const from = plainNumber(read.text('src') ?? '')
    const url = read.webUrl('callbackUrl')
    const method = read.oneOf('callbackMethod', ['GET', 'POST'], 'POST')
    for (const to of (read.text('dst') ?? '').split('<').map(plainNumber)) {
      call.timeline.add({ type: 'message', from, to, text: element.text })
      if (url === undefined) continue
      const parameters = {
        MessageUUID: randomUUID(),
        From: from,
        To: to,
        Status: 'sent',
        CallUUID: call.facts.callUuid,
      }
      call.notify({ method, url, parameters }, (result) => ({ type: 'message-callback', url, ...result }))
    }
    return nextElement
  },
}
