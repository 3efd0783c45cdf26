import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, rename, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { DevProcess } from './support/dev-process.ts'
import { askForXml, newCallUuid, openCall } from './support/foreign-client.ts'
import { freePort } from './support/free-port.ts'
import { offhook } from './support/offhook-command.ts'
import { patience } from './support/patience.ts'
import { childrenOf, isAlive } from './support/processes.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

/** A bot that answers every key with its name in the log, and echoes. */
const namedBot = (name: string) => `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    for await (const event of call) {
      if (event.type === 'audio') call.write(event.audio)
      if (event.type === 'dtmf' && event.digit === '#') return
      if (event.type === 'dtmf') console.log('${name} was pressed')
    }
  })`

/** A port that something else listens on. */
async function takenPort(): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])

describe('offhook dev', () => {
  test('prints the answer URL of the agent, which is named after its file', async () => {
    await using dev = await DevProcess.start({ args: ['examples/echo.ts'], environment: { OFFHOOK_ORG: '' } })
    expect(dev.answerUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/plivo-xml\?agent=echo&org=local$/)
    using call = await openCall(dev.answerUrl)
    await call.stream.echoes()
  })

  test('takes the organization from OFFHOOK_ORG', async () => {
    await using dev = await DevProcess.start({
      args: ['examples/echo.ts'],
      environment: { OFFHOOK_ORG: 'brave-blue-heron-4821' },
    })
    expect(dev.answerUrl).toContain('agent=echo&org=brave-blue-heron-4821')
    expect((await askForXml(dev.answerUrl, { CallUUID: newCallUuid() })).status).toBe(200)
  })

  test.each([
    ['night desk/bot.ts', 'night-desk'],
    ['night desk/index.ts', 'night-desk'],
    ['Ärger_2.ts', 'rger-2'],
  ])('names the agent of %s: %s', async (path, agent) => {
    await using folder = await TemporaryFolder.create()
    await mkdir(join(folder.path, 'night desk'))
    const file = join(folder.path, path)
    await writeFile(file, namedBot('it'))
    await using dev = await DevProcess.start({ args: [file] })
    expect(new URL(dev.answerUrl).searchParams.get('agent')).toBe(agent)
    using call = await openCall(dev.answerUrl)
    await call.stream.echoes()
  })

  test('listens on PORT, and on --port rather', async () => {
    const [one, two] = [await freePort(), await freePort()]
    const environment = { PORT: String(one) }
    {
      await using dev = await DevProcess.start({ args: ['examples/echo.ts'], environment })
      expect(dev.port).toBe(one)
    }
    await using dev = await DevProcess.start({ args: ['examples/echo.ts', '--port', String(two)], environment })
    expect(dev.port).toBe(two)
    expect((await fetch(`http://127.0.0.1:${two}/healthz`)).status).toBe(200)
  })

  test('says in the log that a setting is none', async () => {
    const environment = { OFFHOOK_PORT: '7861' }
    await using dev = await DevProcess.start({ args: ['examples/echo.ts'], environment })
    await dev.until(/there is no such setting.*variable=OFFHOOK_PORT/)
  })

  test('prints the public address when it is known', async () => {
    await using dev = await DevProcess.start({
      args: ['examples/echo.ts'],
      environment: { OFFHOOK_PUBLIC_URL: 'https://voice.example.com/' },
    })
    expect(dev.answerUrl).toBe('https://voice.example.com/plivo-xml?agent=echo&org=local')
  })

  test('says in the log that it let an unsigned webhook pass, and what to do', async () => {
    await using dev = await DevProcess.start({ args: ['examples/echo.ts'] })
    using _call = await openCall(dev.answerUrl)
    await dev.until(/let through.*PLIVO_AUTH_TOKEN/)
  })

  test('has one line in the log for each event, whatever strangers ask', async () => {
    await using dev = await DevProcess.start({ args: ['examples/echo.ts'] })
    await fetch(dev.answerUrl.replace('agent=echo', 'agent=x%0Alog%20forged%1B%5B2J'))
    await dev.until(/wanted=x\\nlog forged\\u001b\[2J\.local/)
  })

  test("gives the bot its author's environment, and not the carrier's credentials", async () => {
    await using folder = await TemporaryFolder.create()
    const file = join(folder.path, 'spy.ts')
    await writeFile(
      file,
      `import { defineBot } from 'offhook'
       console.log('env', JSON.stringify(process.env))
       export default defineBot(() => {})`,
    )
    await using dev = await DevProcess.start({
      args: [file],
      environment: {
        PLIVO_AUTH_TOKEN: 'secret-of-the-carrier',
        PLIVO_AUTH_ID: 'MASECRET',
        OPENAI_API_KEY: 'of-the-author',
      },
    })
    await dev.until(/of-the-author/)
    expect(dev.output).not.toContain('secret-of-the-carrier')
    expect(dev.output).not.toContain('MASECRET')
  })

  test('places a call at once when it is told to, and stays', async () => {
    await using folder = await TemporaryFolder.create()
    const file = join(folder.path, 'beep.ts')
    await writeFile(
      file,
      `import { defineBot } from 'offhook'
       const beep = Int16Array.from({ length: 2400 }, (_, i) => 8000 * Math.sin(i))
       export default defineBot(async (call) => {
         call.play(beep, { sampleRateHz: 8000 })
         for await (const event of call) if (event.type === 'dtmf') return
       })`,
    )
    await using dev = await DevProcess.start({ args: [file, '--dial', '--press', '#'] })
    await dev.until(/presses #/)
    await dev.until(/listen: \S+\.wav/)
    using call = await openCall(dev.answerUrl)
    call.stream.dtmf('#')
    expect((await call.stream.closed).code).toBe(1000)
  })
})

describe('offhook dev refuses', () => {
  /** Runs the command in a home of its own; it must end by itself, with an error and with nothing left. */
  async function refusal(args: readonly string[], environment: Record<string, string> = {}, code = 2): Promise<string> {
    await using home = await TemporaryFolder.create()
    const result = await offhook(['dev', ...args], {
      environment: { PORT: '0', OFFHOOK_HOME: home.path, ...environment },
    })
    expect(result.code).toBe(code)
    expect(result.stderr).not.toContain('    at ')
    expect(filesIn(join(home.path, 'bundles'))).toEqual([])
    expect(filesIn(home.path)).not.toContain('node.json')
    return result.stderr
  }

  test('a port that is taken, in one line that says what to do', async () => {
    await using taken = await takenPort()
    const message = await refusal(['examples/echo.ts'], { PORT: String(taken.port) }, 1)
    expect(message.trim().split('\n')).toHaveLength(1)
    expect(message).toContain(String(taken.port))
    expect(message).toMatch(/set PORT or --port/)
  })

  test('a file that is not there', async () => {
    expect(await refusal(['examples/nothing.ts'])).toContain('examples/nothing.ts')
  })

  test('a file with a mistake, and shows where it is', async () => {
    await using folder = await TemporaryFolder.create()
    const file = join(folder.path, 'bad.ts')
    await writeFile(file, `import { defineBot } from 'offhook'\nexport default defineBot(async (call => {`)
    expect(await refusal([file], {}, 1)).toMatch(/bad\.ts:2:\d+/)
  })

  test('a file that imports what is not there, and shows where', async () => {
    await using folder = await TemporaryFolder.create()
    const file = join(folder.path, 'bad.ts')
    await writeFile(file, `\n\nimport './missing.ts'`)
    expect(await refusal([file], {}, 1)).toMatch(/bad\.ts:3:\d+[^]*missing/)
  })

  test.each([
    [['examples/echo.ts', '--url', 'ws://127.0.0.1:1/ws'], {}, /--url/],
    [[], {}, /bot file/],
    [['--url', 'http://127.0.0.1:1/ws'], {}, /ws:/],
    [['examples/echo.ts', '--port', 'x'], {}, /PORT.*"x"/],
    [['examples/echo.ts', '--press', 'xyz'], {}, /--press.*xyz/],
    [['examples/echo.ts', '--audio', 'opus'], {}, /mulaw, l16-8k, l16-16k/],
    [['examples/echo.ts'], { OFFHOOK_ORG: 'Not A Slug' }, /OFFHOOK_ORG.*Not A Slug/],
    [['examples/echo.ts'], { OFFHOOK_MAX_CALLS: '0' }, /OFFHOOK_MAX_CALLS/],
    [['examples/echo.ts'], { OFFHOOK_PUBLIC_URL: 'voice.example.com' }, /OFFHOOK_PUBLIC_URL/],
  ] as const)('%j with %o', async (args, environment, message) => {
    expect(await refusal(args, environment)).toMatch(message)
  })
})

describe('a saved bot file', () => {
  const startWith = async (files: Record<string, string>, main: string) => {
    const folder = await TemporaryFolder.create()
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text)
    const dev = await DevProcess.start({ args: [join(folder.path, main)] })
    return {
      dev,
      path: (name: string) => join(folder.path, name),
      async [Symbol.asyncDispose]() {
        await dev[Symbol.asyncDispose]()
        await folder[Symbol.asyncDispose]()
      },
    }
  }

  test('serves the next call, while a running one stays with what it has', async () => {
    await using work = await startWith({ 'desk.ts': namedBot('old') }, 'desk.ts')
    const { dev } = work
    using running = await openCall(dev.answerUrl)
    await running.stream.echoes()
    await writeFile(work.path('desk.ts'), namedBot('new'))
    await dev.until(/was saved: the next call gets it/)
    using next = await openCall(dev.answerUrl)
    next.stream.dtmf('1')
    await dev.until(/new was pressed/)
    expect(dev.output).not.toContain('old was pressed')
    running.stream.dtmf('1')
    await dev.until(/old was pressed/)
    await running.stream.echoes()
    await next.stream.echoes()
  })

  test('that is replaced as editors do it serves the next call', async () => {
    await using work = await startWith({ 'desk.ts': namedBot('old') }, 'desk.ts')
    await writeFile(work.path('desk.ts.tmp'), namedBot('new'))
    await rename(work.path('desk.ts.tmp'), work.path('desk.ts'))
    await work.dev.until(/was saved/)
    using call = await openCall(work.dev.answerUrl)
    call.stream.dtmf('1')
    await work.dev.until(/new was pressed/)
  })

  test('may be one that the bot imports', async () => {
    const main = `import { name } from './name.ts'\n${namedBot("' + name + '")}`
    await using work = await startWith({ 'desk.ts': main, 'name.ts': `export const name = 'old'` }, 'desk.ts')
    await writeFile(work.path('name.ts'), `export const name = 'new'`)
    await work.dev.until(/was saved/)
    using call = await openCall(work.dev.answerUrl)
    call.stream.dtmf('1')
    await work.dev.until(/new was pressed/)
  })

  test('with a mistake changes nothing and shows the mistake, until it is saved without', async () => {
    await using work = await startWith({ 'desk.ts': namedBot('old') }, 'desk.ts')
    const { dev } = work
    await writeFile(work.path('desk.ts'), `import { defineBot } from 'offhook'\n\nexport default defineBot(((`)
    await dev.until(/cannot run; calls go on with what was there/)
    await dev.until(/desk\.ts:3:\d+/)
    using call = await openCall(dev.answerUrl)
    call.stream.dtmf('1')
    await dev.until(/old was pressed/)
    await writeFile(work.path('desk.ts'), namedBot('new'))
    await dev.until(/was saved: the next call gets it/)
    using next = await openCall(dev.answerUrl)
    next.stream.dtmf('1')
    await dev.until(/new was pressed/)
  })

  test('leaves one bundle and no process of the old code, once its calls are over', async () => {
    await using work = await startWith({ 'desk.ts': namedBot('old') }, 'desk.ts')
    const { dev } = work
    using running = await openCall(dev.answerUrl)
    await running.stream.echoes()
    const before = childrenOf(dev.pid)
    for (const name of ['newer', 'newest']) {
      const since = dev.output.length
      await writeFile(work.path('desk.ts'), namedBot(name))
      await dev.until(/was saved: the next call gets it/, { since })
    }
    running.stream.dtmf('#')
    expect((await running.stream.closed).code).toBe(1000)
    await expect.poll(() => before.filter(isAlive), patience).toEqual([])
    await expect.poll(() => childrenOf(dev.pid).length, patience).toBe(1)
    const bundles = () => filesIn(join(dev.home, 'bundles')).filter((name) => name.endsWith('.mjs'))
    await expect.poll(bundles, patience).toHaveLength(1)
  })
})

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  async function expectNothingLeft(dev: DevProcess, processes: readonly number[]): Promise<void> {
    expect(await dev.exited).toBe(0)
    await expect.poll(() => processes.filter(isAlive), patience).toEqual([])
    expect(filesIn(dev.home)).not.toContain('node.json')
    expect(filesIn(join(dev.home, 'bundles'))).toEqual([])
  }

  test('ends a node without calls, with exit code 0 and nothing left', async () => {
    await using dev = await DevProcess.start({ args: ['examples/echo.ts'] })
    expect(filesIn(dev.home)).toContain('node.json')
    const processes = childrenOf(dev.pid)
    expect(processes.length).toBeGreaterThan(0)
    dev.kill(signal)
    await expectNothingLeft(dev, processes)
  })

  test('lets running calls finish and takes no new ones, then ends with exit code 0', async () => {
    await using dev = await DevProcess.start({ args: ['examples/echo.ts'] })
    using call = await openCall(dev.answerUrl)
    await call.stream.echoes()
    const processes = childrenOf(dev.pid)
    dev.kill(signal)
    await dev.until(/waiting for running calls/)
    await call.stream.echoes()
    const answer = await askForXml(dev.answerUrl, { CallUUID: newCallUuid() })
    expect(await answer.text()).toMatch(/<Speak>.*<Hangup\/>/)
    call.stream.dtmf('#')
    expect((await call.stream.closed).code).toBe(1000)
    await expectNothingLeft(dev, processes)
  })

  test('for the second time ends running calls at once, with 1001', async () => {
    await using dev = await DevProcess.start({ args: ['examples/echo.ts'] })
    using call = await openCall(dev.answerUrl)
    await call.stream.echoes()
    const processes = childrenOf(dev.pid)
    dev.kill(signal)
    await dev.until(/waiting for running calls/)
    const askedAt = performance.now()
    dev.kill(signal)
    expect((await call.stream.closed).code).toBe(1001)
    // Asked once, it would wait for ten seconds.
    expect(performance.now() - askedAt).toBeLessThan(9000)
    await expectNothingLeft(dev, processes)
  })
})

describe('under an older Node.js', () => {
  const older = findOlderNode()

  test('a checkout runs with the Node.js that npm ci brought, and gives its exit code', async (context) => {
    if (older === undefined) {
      context.skip('there is no older Node.js on this machine')
      return
    }
    expect(await offhook(['--version'], { node: older })).toMatchObject({ code: 0, stderr: '' })
    const { code, stderr } = await offhook(['init', '???'], { node: older })
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('letters and digits') })
  })

  test('the command says in a sentence what it needs where there is no newer one, and exits with 1', async (context) => {
    if (older === undefined) {
      context.skip('there is no older Node.js on this machine')
      return
    }
    await using folder = await TemporaryFolder.create()
    await mkdir(join(folder.path, 'bin'))
    await cp('bin/offhook.js', join(folder.path, 'bin', 'offhook.js'))
    await cp('package.json', join(folder.path, 'package.json'))
    const told = await promisify(execFile)(older, [join(folder.path, 'bin', 'offhook.js'), 'dev']).catch(
      (error: unknown) => error,
    )
    expect(told).toMatchObject({ code: 1, stdout: '' })
    expect(told).toMatchObject({
      stderr: expect.stringMatching(/^offhook needs Node\.js 24 or later, and this is v\d+/),
    })
    expect(told).not.toMatchObject({ stderr: expect.stringContaining('SyntaxError') })
  })

  test('the command is written in what Node.js 14 understands', async () => {
    const source = readFileSync('bin/offhook.js', 'utf8').replace(/^#!.*\n/, '')
    const [plain, lowered] = await Promise.all(
      ['esnext', 'node14'].map(async (target) => (await transform(source, { target })).code),
    )
    expect(lowered).toBe(plain)
  })
})

/** A Node.js outside this project that is older than 24. */
function findOlderNode(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  const candidates = folders.filter((folder) => !folder.includes('node_modules')).map((folder) => join(folder, 'node'))
  return candidates.filter(existsSync).find((node) => {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' })
    return Number(/^v(\d+)/.exec(version)?.[1]) < 24
  })
}
