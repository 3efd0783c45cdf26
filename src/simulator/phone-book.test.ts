import { expect, test } from 'vitest'
import { PhoneBook } from './phone-book.ts'

test('a number is found in every way of writing it, and a SIP URI as it is', () => {
  const book = new PhoneBook({ '+1 (415) 555-0123': { busy: true }, 'sip:desk@example.com': { noAnswer: true } })
  for (const number of ['14155550123', '+14155550123', ' +1 415 555-0123']) {
    expect(book.find(number)).toEqual({ busy: true })
  }
  expect(book.find('sip:desk@example.com')).toEqual({ noAnswer: true })
})

test('an unknown number answers after a second, or does what the book says of such', () => {
  expect(new PhoneBook().find('1')).toEqual({ answers: 1000 })
  expect(new PhoneBook({}, { unknown: { unallocated: true } }).find('1')).toEqual({ unallocated: true })
})

test('a script with a key that no telephone has is refused', () => {
  const script = [{ do: 'press', digits: 'x' }] as const
  expect(() => new PhoneBook({ 1: { answers: 0, script } })).toThrow(RangeError)
  expect(() => new PhoneBook({}, { unknown: { answers: 0, script } })).toThrow(RangeError)
})

test('a book may be changed', () => {
  const book = new PhoneBook({ 1: { busy: true } })
  book.set('+1', { answers: 0 })
  expect(book.find('1')).toEqual({ answers: 0 })
})
