import { expect, test } from 'vitest'
import * as sdk from './index.ts'

test('a bot author imports one function and one error; everything else that is published is a type', () => {
  expect(Object.keys(sdk)).toEqual(['defineBot', 'CallControlError'])
})
