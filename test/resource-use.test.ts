import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../src/lib/clock.ts'
import { ProcessUsage } from '../src/runtime/process-usage.ts'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform } from './support/platform.ts'

interface Pools {
  readonly pools: readonly { readonly instances: readonly Record<string, unknown>[] }[]
}

const bot = `
  import { defineBot } from 'offhook'
  const ballast = Buffer.alloc(64 * 1024 * 1024, 1)
  export default defineBot(async (call) => {
    for await (const event of call) {
      if (event.type === 'audio') for (const until = performance.now() + 4; performance.now() < until;);
      if (event.type === 'dtmf') return console.log(ballast.length)
    }
  })`

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test('a session has metrics of its instance, and the instance is listed with it while it runs', async () => {
    const platform = await startPlatform()
    try {
      await platform.deploy('front-desk', bot)
      const { organization } = platform
      const instances = async () => {
        const { body } = await platform.ask('GET', `/v1/offhook/organizations/${organization}/instances`)
        return (body as unknown as Pools).pools[0]?.instances ?? []
      }
      const call = platform.call('front-desk')
      await expect
        .poll(async () => (await instances()).find(({ cpuMillicores }) => cpuMillicores !== null), patience)
        .toMatchObject({ state: 'busy', sessionIds: [expect.any(String)], sessionsServed: 1, capacity: 1 })
      call.press('1')
      await call.ended
      const sessions = `/v1/organizations/${organization}/services/front-desk/sessions`
      const { body } = await platform.ask('GET', sessions)
      const [{ sessionId = '' } = {}] = body['sessions'] as { sessionId?: string }[]
      const metrics = async () => (await platform.ask('GET', `${sessions}/${sessionId}`)).body['resourceMetrics']
      await expect.poll(metrics, patience).not.toBeNull()
      const { sampleCount, cpuMillicoresP50, memoryBytesP50, timeseries } = (await metrics()) as Record<string, number>
      expect(sampleCount).toBeGreaterThan(0)
      expect(cpuMillicoresP50).toBeGreaterThan(10)
      expect(memoryBytesP50).toBeGreaterThan(64 * 1024 * 1024)
      expect(timeseries).toHaveLength(sampleCount ?? 0)
    } finally {
      await platform[Symbol.asyncDispose]()
      await removeHome(platform)
    }
  })

  test('a bot that uses more memory than its profile has is ended, and its agent says why in the log', async () => {
    const platform = await startPlatform()
    try {
      const greedy = `
        import { defineBot } from 'offhook'
        const kept = []
        export default defineBot({
          prewarm: () => void kept.push(Buffer.alloc(1200 * 1024 * 1024, 1)),
          onCall: async () => undefined,
        })`
      await platform.deploy('greedy', greedy, { autoScaling: { minAgents: 1 } })
      const told = () =>
        platform.log.entries.some((entry) =>
          /it used \d+ MB of memory, and may use 1024 MB/.test(JSON.stringify(entry)),
        )
      await expect.poll(told, patience).toBe(true)
    } finally {
      await platform[Symbol.asyncDispose]()
      await removeHome(platform)
    }
  })

  test('what a process uses is counted with what it has started', async () => {
    const burn = `const until = 300_000; while (process.cpuUsage().user < until);`
    const inner = `${burn} globalThis.kept = Buffer.alloc(50e6, 1); console.log('done'); setInterval(() => {}, 1e6)`
    const outer = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(inner)}], { stdio: 'inherit' })`
    const child = spawn(process.execPath, ['-e', outer], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
    try {
      const pid = child.pid ?? 0
      const usage = new ProcessUsage(pid, systemClock)
      await once(child.stdout, 'data')
      const first = await usage.sample()
      expect(first?.cpuMillicores).toBeGreaterThan(0)
      expect(first?.memoryBytes).toBeGreaterThan(2 * 30e6 + 50e6)
    } finally {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
      await once(child, 'exit')
    }
  })

  test('of a process that is gone nothing is told', async () => {
    expect(await new ProcessUsage(2 ** 30, systemClock).sample()).toBeUndefined()
  })
})
