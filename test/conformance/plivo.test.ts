/** The same suite against a real account: left out unless the environment names one. See docs/conformance.md. */
import { describe, test, vi } from 'vitest'
import { conformanceSuite } from './suite.ts'

const {
  PLIVO_AUTH_ID: authId,
  PLIVO_AUTH_TOKEN: authToken,
  PLIVO_PUBLIC_URL: publicUrl,
  PLIVO_FROM: from,
  PLIVO_TO: to,
  PLIVO_LISTEN_PORT: port = '8080',
} = process.env

if (authId && authToken && publicUrl && from && to) {
  // Real telephones take their time, and a record of a call comes seconds after its end.
  vi.setConfig({ testTimeout: 300_000 })
  conformanceSuite('Plivo', () =>
    Promise.resolve({
      restUrl: `https://api.plivo.com/v1/Account/${authId}`,
      authId,
      authToken,
      publicUrl: publicUrl.replace(/\/$/, ''),
      listen: { host: '0.0.0.0', port: Number(port) },
      from: from.replace(/^\+/, ''),
      to: to.replace(/^\+/, ''),
      patienceMs: 55_000,
      capabilities: { farEndSpeaks: process.env['PLIVO_TO_SPEAKS'] === '1' },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
  )
} else {
  describe('conformance of Plivo', () => test.skip('is not looked at: PLIVO_AUTH_ID and others are not set'))
}
