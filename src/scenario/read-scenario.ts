import type { Assumptions } from '../simulator/assumptions.ts'
import { callAssumptionRows, parseAssumption } from './assumption-values.ts'
import { readFaults } from './read-faults.ts'
import { readPhones } from './read-phones.ts'
import { readSteps } from './read-steps.ts'
import { defaultPerson } from '../testing/real-call.ts'
import { parseDuration, parseNumber, readChoice, readUrl } from './read-values.ts'
import type { Scenario } from './scenario.ts'
import type { SourceMap, SourceValue } from './source-value.ts'

const fields = [
  'name',
  'answer_url',
  'method',
  'hangup_url',
  'direction',
  'from',
  'to',
  'auth_token',
  'audio',
  'max_seconds',
  'assumptions',
  'faults',
  'phones',
  'steps',
]

const defaultMaxSeconds = 120
const longestSeconds = 86_400

/** What is wrong with it becomes problems of its file. */
export function readScenario(value: SourceValue): Scenario {
  const map = value.map(fields, 'a scenario')
  const name = map.attempt('name', (given) => given.text('a name').trim())
  if (name === undefined && !map.has('name')) value.report('has no "name": say what the scenario shows')
  if (!map.has('steps')) value.fail('has no "steps": list what the caller does and expects')
  const phones = map.attempt('phones', readPhones)
  const scenario: Scenario = {
    file: value.file.path,
    line: value.place.line,
    name: name ?? '',
    ...readAddress(map),
    assumptions: map.attempt('assumptions', readAssumptions) ?? {},
    faults: map.attempt('faults', readFaults) ?? {},
    ...(phones && { phones }),
    maxDurationMs: 1000 * (map.attempt('max_seconds', readSeconds) ?? defaultMaxSeconds),
    steps: map.attempt('steps', readSteps) ?? [],
  }
  const { direction, to = defaultPerson } = scenario
  const own = direction === 'outbound' && phones?.find(({ number }) => number === to)
  if (own && own.steps.length > 0)
    map.attempt('phones', (given) => given.fail(`gives steps to ${own.number}, which is called: put them into "steps"`))
  return scenario
}

function readAddress(map: SourceMap) {
  const text = (name: string) => map.attempt(name, (given) => given.text())
  const answerUrl = map.attempt('answer_url', readUrl)
  const hangupUrl = map.attempt('hangup_url', readUrl)
  const direction = map.attempt('direction', (given) => readChoice(given, ['inbound', 'outbound']))
  const method = map.attempt('method', (given) => readChoice(given, ['GET', 'POST']))
  const audio = map.attempt('audio', (given) => readChoice(given, ['mulaw', 'l16-8k', 'l16-16k']))
  const [from, to, authToken] = [map.attempt('from', readNumber), map.attempt('to', readNumber), text('auth_token')]
  return {
    ...(answerUrl !== undefined && { answerUrl }),
    ...(hangupUrl !== undefined && { hangupUrl }),
    ...(direction && { direction }),
    ...(method && { method }),
    ...(audio && { audio }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(authToken !== undefined && { authToken }),
  }
}

function readNumber(value: SourceValue): string {
  const text = value.text('a telephone number')
  return parseNumber(text) ?? value.fail(`must be a telephone number with country code, or a sip: URI, got "${text}"`)
}

function readSeconds(value: SourceValue): number {
  const text = value.text('a number of seconds')
  const seconds = (parseDuration(text) ?? Number(text) * 1000) / 1000
  return seconds > 0 && seconds <= longestSeconds
    ? seconds
    : value.fail(`must be a number of seconds up to ${longestSeconds}, got "${text}"`)
}

function readAssumptions(value: SourceValue): Partial<Assumptions> {
  const known = callAssumptionRows.map(({ name }) => name)
  const map = value.map(known)
  const changes: Partial<Assumptions> = {}
  for (const name of map.names) {
    map.attempt(name, (given) => {
      const changed = parseAssumption(name, given.text('a value'), callAssumptionRows)
      Object.assign(changes, changed.ok ? { [name]: changed.value } : given.fail(changed.problem))
    })
  }
  return changes
}
