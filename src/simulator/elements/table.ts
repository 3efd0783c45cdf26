import type { Assumptions } from '../assumptions.ts'
import type { XmlElement } from '../xml-document.ts'
import type { ElementKind } from './element-kind.ts'
import { hangup } from './hangup.ts'
import { play } from './play.ts'
import { record } from './record.ts'
import { redirect } from './redirect.ts'
import { speak } from './speak.ts'
import { stream } from './stream.ts'
import { wait } from './wait.ts'

/** By their names in XML. */
const kinds: ReadonlyMap<string, ElementKind> = new Map([
  ['Hangup', hangup],
  ['Play', play],
  ['Record', record],
  ['Redirect', redirect],
  ['Speak', speak],
  ['Stream', stream],
  ['Wait', wait],
])

/** Plivo's, and not simulated yet: skipped, with a warning. */
const notSimulated: ReadonlySet<string> = new Set(
  'GetDigits GetInput Dial Message PreAnswer Conference DTMF MultiPartyCall'.split(' '),
)

export const kindOf = ({ name }: XmlElement): ElementKind | undefined => kinds.get(name)

export const whySkipped = ({ name }: XmlElement): string =>
  notSimulated.has(name) ? `${name} is not simulated: skipped` : `Plivo has no element ${name}: skipped`

/** What makes a document invalid as a whole, before anything of it runs. */
export function documentProblem(elements: readonly XmlElement[], assumptions: Assumptions): string | undefined {
  for (const element of elements) {
    const problem = elementProblem(element, assumptions)
    if (problem !== undefined) return `<${element.name}>: ${problem}`
  }
  return undefined
}

function elementProblem(element: XmlElement, assumptions: Assumptions): string | undefined {
  const { name } = element
  const kind = kindOf(element)
  if (!kind) {
    // Seen to be refused, where others are passed over (section 2.4).
    const refused = name === 'Reject' || assumptions.unknownElement === 'reject'
    return refused && !notSimulated.has(name) ? 'Plivo has no such element' : undefined
  }
  if (name === 'Stream' && assumptions.invalidStreamElement === 'skip') return undefined
  return kind.check?.(element)
}
