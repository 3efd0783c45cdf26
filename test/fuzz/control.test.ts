import { readFile, writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { messageOf } from '../../src/lib/errors.ts'
import { KillableServe } from '../support/killable-serve.ts'
import { pause } from '../support/patience.ts'
import { describeStores, StorePlace } from '../support/stores.ts'
import { type ApiDocument, operationsOf } from './control/api-document.ts'
import { anyRequest, type FuzzRequest } from './control/arbitrary-request.ts'
import { AnswerChecks } from './control/check-answer.ts'
import { contradictions } from './control/contradictions.ts'
import { prepareHome } from './control/fuzzed-home.ts'
import { makeKnownThings } from './control/known-things.ts'
import { sendRequest } from './control/send-request.ts'

/** Requests on both databases together. */
const wanted = Number(process.env['OFFHOOK_FUZZ'] ?? 3_000)
const timeoutMs = 180_000 + wanted * 20
const atOnce = 12
/** What the process may grow by once it is warm, beyond what the requests made: a database's cache, compiled code. */
const mostGrowthMb = 160
const warmUpShare = 0.3

const seedsFile = fileURLToPath(new URL('control/seeds.json', import.meta.url))
const readSeeds = async (): Promise<number[]> => JSON.parse(await readFile(seedsFile, 'utf8'))

const residentMb = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
}

const describeRequest = ({ operation, method, path, headers, body }: FuzzRequest) =>
  `${operation.method} ${operation.path} as ${method} ${path.slice(0, 200)} ${JSON.stringify(headers).slice(0, 200)} ${String(body).slice(0, 200)}`

interface Round {
  readonly serve: KillableServe
  readonly requests: readonly FuzzRequest[]
}

/** Sends all of them, some at once, and says what must not have happened, with an example of each. */
async function sendAll({ serve, requests }: Round): Promise<Map<string, string>> {
  using agent = Object.assign(new Agent({ keepAlive: true, maxSockets: atOnce }), {
    [Symbol.dispose]: () => agent.destroy(),
  })
  const checks = new AnswerChecks()
  const problems = new Map<string, string>()
  const waiting = [...requests].values()
  const sendMore = async () => {
    for (const request of waiting) {
      if (!serve.isRunning) return
      const answer = await sendRequest(serve.url, request, agent).catch((error: unknown) => messageOf(error))
      const problem = typeof answer === 'string' ? answer : checks.problem(request, answer)
      if (problem === undefined) continue
      const { method, path } = request.operation
      const said = typeof answer === 'string' ? '' : ` → ${answer.text.slice(0, 300)}`
      problems.set(`${method} ${path}: ${problem}`, `${describeRequest(request)}${said}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sendMore))
  return problems
}

describeStores((kind) => {
  const run = async (seed: number, count: number) => {
    await using place = await StorePlace.create(kind)
    const { location } = place
    const home = await prepareHome(location)
    const { databaseUrl } = location
    const environment = {
      OFFHOOK_REQUESTS_PER_SECOND: '1000000',
      OFFHOOK_LOG_LEVEL: 'error',
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    }
    const serve = await KillableServe.start(location.folder, environment)
    try {
      const around = await makeKnownThings(serve.url, home)
      const document = (await (await fetch(`${serve.url}/openapi.json`)).json()) as ApiDocument
      const operations = operationsOf(document)
      const requests = fc.sample(anyRequest(operations, around), { seed, numRuns: count })
      const warm = Math.ceil(count * warmUpShare)
      const startedAt = performance.now()
      const problems = await sendAll({ serve, requests: requests.slice(0, warm) })
      const before = await residentMb(serve.pid)
      for (const [name, example] of await sendAll({ serve, requests: requests.slice(warm) }))
        problems.set(name, example)
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      const after = await residentMb(serve.pid)
      const memory = `${before.toFixed(0)} to ${after.toFixed(0)} MB`
      process.stdout.write(`fuzz control on ${kind}: seed ${seed}, ${count} requests in ${seconds} s, ${memory}\n`)
      expect([...problems].map(([name, example]) => `${name}\n  ${example}`).join('\n')).toBe('')
      expect(serve.isRunning).toBe(true)
      const headers = { authorization: `Bearer ${home.ownerToken}` }
      expect((await fetch(`${serve.url}/v1/users`, { headers })).status).toBe(200)
      expect(after - before).toBeLessThan(mostGrowthMb)
      await pause(200)
    } finally {
      await serve[Symbol.asyncDispose]()
    }
    expect(serve.output).not.toMatch(/a request failed|a deployment broke off|Unhandled|TypeError|ReferenceError/)
    expect(await contradictions(location)).toEqual([])
  }

  test(
    'no request makes the API fail, hang or answer otherwise than its contract says',
    { timeout: timeoutMs },
    async () => {
      const seed = Number(process.env['OFFHOOK_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
      try {
        await run(seed, Math.ceil(wanted / 2))
      } catch (error) {
        const seeds = await readSeeds()
        if (!seeds.includes(seed)) await writeFile(seedsFile, `${JSON.stringify([...seeds, seed], null, 2)}\n`)
        throw error
      }
    },
  )

  test('what has failed once does so no more', { timeout: timeoutMs }, async () => {
    for (const seed of await readSeeds()) await run(seed, 1_000)
  })
})
