import { expect, test } from 'vitest'
import { ConfigError } from '../config.ts'
import { BundleError } from '../runtime/bundle.ts'
import { describeError, UsageError } from './describe-error.ts'

test('what is the user’s to mend is a sentence, and what is ours has its stack', () => {
  for (const error of [new UsageError('no'), new ConfigError('no'), new BundleError('no')])
    expect(describeError(error)).toBe('offhook: no')
  expect(describeError(new TypeError('ours'))).toMatch(/^TypeError: ours\n +at /)
})

test.each([
  ['EADDRINUSE', { syscall: 'listen', code: 'EADDRINUSE' }, 'set PORT or --port to a free one'],
  ['EADDRNOTAVAIL', { syscall: 'listen', code: 'EADDRNOTAVAIL' }, 'set OFFHOOK_HOST'],
  ['a port below 1024', { syscall: 'listen', code: 'EACCES' }, 'set PORT or --port'],
  ['no such host', { syscall: 'getaddrinfo', code: 'ENOTFOUND' }, 'OFFHOOK_HOST and DATABASE_URL'],
  ['nobody there', { syscall: 'connect', code: 'ECONNREFUSED' }, 'DATABASE_URL'],
  ['no such password', { severity: 'FATAL', code: '28P01' }, 'DATABASE_URL'],
  ["EISDIR: illegal operation on a directory, open 'x'", { syscall: 'open', code: 'EISDIR' }, ''],
])('what the system says is a sentence with what to do: %s', (message, facts, remedy) => {
  const text = describeError(Object.assign(new Error(message), facts))
  expect(text).toContain(`offhook: ${message}`)
  expect(text).toContain(remedy)
  expect(text).not.toContain('\n')
})
