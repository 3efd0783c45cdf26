import { failed, parsed, type Parsed, type ParseFailure } from '../lib/parsed.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** Thrown by the readers below, so that a message without a fault, the one that comes 50 times a second, pays nothing. */
class WrongField extends Error {
  readonly failure: ParseFailure

  constructor(failure: ParseFailure) {
    super(failure.problem)
    this.failure = failure
  }
}

/** Runs `read` on the JSON object in `text`; the readers of this file may be used inside it, and nowhere else. */
export const parseJsonObject = <T>(text: string, read: (object: JsonObject) => T): Parsed<T> => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return failed('', 'the message is not JSON')
  }
  if (!isJsonObject(json)) return failed('', 'the message is not a JSON object')
  try {
    return parsed(read(json))
  } catch (error) {
    if (error instanceof WrongField) return error.failure
    throw error
  }
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `rule` completes "must be …". */
export const wrongField = (field: string, rule: string, value: unknown): WrongField =>
  new WrongField(failed(field, value === undefined ? 'is missing' : `must be ${rule}, got ${sketch(value)}`))

export const readString = (value: unknown, field: string): string => {
  if (typeof value === 'string') return value
  throw wrongField(field, 'a string', value)
}

export const readOptionalString = (value: unknown, field: string): string | undefined =>
  value === undefined ? undefined : readString(value, field)

/** A number that is not negative, or the same in decimal digits. */
export const readNumber = (value: unknown, field: string): number => {
  const number = typeof value === 'string' && decimal.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number) && number >= 0) return number
  throw wrongField(field, 'a number from 0', value)
}

export const readOptionalNumber = (value: unknown, field: string): number | undefined =>
  value === undefined ? undefined : readNumber(value, field)

export const readObject = (value: unknown, field: string): JsonObject => {
  if (isJsonObject(value)) return value
  throw wrongField(field, 'an object', value)
}

const decimal = /^\d+(?:\.\d+)?$/

const sketch = (value: unknown): string => {
  if (Array.isArray(value)) return 'an array'
  if (isJsonObject(value)) return 'an object'
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value)
}
