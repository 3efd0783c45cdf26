import { expect, it } from 'vitest'
import { encodeSipHeaders } from './sip-headers.ts'

it('puts a comma between headers', () => {
  expect(encodeSipHeaders({ Tenant: 'acme', session: '42' })).toBe('Tenant=acme,session=42')
  expect(encodeSipHeaders({})).toBe('')
})

it.each([
  { 'a-b': 'c' },
  { '': 'c' },
  { a: '' },
  { a: 'b,c=d' },
  { a: 'b\r\nc' },
  { PlivoTenant: 'acme' },
  { sipauthuser: 'acme' },
  { twilio: 'acme' },
])('refuses what would not arrive: %j', (headers) => {
  expect(() => encodeSipHeaders(headers)).toThrow(RangeError)
  expect(() => encodeSipHeaders(headers)).toThrow('sipHeaders')
})
