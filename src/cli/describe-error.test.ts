import { expect, test } from 'vitest'
import { ConfigError } from '../config.ts'
import { BundleError } from '../runtime/bundle.ts'
import { describeError, UsageError } from './describe-error.ts'

test('what is the user’s to mend is a sentence, and what is ours has its stack', () => {
  for (const error of [new UsageError('no'), new ConfigError('no'), new BundleError('no')])
    expect(describeError(error)).toBe('offhook: no')
  expect(describeError(new TypeError('ours'))).toMatch(/^TypeError: ours\n +at /)
  const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' })
  expect(describeError(taken)).toContain('set PORT or --port to a free one')
})
