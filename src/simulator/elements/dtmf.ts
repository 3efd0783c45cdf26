import { AttributeReader } from '../attribute-reader.ts'
import { areTones, sendTones } from '../sent-tones.ts'
import { nextElement, type ElementKind } from './element-kind.ts'

/** Section 6.9. `async`, the default, plays the keys beside the next element. */
export const dtmf: ElementKind = {
  attributes: ['async'],
  check: ({ text }) => (areTones(text) ? undefined : `"${text}" is not made of 0-9 * # A-D w W`),
  run: async (element, call) => {
    const { line, timeline, halted, over } = call
    const read = new AttributeReader(element, (text) => timeline.warn(text))
    if (read.boolean('async', true)) call.inBackground(sendTones(element.text, line, timeline, over))
    else await sendTones(element.text, line, timeline, halted)
    return nextElement
  },
}
