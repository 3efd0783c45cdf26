/** Server bots that the node starts itself: real processes. */
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { askWhatNext, type ForeignCall, openCall } from './support/foreign-client.ts'
import { startNode, type TestNode } from './support/node.ts'
import { patience } from './support/patience.ts'
import { withPlatform } from './support/platform.ts'
import { childrenOf, isAlive } from './support/processes.ts'

const contractBot = resolve('test/support/contract-bot.mjs')
const command = [process.execPath, contractBot]

const startNodeFor = (environment: Record<string, string> = {}) =>
  startNode({ agents: [{ name: 'bot', command, environment }] })

/** Lines of the log that the bot printed for the session of this call. */
const printedFor = (node: TestNode, call: ForeignCall) =>
  node.log.entries.filter(({ fields }) => fields['call'] === call.callId && fields['bot']).map(({ message }) => message)

/** Where the node's only bot listens. */
const originOf = async (node: TestNode): Promise<string> => {
  const [line] = node.log.all(/^listening on \d+$/)
  return `http://127.0.0.1:${line?.message.split(' ').at(-1)}`
}

const ask = async (url: string): Promise<Record<string, string>> =>
  (await (await fetch(url)).json()) as Record<string, string>

describe('a command', () => {
  test('serves one call after the other, in one process; what it prints is known by its session', async () => {
    await using node = await startNodeFor()
    const origin = await originOf(node)
    const { pid } = await ask(`${origin}/environment`)
    const prints: string[][] = []
    for (const from of ['14155550101', '14155550102']) {
      using call = await openCall(node.answerUrl(), { From: from })
      await call.stream.echoes(10)
      call.stream.dtmf('#')
      expect((await call.stream.closed).code).toBe(1000)
      expect(await askWhatNext(call.nextUrl, call.callId)).toMatch(/<Response><Hangup\/>/)
      await expect.poll(() => printedFor(node, call).some((line) => line.endsWith('- is over')), patience).toBe(true)
      await expect.poll(() => node.pool().status.free, patience).toBeGreaterThan(0)
      prints.push(printedFor(node, call))
    }
    expect(prints[0]?.some((line) => line.includes('"from":"14155550101"'))).toBe(true)
    expect(prints[1]?.some((line) => line.includes('"from":"14155550102"'))).toBe(true)
    expect(prints[1]?.some((line) => line.includes('14155550101'))).toBe(false)
    expect(prints.flat().filter((line) => line.startsWith('sessions at once: 1,'))).toHaveLength(2)
    expect(await ask(`${origin}/environment`)).toMatchObject({ pid })
  })

  test('finds PORT, its secrets and placeholders for the carrier in its environment, and nothing of the node', async () => {
    await using node = await startNodeFor({ GREETING: 'good morning', SHUTDOWN_TIMEOUT: '5', PLIVO_AUTH_ID: 'MAREAL' })
    const origin = await originOf(node)
    const { TMPDIR, pid, ...environment } = await ask(`${origin}/environment`)
    expect(environment).toEqual({
      PORT: new URL(origin).port,
      GREETING: 'good morning',
      PLIVO_AUTH_ID: 'MAREAL',
      PLIVO_AUTH_TOKEN: expect.stringMatching(/./) as string,
      PATH: '',
      HOME: node.home,
      LANG: 'C.UTF-8',
      PYTHONUNBUFFERED: '1',
      cwd: node.home,
    })
    expect(existsSync(TMPDIR ?? '')).toBe(true)
    const group = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')[4]
    expect(group).toBe(String(pid))
  })

  test('that dies while idle is known to be dead, and replaced before a call comes', async () => {
    await using node = await startNodeFor()
    const { pid, TMPDIR } = await ask(`${await originOf(node)}/environment`)
    process.kill(Number(pid), 'SIGKILL')
    await node.log.until(/the bot's process was killed by SIGKILL/)
    await expect.poll(() => node.pool().status.free, patience).toBe(1)
    expect(existsSync(TMPDIR ?? '')).toBe(false)
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
  })

  test('that crashes in a call is lost, and its last words say why', async () => {
    await using node = await startNodeFor()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    call.stream.dtmf('9')
    const { message } = await node.log.until(/the bot's process exited with code 1/)
    expect(message).toContain('Traceback: something went wrong')
  })

  test('that crashes in a call is followed by another, which gets the first message byte for byte, and the caller', async () => {
    await using node = await startNodeFor()
    using call = await openCall(node.answerUrl(), { From: '14155550101' })
    await call.stream.echoes()
    const starts = () => printedFor(node, call).filter((line) => line.startsWith('received: {"sequenceNumber":0,'))
    for (const crash of [1, 2]) {
      call.stream.dtmf('9')
      await expect.poll(() => node.log.all('call resumed').length, patience).toBe(crash)
      await call.stream.echoes()
    }
    await expect.poll(starts, patience).toHaveLength(3)
    const [first, ...later] = starts()
    expect(first).toContain(call.callId)
    expect(later).toEqual([first, first])
    const bodies = () => printedFor(node, call).filter((line) => line.startsWith('body: '))
    await expect.poll(bodies, patience).toHaveLength(3)
    expect(new Set(bodies()).size).toBe(1)
    call.stream.dtmf('#')
    expect((await call.stream.closed).code).toBe(1000)
    expect((await node.log.until('call ended')).fields).toMatchObject({ reason: 'bot-returned' })
  })

  test('that breaks its socket and lives on has ended its session', async () => {
    await using node = await startNodeFor()
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    call.stream.dtmf('*')
    expect((await call.stream.closed).code).toBe(1000)
    expect((await node.log.until('call ended')).fields).toMatchObject({ reason: 'bot-returned' })
  })

  test('is asked to end with the node, and is gone then, with all that it kept', async () => {
    const node = await startNodeFor()
    const { pid, TMPDIR } = await ask(`${await originOf(node)}/environment`)
    await node[Symbol.asyncDispose]()
    expect(node.log.all('asked to end')).toHaveLength(1)
    expect(isAlive(Number(pid))).toBe(false)
    expect(existsSync(TMPDIR ?? '')).toBe(false)
    expect(childrenOf(process.pid).filter((child) => child === Number(pid))).toEqual([])
  })
})

/** The contract's bot as files of a version. */
const deployed = async (environment = '') => ({
  source: { type: 'command', command: [process.execPath, 'bot.mjs'] },
  files: [{ path: 'bot.mjs', content: Buffer.from(environment + (await botSource())).toString('base64') }],
})

/** Its packages are here, wherever it runs. */
const botSource = async () =>
  (await readFile(contractBot, 'utf8')).replace('process.env.PACKAGES_OF', JSON.stringify(contractBot))

describe('a deployed command', () => {
  test('runs in a folder of its files and answers a signed call; the same files are no new version', () =>
    withPlatform(async (platform) => {
      const request = { ...(await deployed()), autoScaling: { minAgents: 1 } }
      expect(await platform.deployAs('echo', request)).toMatchObject({ ready: true, available: true, errors: [] })
      const call = platform.call('echo', [
        { do: 'wait', ms: 500 },
        { do: 'press', digits: '#' },
      ])
      expect((await call.ended).hangup).toMatchObject({ name: 'Normal Hangup' })
      const [version = ''] = readdirSync(`${platform.home}/versions`)
      expect(readdirSync(`${platform.home}/versions/${version}`)).toEqual(['bot.mjs'])
      const path = `/v1/offhook/organizations/${platform.organization}/agents/echo/deploy`
      expect((await platform.ask('POST', path, request)).body['warning']).toMatch(/Nothing was deployed/)
    }))

  test('that prints why it ends is no version that serves, and says it', () =>
    withPlatform(async (platform) => {
      const details = await platform.deployAs('echo', await deployed(`throw new Error('no key for the weather')\n`))
      expect(details).toMatchObject({ ready: false, available: false })
      expect(JSON.stringify(details['errors'])).toMatch(
        /exited with code 1 before it was ready.*no key for the weather/,
      )
    }))

  test('whose program is not there says so', () =>
    withPlatform(async (platform) => {
      const source = { type: 'command', command: ['pyton', 'bot.py'] }
      const details = await platform.deployAs('echo', { source, files: [] })
      expect(JSON.stringify(details['errors'])).toContain(`could not be started: there is no program \\"pyton\\"`)
    }))

  test('does not run where the operator does not want commands', () =>
    withPlatform(
      async (platform) => {
        const details = await platform.deployAs('echo', await deployed())
        expect(JSON.stringify(details['errors'])).toContain(
          'this node runs no commands: its operator allows modules, images',
        )
      },
      { bots: ['modules', 'images'] },
    ))
})
