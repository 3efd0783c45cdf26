import { tone } from '../../src/audio/tone.ts'
import { PhoneBook } from '../../src/simulator/index.ts'
import { SimulatorServer } from '../../src/simulator/rest/server.ts'
import { freePort } from '../support/free-port.ts'
import type { PlivoUnderTest } from './plivo-under-test.ts'
import { conformanceSuite } from './suite.ts'

const account = { authId: 'MAEXAMPLE00000000000', authTokens: ['token'] }
const audio = { samples: tone({ frequencyHz: 440, durationMs: 400, sampleRateHz: 8000 }), sampleRateHz: 8000 }

conformanceSuite('the simulator', async (): Promise<PlivoUnderTest> => {
  const simulator = await SimulatorServer.start({
    account,
    phones: new PhoneBook({}, { unknown: { answers: 50, script: [{ do: 'speak', audio }] } }),
    limits: { callsPerSecond: 100 },
    callAssumptions: { ringAfterMs: 10 },
    assumptions: { callRecordDelayMs: 100 },
  })
  const port = await freePort()
  return {
    restUrl: `${simulator.url}/v1/Account/${account.authId}`,
    authId: account.authId,
    authToken: 'token',
    publicUrl: `http://127.0.0.1:${port}`,
    listen: { host: '127.0.0.1', port },
    from: '14155550199',
    to: '14155550100',
    patienceMs: 20_000,
    capabilities: { farEndSpeaks: true },
    [Symbol.asyncDispose]: () => simulator[Symbol.asyncDispose](),
  }
})
