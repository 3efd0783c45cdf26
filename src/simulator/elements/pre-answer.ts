import type { CallContext } from '../call-context.ts'
import type { XmlElement } from '../xml-document.ts'
import { dtmf } from './dtmf.ts'
import { nextElement, type ElementKind, type Next } from './element-kind.ts'
import { getDigits } from './get-digits.ts'
import { message } from './message.ts'
import { promptKinds } from './prompt.ts'
import { redirect } from './redirect.ts'

const kinds: ReadonlyMap<string, ElementKind> = new Map([
  ...promptKinds,
  ['DTMF', dtmf],
  ['GetDigits', getDigits],
  ['Message', message],
  ['Redirect', redirect],
])

/** What Plivo asks for. */
const longestS = 30

/** Section 6.9. Its children run before the call is answered; afterwards it is nothing special. */
export const preAnswer: ElementKind = {
  attributes: [],
  early: true,
  check: ({ children }) => {
    for (const child of children) {
      const kind = kinds.get(child.name)
      const problem = kind ? kind.check?.(child) : 'may not stand in PreAnswer'
      if (problem !== undefined) return `<${child.name}>: ${problem}`
    }
    return undefined
  },
  run: async (element, call) => {
    const startedAt = call.clock.monotonic()
    call.openEarly()
    const next = await runChildren(element.children, call)
    const seconds = Math.round((call.clock.monotonic() - startedAt) / 1000)
    if (seconds > longestS) call.timeline.warn(`PreAnswer took ${seconds} s: Plivo asks for less than ${longestS}`)
    return next
  },
}

async function runChildren(children: readonly XmlElement[], call: CallContext): Promise<Next> {
  for (const child of children) {
    if (call.halted.aborted) break
    call.timeline.add({ type: 'element', name: child.name, attributes: child.attributes })
    const next = await kinds.get(child.name)?.run(child, call)
    if (next && next.next !== 'element') return next
  }
  return nextElement
}
