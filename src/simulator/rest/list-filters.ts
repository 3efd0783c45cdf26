import { invalid } from './api-error.ts'
import { parseDateTime } from './account-time.ts'
import type { RequestFields } from './request-fields.ts'

type Test = (value: number) => boolean

const comparisons: readonly { readonly suffix: string; readonly holds: (value: number, bound: number) => boolean }[] = [
  { suffix: '', holds: (value, bound) => value === bound },
  { suffix: '__gt', holds: (value, bound) => value > bound },
  { suffix: '__gte', holds: (value, bound) => value >= bound },
  { suffix: '__lt', holds: (value, bound) => value < bound },
  { suffix: '__lte', holds: (value, bound) => value <= bound },
]

/** `bill_duration=…`, `bill_duration__gt=…` and the like (Plivo reference 7.3); all of them must hold. */
export const numberFilter = (query: RequestFields, name: string): Test =>
  rangeFilter(name, (field) => query.whole(field, { least: 0 }))

/** The same of a time, in Unix epoch milliseconds. Without seconds or fractions, `=` means all of that second. */
export function timeFilter(query: RequestFields, name: string, utcOffsetMinutes: number): Test {
  const test = rangeFilter(name, (field) => readTime(query, field, utcOffsetMinutes))
  return (at) => test(Math.floor(at / 1000) * 1000)
}

/** @throws ApiError 400 when there is a time of another form. */
export function readTime(query: RequestFields, field: string, utcOffsetMinutes: number): number | undefined {
  const text = query.text(field)
  if (text === undefined) return undefined
  const at = parseDateTime(text, utcOffsetMinutes)
  if (at === undefined) throw invalid(field, 'a time such as 2026-01-15 10:29:58')
  return at
}

function rangeFilter(name: string, read: (field: string) => number | undefined): Test {
  const tests = comparisons.flatMap(({ suffix, holds }): Test[] => {
    const bound = read(`${name}${suffix}`)
    return bound === undefined ? [] : [(value) => holds(value, bound)]
  })
  return (value) => tests.every((test) => test(value))
}

/** Whether texts are what the query wants of them, by field; fields that the query has not want nothing. */
export const textFilter = (query: RequestFields, values: Readonly<Record<string, string>>): boolean =>
  Object.entries(values).every(([field, value]) => {
    const wanted = query.text(field)
    return wanted === undefined || wanted.toLowerCase() === value.toLowerCase()
  })
