import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type SimulatedCall, dial } from '../src/simulator/index.ts'
import { pause } from './support/patience.ts'
import { KillableServe } from './support/killable-serve.ts'

/** More of them by hand: OFFHOOK_TEST_KILLS=100. */
const kills = Number(process.env['OFFHOOK_TEST_KILLS'] ?? 4)
const plivoToken = 'the-token-of-the-account'

const bot = (version: number) => `export default { onCall: async (call) => {
  console.log('version ${version}')
  for await (const event of call) if (event.type === 'ended') return
} }`

interface Api {
  ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>
}

const apiOf = (url: string, token: string): Api => ({
  async ask(method, path, body) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return (await answer.json()) as Record<string, unknown>
  },
})

test(
  `a node that is killed at ${kills} moments comes back with everything whole and every session closed`,
  { timeout: 60_000 + kills * 8000 },
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'offhook-killed-'))
    let serve = await KillableServe.start(home, { PLIVO_AUTH_TOKEN: plivoToken })
    try {
      const { token, organization } = serve.owner
      const offhook = `/v1/offhook/organizations/${organization}/agents/desk`
      const services = `/v1/organizations/${organization}/services/desk`
      for (let round = 0; round < kills; round++) {
        await busyUntilKilled(serve, { token, organization, round })
        serve = await KillableServe.start(home, { PLIVO_AUTH_TOKEN: plivoToken })
        const api = apiOf(serve.url, token)

        const sessions = (await api.ask('GET', `${services}/sessions`))['sessions'] as
          | Record<string, unknown>[]
          | undefined
        for (const session of sessions ?? [])
          expect(session).toMatchObject({
            endedAt: expect.any(String) as string,
            completionStatus: expect.any(String) as string,
          })
        const versions = ((await api.ask('GET', `${offhook}/versions`))['versions'] ?? []) as Record<string, unknown>[]
        if (versions.length === 0) continue
        // A version that is there is there as a whole: it comes up.
        expect(versions[0]).toMatchObject({ phase: 'active', error: null })
        const details = (await api.ask('GET', services))['body'] as Record<string, unknown>
        expect(details).toMatchObject({ ready: true, available: true })
      }
      expect(serve.output).not.toContain('level=error')
    } finally {
      await serve[Symbol.asyncDispose]()
      await rm(home, { recursive: true, force: true })
    }
  },
)

/** Deployments, changed secrets and calls, all at once, until the end. */
async function busyUntilKilled(
  serve: KillableServe,
  { token, organization, round }: { token: string; organization: string; round: number },
): Promise<void> {
  const api = apiOf(serve.url, token)
  const calls: SimulatedCall[] = []
  const until = new AbortController()
  const again = async (work: (n: number) => Promise<unknown>) => {
    for (let n = 0; !until.signal.aborted; n++) await work(n).catch(() => pause(5))
  }
  const all = Promise.all([
    again((n) => {
      const files = [{ path: 'bot.mjs', content: Buffer.from(bot(round * 1000 + n)).toString('base64') }]
      const source = { type: 'module', entry: 'bot.mjs' }
      return api.ask('POST', `/v1/offhook/organizations/${organization}/agents/desk/deploy`, { source, files })
    }),
    again((n) =>
      api.ask('PUT', `/v1/organizations/${organization}/secrets/words`, {
        secretKey: `K${n % 5}`,
        secretValue: `v${n}`,
      }),
    ),
    again(async () => {
      const answerUrl = `${serve.url}/plivo-xml?agent=desk&org=${organization}`
      calls.push(dial({ answerUrl, authTokens: [plivoToken], maxDurationMs: 2000 }))
      await pause(200)
    }),
  ])
  await pause(300 + Math.random() * 1500)
  await serve.kill()
  until.abort()
  await all
  for (const call of calls) call.hangUp()
  await Promise.all(calls.map(({ ended }) => ended))
}
