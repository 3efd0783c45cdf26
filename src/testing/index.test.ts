import { expect, test } from 'vitest'
import * as testing from './index.ts'

test('the published values are these', () => {
  expect(Object.keys(testing).sort()).toEqual(['dialBot', 'dialUrl'])
})
