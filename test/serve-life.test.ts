import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerUrlOf } from '../src/cli/local-plivo.ts'
import { findNode } from '../src/cli/node-file.ts'
import { dial } from '../src/simulator/index.ts'
import { KillableServe } from './support/killable-serve.ts'
import { offhook, OffhookCommand } from './support/offhook-command.ts'
import { patience } from './support/patience.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

/** One that comes up once there is no such file, beeps, and ends at a key. */
const botBehind = (gate: string) => `
  import { existsSync } from 'node:fs'
  import { defineBot } from 'offhook'
  while (existsSync(${JSON.stringify(gate)})) await new Promise((resolve) => setTimeout(resolve, 20))
  const beep = Int16Array.from({ length: 4000 }, (_, i) => 8000 * Math.sin(i / 4))
  export default defineBot(async (call) => {
    call.play(beep, { sampleRateHz: 8000 })
    for await (const event of call) if (event.type === 'dtmf') return
  })`

let folder: string
let home: string
/** While this file is there, the agent does not come up. */
let gate: string
let owner: { readonly token: string; readonly organization: string }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-life-'))
  home = join(folder, 'home')
  gate = join(folder, 'gate')
  const file = join(folder, 'slow.ts')
  await writeFile(file, botBehind(gate))
  await using node = await KillableServe.start(home)
  owner = node.owner
  const environment = { OFFHOOK_URL: node.url, OFFHOOK_TOKEN: owner.token }
  expect(await offhook(['deploy', file, '--yes'], { environment })).toMatchObject({ code: 0 })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const statusAt = async (url: string, path: string) => (await fetch(`${url}${path}`)).status

async function call(caller: Parameters<typeof dial>[0]['caller'] = []) {
  const node = await findNode(home)
  return dial({
    answerUrl: answerUrlOf(node, 'slow'),
    hangupUrl: `${node.url}/plivo/hangup`,
    authTokens: [node.authToken],
    caller,
    maxDurationMs: 60_000,
  })
}

describe('a node that starts', () => {
  test('is alive and not ready, and has a call wait for its agent instead of refusing it', async () => {
    await writeFile(gate, '')
    const starting = KillableServe.start(home)
    await expect.poll(async () => (await findNode(home).catch(() => undefined))?.url, patience).toBeDefined()
    const { url } = await findNode(home)
    const [live, ready] = await Promise.all([statusAt(url, '/livez'), statusAt(url, '/readyz')])
    const placed = await call([{ do: 'wait-for-audio' }, { do: 'press', digits: '#' }])
    await expect.poll(() => placed.timeline.map(({ type }) => type), patience).toContain('answer-requested')
    await rm(gate)
    await using node = await starting
    expect([live, ready]).toEqual([200, 503])
    const { answered, heard } = await placed.ended
    expect(answered).toBe(true)
    expect(heard.samples.some((sample) => Math.abs(sample) > 2000)).toBe(true)
    expect(await statusAt(node.url, '/readyz')).toBe(200)
  })

  test('does not have a call wait for an agent that nobody deployed, once it has started', async () => {
    await using _node = await KillableServe.start(home)
    const local = await findNode(home)
    expect(await statusAt('', answerUrlOf(local, 'nobody'))).toBe(404)
  })

  test('stops at once when it is told to while agents still come up', async () => {
    await writeFile(gate, '')
    const starting = KillableServe.start(home)
    starting.catch(() => {})
    await expect.poll(async () => (await findNode(home).catch(() => undefined))?.pid, patience).toBeDefined()
    process.kill((await findNode(home)).pid, 'SIGTERM')
    await expect(starting).rejects.toThrow(/did not start/)
    await rm(gate)
    await using node = await KillableServe.start(home)
    expect(node.output).not.toContain('failed')
  })
})

describe('a node that is told to stop', () => {
  const stopWith = async (during: (node: KillableServe) => Promise<void>, environment: Record<string, string> = {}) => {
    await using node = await KillableServe.start(home, environment)
    const running = await call([{ do: 'wait-for-audio' }, { do: 'wait', ms: 50_000 }])
    await expect.poll(() => running.timeline.map(({ type }) => type), patience).toContain('bot-audio-started')
    await during(node)
    expect(await node.ended()).toBe(0)
    return { node, result: await running.ended }
  }

  test('is not ready from then on, and alive until its calls are over', async () => {
    const { result } = await stopWith(async (node) => {
      node.signal('SIGTERM')
      await expect.poll(() => statusAt(node.url, '/readyz'), patience).toBe(503)
      expect(await statusAt(node.url, '/livez')).toBe(200)
      await expect.poll(() => node.output, patience).toContain('waiting for running calls')
      node.signal('SIGTERM')
    })
    expect(result.durationMs).toBeLessThan(45_000)
  })

  test('told twice, ends its calls and closes every session: the next start finds none open', async () => {
    await stopWith(async (node) => {
      node.signal('SIGTERM')
      await expect.poll(() => node.output, patience).toContain('waiting for running calls')
      node.signal('SIGTERM')
      await expect.poll(() => node.output, patience).toContain('running calls are ended')
    })
    await using next = await KillableServe.start(home)
    expect(next.output).not.toContain('sessions that were open when the node died')
    const environment = { OFFHOOK_URL: next.url, OFFHOOK_TOKEN: owner.token }
    const { stdout } = await offhook(['agent', 'sessions', 'slow', '--json'], { environment })
    const open = (JSON.parse(stdout) as { endedAt: string | null }[]).filter(({ endedAt }) => endedAt === null)
    expect(open).toEqual([])
  })

  test('waits no longer than OFFHOOK_DRAIN_TIMEOUT says', async () => {
    const { node } = await stopWith(async (node) => node.signal('SIGTERM'), { OFFHOOK_DRAIN_TIMEOUT: '1' })
    expect(node.output).toContain('running calls took too long and are ended')
  })
})

test('a node logs an object on each line of its standard output when it is to', async () => {
  await using folder = await TemporaryFolder.create()
  const environment = { OFFHOOK_HOME: folder.path, PORT: '0', OFFHOOK_LOG_FORMAT: 'json', OFFHOOK_PORT: '80' }
  await using node = new OffhookCommand(['serve'], { environment })
  await expect.poll(() => node.stdout, patience).toContain('a key for secrets was made')
  node.kill('SIGTERM')
  const { code, stdout } = await node.ended
  expect(code).toBe(0)
  const [first = '', ...lines] = stdout.trim().split('\n')
  expect(JSON.parse(first)).toMatchObject({
    level: 40,
    variable: 'OFFHOOK_PORT',
    msg: expect.stringMatching(/no such/),
  })
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: 30, time: expect.any(String) })
})
