import * as fc from 'fast-check'
import type { Schema } from './api-document.ts'

const awkwardTexts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\u{1f600}',
  '漢字',
  '../../etc/passwd',
  '..',
  '.',
  '%',
  '%00',
  '%',
  '_',

  "'; DROP TABLE agents; --",
  '__proto__',
  'constructor',
  'toString',
  '<script>',
  '${7*7}',
  '\r\nx: y',
  '\u2028',
  'null',
  'undefined',
  'NaN',
  '-0',
  '1e999',
  '9'.repeat(40),
  'x'.repeat(5_000),
  '2026-13-45',
  'true',
]

/** Text that databases, parsers and file systems trip over. */
export const awkwardText = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(...awkwardTexts),
  },
)

const awkwardNumber = fc.oneof(
  fc.constantFrom(0, -0, -1, 1, 1.5, 2 ** 31, 2 ** 53, 2 ** 63, -(2 ** 63), 1e308, 5e-324),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)

export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  awkwardText,
  awkwardNumber,
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], JSON.parse('{"__proto__":1}')),
  fc.jsonValue({ maxDepth: 3 }),
)

/** A value that obeys the schema. `known`: values that name something, by the name of the field. */
export function validValue(
  schema: Schema,
  known: (name: string) => readonly string[],
  name = '',
): fc.Arbitrary<unknown> {
  const { anyOf, oneOf, enum: choices } = schema
  const forms = anyOf ?? oneOf
  if (forms) return fc.oneof(...forms.map((form) => validValue(form, known, name)))
  if ('const' in schema) return fc.constant(schema.const)
  if (choices && choices.length > 0) return fc.constantFrom(...choices)
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0]
  switch (type) {
    case 'object':
      return validObject(schema, known)
    case 'array': {
      const { items = {}, minItems: minLength = 0 } = schema
      return fc.array(validValue(items, known, name), { minLength, maxLength: Math.max(3, minLength) })
    }
    case 'string':
      return validText(schema, known(name))
    case 'integer':
    case 'number': {
      const { minimum: min = 0, maximum: max = 10_000 } = schema
      const least = Math.max(min, Number.MIN_SAFE_INTEGER)
      // Small ones, so that a minimum is seldom above a maximum, and nothing is started a thousand times.
      return fc.integer({ min: least, max: Math.min(Math.max(max, least), least + 4) })
    }
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return anyJson
  }
}

function validObject(schema: Schema, known: (name: string) => readonly string[]): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema
  const members = Object.entries(properties).map(([name, member]) => [name, validValue(member, known, name)] as const)
  const requiredKeys = required.filter((name) => name in properties)
  const fields = fc.record(Object.fromEntries(members), { requiredKeys })
  if (typeof additionalProperties !== 'object') return fields
  const others = fc.dictionary(awkwardText, validValue(additionalProperties, known), { maxKeys: 3 })
  return fc.tuple(others, fields).map(([more, own]) => ({ ...more, ...own }))
}

function validText({ format, pattern, minLength = 0, maxLength = 40 }: Schema, known: readonly string[]) {
  const free =
    format === 'uuid'
      ? fc.uuid()
      : format === 'date-time'
        ? fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
        : format === 'uri'
          ? fc.webUrl()
          : format === 'base64'
            ? fc.base64String({ maxLength: 40 })
            : pattern === undefined
              ? fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 40) })
              : matching(pattern)
  return known.length === 0 ? free : fc.oneof({ weight: 19, arbitrary: fc.constantFrom(...known) }, free)
}

/** Patterns with assertions that the generator cannot follow are met by a name. */
function matching(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern), { maxLength: 40 })
  } catch {
    return fc.constantFrom('bot.mjs', 'prompts/hello.txt', 'wss://bot.example.com/ws')
  }
}
