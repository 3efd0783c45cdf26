import { AttributeReader } from '../attribute-reader.ts'
import { busy, hangupElement, rejected, type HangupCause } from '../hangup-causes.ts'
import { hangUp, nextElement, type ElementKind } from './element-kind.ts'

const refusals: ReadonlyMap<string | undefined, HangupCause> = new Map([
  ['rejected', rejected],
  ['busy', busy],
])

/** Section 6.9. A reason counts only while the call is not answered. */
export const hangup: ElementKind = {
  attributes: ['reason', 'schedule'],
  refuses: ({ attributes }) => refusals.has(attributes['reason']),
  run: async (element, call) => {
    const { facts, timeline } = call
    const { reason } = element.attributes
    const refusal = refusals.get(reason)
    if (refusal && facts.answeredAt === undefined) return hangUp(refusal)
    if (reason !== undefined) timeline.warn(`Hangup reason="${reason}" has no effect here`)

    const read = new AttributeReader(element, (text) => timeline.warn(text))
    const seconds = read.whole('schedule', { least: 1, standard: 0 })
    if (seconds === 0) return hangUp(hangupElement)
    call.hangUpIn(seconds * 1000)
    return nextElement
  },
}
