import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CallerAction } from '../src/simulator/index.ts'
import { OffhookCommand } from './support/offhook-command.ts'
import { patience, pause } from './support/patience.ts'
import { ServeProcess } from './support/serve-process.ts'

let node: ServeProcess
let botFile: string

/** Prints `words`, plays a file by relative path, then says back what it hears. */
const bot = (words: string) => `
import { defineBot } from 'offhook'
export default defineBot(async (call) => {
  console.log('${words}', (process.env.API_KEY ?? '').length)
  await call.play('./sounds/hello.wav')
  for await (const event of call) {
    if (event.type === 'audio') call.write(event.audio)
    if (event.type === 'dtmf' && event.digit === '#') return
  }
})
`

beforeAll(async () => {
  node = await ServeProcess.start()
  const folder = join(node.folder, 'echo')
  await mkdir(join(folder, 'sounds'), { recursive: true })
  await mkdir(join(folder, 'node_modules/other'), { recursive: true })
  await copyFile('examples/callers/hello.wav', join(folder, 'sounds/hello.wav'))
  await writeFile(join(folder, 'node_modules/other/data.json'), '{}')
  await writeFile(join(folder, '.hidden.json'), '{}')
  botFile = join(folder, 'bot.ts')
  await writeFile(botFile, bot('the first version'))
})
afterAll(() => node[Symbol.asyncDispose]())

/** The bot reads the key once it has played its file. */
const hangUp: CallerAction[] = [{ do: 'wait-for-audio' }, { do: 'press', digits: '#' }]

describe('a bot', () => {
  beforeAll(async () => {
    await node.run(['auth', 'login', '--url', node.url, '--token', node.token])
    await node.run(['secrets', 'set', 'keys', 'API_KEY=12345'])
  })

  const deploy = (...args: string[]) =>
    node.run(['deploy', botFile, '--name', 'echo', '--secrets', 'keys', '--min-agents', '1', ...args])

  test('is deployed with the files that it plays, and takes signed calls', async () => {
    const { code, stdout, stderr } = await deploy()
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stderr).toContain('sounds/hello.wav')
    expect(stderr).not.toMatch(/node_modules|hidden/)
    expect(stdout).toContain(`${node.url}/plivo-xml?agent=echo&org=${node.organization}`)
    expect(stdout).toContain(`${node.url}/plivo/hangup`)
    const { answered, heard } = await node.call('echo', hangUp)
    expect(answered).toBe(true)
    expect(heard.samples.some((sample) => Math.abs(sample) > 2000)).toBe(true)
  })

  test('what it printed is in the logs, with its secrets in its environment', async () => {
    await expect
      .poll(async () => (await node.run(['agent', 'logs', 'echo'])).stdout, patience)
      .toContain('the first version 5')
    const sessions = (await node.json(['agent', 'sessions', 'echo'])) as { sessionId: string; endedAt: string | null }[]
    expect(sessions).toMatchObject([{ endedAt: expect.any(String), coldStart: false }])
    const sessionId = sessions[0]?.sessionId ?? ''
    expect((await node.run(['agent', 'logs', 'echo', '--session', sessionId])).stdout).toContain('first version')
    const other = '00000000-0000-4000-8000-000000000000'
    expect(await node.run(['agent', 'logs', 'echo', '--session', other])).toMatchObject({ code: 0, stdout: '' })
  })

  test('its instances are listed with the session that each has', async () => {
    let listed = ''
    await node.call('echo', [], async (call) => {
      await expect.poll(async () => (listed = (await node.run(['ps'])).stdout), patience).toMatch(/busy/)
      call.hangUp()
    })
    expect(listed).toMatch(
      /^1 call .* more .*late.*busy\n\nAGENT +VERSION +INSTANCE +STATE +SESSIONS +SERVED +AGE +CPU +MEMORY\necho +\w{8} /,
    )
    const { pools } = (await node.json(['ps'])) as { pools: { agent: string; instances: unknown[] }[] }
    expect(pools).toMatchObject([{ agent: 'echo', state: 'serving', waiting: 0, problem: null }])
  })

  test('the same bot again deploys nothing, and --force does', async () => {
    const { code, stderr } = await deploy()
    expect(code).toBe(0)
    expect(stderr).toContain('--force')
    expect(await node.json(['agent', 'deployments', 'echo'])).toHaveLength(1)
    expect(await deploy('--force')).toMatchObject({ code: 0 })
    expect(await node.json(['agent', 'deployments', 'echo'])).toHaveLength(2)
  })

  test('one that throws while it starts fails with its own words, and calls go on with the one before', async () => {
    await writeFile(botFile, `console.error('no key for the oracle')\nthrow new Error('it cannot start')\n`)
    const { code, stdout, stderr } = await deploy()
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('no key for the oracle')
    expect(stderr).toMatch(/it cannot start/)
    expect(stderr).toContain('Calls go to the version before')
    const { stdout: status } = await node.run(['agent', 'status', 'echo'])
    expect(status).toContain('failed; calls go to the version before')
    expect(await node.call('echo', hangUp)).toMatchObject({ answered: true })
  })

  test('one that cannot be bundled is not sent: the error says where', async () => {
    await writeFile(botFile, 'export default (\n')
    const { code, stderr } = await deploy()
    expect(code).toBe(1)
    expect(stderr).toMatch(/bot\.ts:\d+:\d+/)
  })

  test('rollback goes back to the version with that number', async () => {
    await writeFile(botFile, bot('another version'))
    expect(await deploy()).toMatchObject({ code: 0 })
    expect(await node.run(['agent', 'rollback', 'echo', '99'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('offhook agent deployments echo'),
    })
    expect(await node.run(['agent', 'rollback', 'echo', '1'])).toMatchObject({ code: 0 })
    const versions = (await node.json(['agent', 'deployments', 'echo'])) as { number: number; active: boolean }[]
    expect(versions.filter(({ active }) => active).map(({ number }) => number)).toEqual([1])
  })

  test('logs -f shows what is printed from then on, each line once', async () => {
    const { environment } = node
    await using follower = new OffhookCommand(['agent', 'logs', 'echo', '-f', '-n', '1'], { environment })
    const lines = () => follower.stdout.match(/the first version/g)?.length
    await expect.poll(lines, patience).toBe(1)
    await node.call('echo', hangUp)
    await expect.poll(lines, patience).toBe(2)
    // It has asked again by then, with some seconds of before.
    await pause(2500)
    expect(lines()).toBe(2)
    follower.kill('SIGINT')
    expect(await follower.ended).toMatchObject({ code: 0, stderr: '' })
  })

  test('stop ends a session that runs', async () => {
    const running = async () => {
      const sessions = (await node.json(['agent', 'sessions', 'echo'])) as {
        sessionId: string
        endedAt: string | null
      }[]
      return sessions.find(({ endedAt }) => endedAt === null)?.sessionId
    }
    const { durationMs } = await node.call('echo', [{ do: 'wait', ms: 60_000 }], async () => {
      await expect.poll(running, patience).toBeDefined()
      const id = (await running()) ?? ''
      expect(await node.run(['agent', 'stop', id])).toMatchObject({ code: 0 })
    })
    expect(durationMs).toBeLessThan(50_000)
    expect(await node.run(['agent', 'stop', 'none'])).toMatchObject({ code: 1 })
  })

  test('scale changes how many, and deploys nothing', async () => {
    const before = await node.json(['agent', 'deployments', 'echo'])
    expect(await node.json(['agent', 'scale', 'echo', '--min', '0', '--max', '7'])).toEqual({
      minReplicas: 0,
      maxReplicas: 7,
    })
    expect(await node.json(['agent', 'deployments', 'echo'])).toHaveLength((before as unknown[]).length)
  })

  test('offhook.toml says what is deployed, or a pcc-deploy.toml as it is', async () => {
    const folder = join(node.folder, 'project')
    await mkdir(folder)
    const file = (name: string) => join(folder, name)
    await writeFile(
      file('pcc-deploy.toml'),
      'agent_name = "elsewhere"\nimage = "me/bot:1"\n[build]\ncontext_dir = "."\n',
    )
    const image = await node.run(['deploy', '--config-file', file('pcc-deploy.toml')])
    expect(image).toMatchObject({ code: 1 })
    expect(image.stderr).toContain('elsewhere does not come up. Nothing takes its calls.')
    await writeFile(file('bot.ts'), bot('by file'))
    await writeFile(
      file('offhook.toml'),
      'agent_name = "by-file"\nentry = "bot.ts"\nwebsocket_auth = "none"\n[scaling]\nmax_agents = 3\n',
    )
    expect(await node.run(['deploy', '--config-file', file('offhook.toml')])).toMatchObject({ code: 0 })
    expect(await node.json(['agent', 'status', 'by-file'])).toMatchObject({
      websocketAuth: 'none',
      autoScaling: { maxReplicas: 3 },
    })
  })

  test('delete needs --yes where nobody can be asked, and then the agent is gone', async () => {
    expect(await node.run(['agent', 'delete', 'echo'])).toMatchObject({ code: 2 })
    expect(await node.run(['agent', 'delete', 'echo', '--yes'])).toMatchObject({ code: 0 })
    expect(await node.run(['agent', 'status', 'echo'])).toMatchObject({ code: 1 })
    const agents = (await node.json(['agent', 'list'])) as { name: string }[]
    expect(agents.map(({ name }) => name)).not.toContain('echo')
  })
})
