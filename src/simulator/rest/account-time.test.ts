import { expect, test } from 'vitest'
import { accountTime, dateTime, parseDateTime } from './account-time.ts'

const at = Date.parse('2026-01-15T10:30:05.123Z')

test.each([
  [0, '2026-01-15 10:30:05+00:00'],
  [330, '2026-01-15 16:00:05+05:30'],
  [-480, '2026-01-15 02:30:05-08:00'],
  [-210, '2026-01-15 07:00:05-03:30'],
])('a time %i minutes from UTC is written %s', (utcOffsetMinutes, text) => {
  expect(accountTime(at, utcOffsetMinutes)).toBe(text)
})

test('live calls have microseconds, in UTC', () => {
  expect(dateTime(at)).toBe('2026-01-15 10:30:05.123000')
})

test.each([
  ['2026-01-15 10:30', 0, '2026-01-15T10:30:00.000Z'],
  ['2026-01-15 10:30:05', 0, '2026-01-15T10:30:05.000Z'],
  ['2026-01-15 10:30:05.123456', 0, '2026-01-15T10:30:05.123Z'],
  ['2026-01-15T16:00:05', 330, '2026-01-15T10:30:05.000Z'],
])('%s is read, %i minutes from UTC', (text, utcOffsetMinutes, expected) => {
  expect(new Date(parseDateTime(text, utcOffsetMinutes) ?? 0).toISOString()).toBe(expected)
})

test.each(['', 'yesterday', '2026-01-15', '2026-13-15 10:30', '2026-01-15 10:30:05+05:30'])('%j is no time', (text) => {
  expect(parseDateTime(text, 0)).toBeUndefined()
})
