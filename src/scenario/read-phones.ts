import { readPhoneSteps } from './read-steps.ts'
import { parseNumber, readChoice, readDuration } from './read-values.ts'
import type { ScenarioPhone } from './scenario.ts'
import type { SourceMap, SourceValue } from './source-value.ts'

const kinds = ['answer', 'reject', 'busy', 'no-answer', 'unallocated'] as const
type Kind = (typeof kinds)[number]

const defaultAfterMs = 1_000

/** `phones: { '14155550123': busy, '14155550124': { does: answer, after: 2s, steps: […] } }`, by number or `sip:` URI. */
export function readPhones(value: SourceValue): readonly ScenarioPhone[] {
  const phones = new Map<string, ScenarioPhone>()
  for (const { name, value: phone } of value.entries('a map of telephones by their numbers')) {
    const number = parseNumber(name)
    if (number === undefined)
      phone.report(`must stand under a telephone number with country code, or a sip: URI, got "${name}"`)
    else if (phones.has(number)) phone.report('is there twice')
    else value.file.attempt(() => phones.set(number, readPhone(number, phone)))
  }
  return [...phones.values()]
}

function readPhone(number: string, value: SourceValue): ScenarioPhone {
  if (!value.isMap) return { number, behaviour: behaviourOf(readChoice(value, kinds), undefined), steps: [] }
  const map = value.map(['does', 'after', 'steps'], 'a telephone')
  const kind = map.read('does', (given) => readChoice(given, kinds)) ?? 'answer'
  const afterMs = map.attempt('after', readDuration)
  refuse(map, 'after', kind === 'answer' || kind === 'reject', 'a telephone that answers or rejects')
  refuse(map, 'steps', kind === 'answer', 'a telephone that answers')
  return { number, behaviour: behaviourOf(kind, afterMs), steps: map.attempt('steps', readPhoneSteps) ?? [] }
}

function refuse(map: SourceMap, name: string, may: boolean, which: string): void {
  if (!may) map.attempt(name, (given) => given.fail(`only ${which} has`))
}

function behaviourOf(kind: Kind, afterMs = defaultAfterMs): ScenarioPhone['behaviour'] {
  switch (kind) {
    case 'answer':
      return { answers: afterMs }
    case 'reject':
      return { rejects: true, afterMs }
    case 'busy':
      return { busy: true }
    case 'no-answer':
      return { noAnswer: true }
    case 'unallocated':
      return { unallocated: true }
  }
}
