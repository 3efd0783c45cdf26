import { expect, test } from 'vitest'
import { maskNumber } from './mask-number.ts'

test.each([
  ['14155550123', '…23'],
  ['+4930123456', '…56'],
  ['sip:anna@phone.example.com', 'sip:…@phone.example.com'],
  ['911', '911'],
])('%s is shown as %s', (number, shown) => {
  expect(maskNumber(number)).toBe(shown)
})
