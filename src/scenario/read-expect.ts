import { streamAttributes } from '../simulator/stream-settings.ts'
import { eventTypes, isEventType } from './event-types.ts'
import { readChoice, readDuration, readKeys } from './read-values.ts'
import type { SourceValue } from './source-value.ts'
import { latencyNames, type ExpectEvent, type ExpectedStream, type ExpectHangUp, type Step } from './step.ts'
import { suggestion } from './suggestion.ts'

const defaultWithinMs = 5_000

const withSnake = (attribute: string) => attribute.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** As XML has them, by the names that stand in a scenario. */
const attributeNames: ReadonlyMap<string, string> = new Map(
  streamAttributes.map((attribute) => [withSnake(attribute), attribute]),
)

/** `expect: { stream: { content_type: …, bidirectional: true }, warnings: none }`. */
export function readExpect(value: SourceValue): Step {
  const map = value.map(['stream', 'warnings'])
  const stream = map.read('stream', readStream)
  const noWarnings = map.read('warnings', (given) => readChoice(given, ['none'])) !== undefined
  if (map.isEmpty) value.fail('expects nothing: give it "stream" or "warnings: none"')
  return { do: 'expect', ...(stream && { stream }), noWarnings }
}

function readStream(value: SourceValue): ExpectedStream {
  const map = value.map(['url', ...attributeNames.keys()])
  const url = map.read('url', (given) => given.text('a part of the URL'))
  const attributes: Record<string, string> = {}
  for (const [name, attribute] of attributeNames) {
    const text = map.read(name, (given) => given.text('the text of an attribute'))
    if (text !== undefined) attributes[attribute] = text
  }
  return { attributes, ...(url !== undefined && { url }) }
}

/** `expect-digits: "12#"`, or with `digits` and `within`. */
export function readExpectDigits(value: SourceValue): Step {
  if (!value.isMap) return { do: 'expect-digits', digits: readKeys(value), withinMs: defaultWithinMs }
  const map = value.map(['digits', 'within'])
  const digits = map.read('digits', readKeys) ?? value.fail('must have "digits"')
  return { do: 'expect-digits', digits, withinMs: map.read('within', readDuration) ?? defaultWithinMs }
}

/** `expect-hang-up`, or with `by`, `within` and `cause`. */
export function readExpectHangUp(value: SourceValue): ExpectHangUp {
  if (value.isEmpty) return { do: 'expect-hang-up', withinMs: defaultWithinMs }
  const map = value.map(['by', 'within', 'cause'])
  const by = map.read('by', (given) => readChoice(given, ['bot', 'caller', 'error']))
  const cause = map.read('cause', (given) => given.text('a cause, such as Normal Hangup or 4000'))
  const withinMs = map.read('within', readDuration) ?? defaultWithinMs
  return { do: 'expect-hang-up', withinMs, ...(by && { by }), ...(cause !== undefined && { cause }) }
}

/** `expect-latency: { answer: 2s, first-audio: 3s }`: at most. */
export function readExpectLatency(value: SourceValue): Step {
  const map = value.map(latencyNames)
  if (map.isEmpty) value.fail(`expects nothing: give it ${latencyNames.join(', ')}`)
  const given = latencyNames.flatMap((name) => {
    const limitMs = map.read(name, readDuration)
    return limitMs === undefined ? [] : [[name, limitMs] as const]
  })
  return { do: 'expect-latency', limits: Object.fromEntries(given) }
}

/** `expect-event: checkpoint-played`, or with `type`, `within`, and `with: { name: intro }`. */
export function readExpectEvent(value: SourceValue): ExpectEvent {
  if (!value.isMap) return { do: 'expect-event', type: readEventType(value), fields: {}, withinMs: defaultWithinMs }
  const map = value.map(['type', 'within', 'with'])
  const type = map.read('type', readEventType) ?? value.fail('must have "type"')
  const withinMs = map.read('within', readDuration) ?? defaultWithinMs
  return { do: 'expect-event', type, withinMs, fields: map.read('with', (fields) => fields.texts()) ?? {} }
}

function readEventType(value: SourceValue): ExpectEvent['type'] {
  const text = value.text('a kind of event')
  if (isEventType(text)) return text
  return value.fail(`is no kind of event: "${text}"${suggestion(text, eventTypes)}; there is: ${eventTypes.join(', ')}`)
}
