import { expect, test } from 'vitest'
import { messageOf } from './errors.ts'

test.each([
  [new TypeError('no such file'), 'no such file'],
  ['thrown text', 'thrown text'],
  [undefined, 'undefined'],
  [404, '404'],
])('anything that was thrown has a message: %s', (thrown, message) => {
  expect(messageOf(thrown)).toBe(message)
})
