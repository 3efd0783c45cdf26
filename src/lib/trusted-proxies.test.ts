import { expect, test } from 'vitest'
import { TrustedProxies } from './trusted-proxies.ts'

const proxies = new TrustedProxies(['10.0.0.0/8', '::1', '127.0.0.1'])

test('networks and addresses of both kinds are trusted, and nothing else', () => {
  expect(['10.1.2.3', '::ffff:10.1.2.3', '::1', '127.0.0.1'].map((one) => proxies.trusts(one))).not.toContain(false)
  expect(['11.0.0.1', '::2', '127.0.0.2', undefined].map((one) => proxies.trusts(one))).not.toContain(true)
})

test.each([
  ['without a proxy, the socket says who asks', '1.1.1.1', '9.9.9.9', '1.1.1.1'],
  ['a proxy says who asks', '10.0.0.1', '1.1.1.1', '1.1.1.1'],
  ['what a client has written itself is not believed', '10.0.0.1', '9.9.9.9, 1.1.1.1', '1.1.1.1'],
  ['proxies may stand one behind the other', '10.0.0.1', '1.1.1.1, 10.0.0.2', '1.1.1.1'],
  ['a proxy that says nothing is the client', '10.0.0.1', undefined, '10.0.0.1'],
  ['so is one whose clients are all trusted', '127.0.0.1', '10.0.0.7', '10.0.0.7'],
])('%s', (_what, socket, header, client) => {
  expect(proxies.clientOf(socket, header)).toBe(client)
})
