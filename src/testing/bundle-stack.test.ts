import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { BundleStack } from './bundle-stack.ts'

/** Its second line, from the fifth column on, is line 7, column 3 of `../bots/cook.ts`. */
const map = JSON.stringify({
  version: 3,
  file: 'bot.mjs',
  sources: ['../bots/cook.ts'],
  sourcesContent: [''],
  names: [],
  mappings: ';IAME',
})
const stack = new BundleStack('/tmp/a (b)/bot.mjs', map)

async function stackOf(error: unknown): Promise<string | undefined> {
  await expect(
    stack.mapping(() => {
      throw error
    }),
  ).rejects.toBe(error)
  return error instanceof Error ? error.stack : undefined
}

const withStack = (text: string, cause?: unknown) => Object.assign(new Error('x', { cause }), { stack: text })

test.each([pathToFileURL('/tmp/a (b)/bot.mjs').href, '/tmp/a (b)/bot.mjs'])(
  'places in the bundle become places in the source, and others stay: %s',
  async (bundle) => {
    const error = withStack(`Error: x\n    at cook (${bundle}:2:9)\n    at test (/home/x.test.ts:1:2)`)
    expect(await stackOf(error)).toBe(
      'Error: x\n    at cook (/tmp/bots/cook.ts:7:7)\n    at test (/home/x.test.ts:1:2)',
    )
  },
)

test('those of causes too, and what is no error is left alone', async () => {
  const cause = withStack('Error: y\n    at /tmp/a (b)/bot.mjs:2:5')
  await stackOf(withStack('Error: x', cause))
  expect(cause.stack).toBe('Error: y\n    at /tmp/bots/cook.ts:7:3')
  await stackOf('a text')
  expect(await stack.mapping(() => 42)).toBe(42)
})
