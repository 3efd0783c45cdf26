import type { CallContext } from '../call-context.ts'
import type { XmlElement } from '../xml-document.ts'
import type { ElementKind } from './element-kind.ts'
import { play } from './play.ts'
import { speak } from './speak.ts'
import { wait } from './wait.ts'

/** What may stand within GetDigits, GetInput and PreAnswer, and in a document of sounds. */
export const promptKinds: ReadonlyMap<string, ElementKind> = new Map([
  ['Play', play],
  ['Speak', speak],
  ['Wait', wait],
])

/** Plays one child after another, until it is to stop. */
export async function playPrompt(children: readonly XmlElement[], call: CallContext): Promise<void> {
  for (const child of children) {
    if (call.halted.aborted) return
    const kind = promptKinds.get(child.name)
    if (!kind) {
      call.timeline.warn(`${child.name} may not stand here: skipped`)
      continue
    }
    call.timeline.add({ type: 'element', name: child.name, attributes: child.attributes })
    await kind.run(child, call)
  }
}

/** What is wrong with a child, by its own rules. */
export function promptProblem(children: readonly XmlElement[]): string | undefined {
  for (const child of children) {
    const problem = promptKinds.get(child.name)?.check?.(child)
    if (problem !== undefined) return `<${child.name}>: ${problem}`
  }
  return undefined
}
