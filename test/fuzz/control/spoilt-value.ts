import * as fc from 'fast-check'
import { anyJson, awkwardText } from './arbitrary-value.ts'

type Spoil = (value: unknown, at: number, other: unknown, name: string) => unknown

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Goes down into the value, by chance, and changes one thing there. */
const below =
  (change: Spoil): Spoil =>
  (value, at, other, name) => {
    const keys = isObject(value) || Array.isArray(value) ? Object.keys(value) : []
    const key = keys[at % Math.max(1, keys.length)]
    if (key === undefined || at % 3 === 0) return change(value, at, other, name)
    const member = (value as Record<string, unknown>)[key]
    const changed = below(change)(member, at >>> 2, other, name)
    if (Array.isArray(value)) return value.map((item: unknown, index) => (String(index) === key ? changed : item))
    return { ...(value as Record<string, unknown>), [key]: changed }
  }

const replace: Spoil = (_, __, other) => other
const add: Spoil = (value, _, other, name) => (isObject(value) ? { ...value, [name]: other } : [value, other])
const remove: Spoil = (value, at) => {
  if (!isObject(value)) return null
  const keys = Object.keys(value)
  const gone = keys[at % Math.max(1, keys.length)]
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== gone))
}
const repeat: Spoil = (value) => Array.from({ length: 50 }, () => value)
const wrap: Spoil = (value) => ({ value })

/** What obeys the contract but for one thing. */
export const spoilt = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(value, fc.constantFrom(replace, replace, add, remove, repeat, wrap), fc.nat(), anyJson, awkwardText)
    .map(([good, change, at, other, name]) => below(change)(good, at, other, name))

const rubbishTexts = [
  '',
  '{',
  '[',
  '{"a":',
  'null',
  '"text"',
  '[]',
  '1e400',
  '{"a":1,}',
  "{'a':1}",
  '\ufeff{}',
  '{"a":"\\ud800"}',
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  `{"a":${'9'.repeat(10_000)}}`,
  `{"body":{"a":"${'x'.repeat(1_200_000)}"}}`,
  '{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}}}',
]

/** Bodies that are no JSON, or too much of it. */
export const rubbish: fc.Arbitrary<string | Buffer> = fc.oneof(
  awkwardText,
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(...rubbishTexts),
)
