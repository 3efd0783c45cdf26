import type { Assumptions } from '../assumptions.ts'
import type { XmlElement } from '../xml-document.ts'
import type { ElementKind } from './element-kind.ts'
import { dial } from './dial.ts'
import { dtmf } from './dtmf.ts'
import { getDigits } from './get-digits.ts'
import { getInput } from './get-input.ts'
import { hangup } from './hangup.ts'
import { message } from './message.ts'
import { play } from './play.ts'
import { preAnswer } from './pre-answer.ts'
import { record } from './record.ts'
import { redirect } from './redirect.ts'
import { speak } from './speak.ts'
import { stream } from './stream.ts'
import { conference, multiPartyCall } from './unsimulated.ts'
import { wait } from './wait.ts'

/** By their names in XML. */
const kinds: ReadonlyMap<string, ElementKind> = new Map([
  ['Conference', conference],
  ['DTMF', dtmf],
  ['Dial', dial],
  ['GetDigits', getDigits],
  ['GetInput', getInput],
  ['Hangup', hangup],
  ['Message', message],
  ['MultiPartyCall', multiPartyCall],
  ['Play', play],
  ['PreAnswer', preAnswer],
  ['Record', record],
  ['Redirect', redirect],
  ['Speak', speak],
  ['Stream', stream],
  ['Wait', wait],
])

export const kindOf = ({ name }: XmlElement): ElementKind | undefined => kinds.get(name)

export const whySkipped = ({ name }: XmlElement): string => `Plivo has no element ${name}: skipped`

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
    return refused ? 'Plivo has no such element' : undefined
  }
  if (name === 'Stream' && assumptions.invalidStreamElement === 'skip') return undefined
  if (name === 'Speak' && assumptions.unsupportedVoice === 'default') return undefined
  const lenient = assumptions.invalidElement === 'skip' && name !== 'Stream' && name !== 'Speak'
  return lenient ? undefined : kind.check?.(element)
}
