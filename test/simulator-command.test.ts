import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SaxesParser } from 'saxes'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultAssumptions } from '../src/simulator/assumptions.ts'
import { defaultRestAssumptions } from '../src/simulator/rest/assumptions.ts'
import { junitReport } from '../src/scenario/junit.ts'
import { runScenario } from '../src/scenario/run-scenario.ts'
import { startStreamServer, TestServer } from './simulator-support.ts'
import { offhook, OffhookCommand } from './support/offhook-command.ts'
import { patience } from './support/patience.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

interface XmlNode {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  text: string
}

/** The elements of a document that a strict parser takes. */
function parseStrictly(text: string): XmlNode[] {
  const nodes: XmlNode[] = []
  const open: XmlNode[] = []
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const node = { name, attributes, text: '' }
    nodes.push(node)
    open.push(node)
  })
  parser.on('text', (part) => {
    const node = open.at(-1)
    if (node) node.text += part
  })
  parser.on('closetag', () => void open.pop())
  parser.write(text).close()
  return nodes
}

/** Beeps, and warns of nothing. */
const startBeeper = () =>
  startStreamServer({
    onMessage({ event }, { socket }) {
      if (event !== 'start') return
      const beep = Buffer.from(Array.from({ length: 4000 }, (_, i) => (i % 16 < 8 ? 0x9a : 0x1a)))
      const media = { contentType: 'audio/x-mulaw', sampleRate: 8000, payload: beep.toString('base64') }
      socket.send(JSON.stringify({ event: 'playAudio', media }))
    },
  })

/** A folder with a scenario that passes and one that fails. */
async function scenarioFolder() {
  const folder = await TemporaryFolder.create()
  const [good, bad] = [join(folder.path, 'good.yaml'), join(folder.path, 'bad.yaml')]
  await writeFile(good, 'name: It beeps\nsteps:\n  - hear: tone 500 within 3s\n')
  await writeFile(bad, 'name: It "speaks" & <sings> 👋\nsteps:\n  - hear: tone 2000 within 200ms\n')
  return { folder, good, bad, environment: { OFFHOOK_HOME: folder.path, PLIVO_AUTH_TOKEN: undefined } }
}

describe('offhook simulator run', () => {
  let bot: TestServer
  let answerUrl: string
  beforeAll(async () => {
    bot = await startBeeper()
    answerUrl = `${bot.url}/answer`
  })
  afterAll(() => bot[Symbol.asyncDispose]())

  test('exits with 0 when all pass, and says so', async () => {
    const { folder, good, environment } = await scenarioFolder()
    await using _folder = folder
    const result = await offhook(['simulator', 'run', good, '--answer-url', answerUrl], { environment })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(result.stdout).toMatch(/^pass {2}It beeps {2}.*good\.yaml:1, \d\.\d s\n1 passed\n$/)
    expect(existsSync(join(folder.path, 'scenarios'))).toBe(false)
  })

  test('exits with 1 when one fails, shows where and what was heard, keeps the recording, writes JUnit', async () => {
    const { folder, good, bad, environment } = await scenarioFolder()
    await using _folder = folder
    const junit = join(folder.path, 'reports', 'junit.xml')
    const args = ['simulator', 'run', good, bad, '--answer-url', answerUrl, '--parallel', '2', '--junit', junit]
    const result = await offhook(args, { environment })
    expect(result).toMatchObject({ code: 1, stderr: '' })
    expect(result.stdout).toContain(`${bad}:3: hear: tone 2000 within 200ms`)
    expect(result.stdout).toMatch(
      /expected to hear a tone of 2000 Hz.*heard from.*the last of \d+ events:.*1 passed, 1 failed\n$/s,
    )
    const recording = /listen: (\S+\.wav)/.exec(result.stdout)?.[1] ?? ''
    expect(readFileSync(recording).subarray(0, 4).toString()).toBe('RIFF')
    const nodes = parseStrictly(readFileSync(junit, 'utf8'))
    expect(nodes.map(({ name }) => name)).toEqual([
      'testsuites',
      'testsuite',
      'testcase',
      'testsuite',
      'testcase',
      'failure',
    ])
    expect(nodes[0]?.attributes).toMatchObject({ tests: '2', failures: '1', errors: '0' })
    expect(nodes[4]?.attributes).toMatchObject({ name: 'It "speaks" & <sings> 👋', classname: bad, line: '3' })
    expect(nodes[5]?.attributes['message']).toMatch(/^line 3: hear: tone 2000 within 200ms: expected to hear/)
    expect(nodes[5]?.text).toContain('<Stream bidirectional="true"')
  })

  test('prints one JSON object per line with --json', async () => {
    const { folder, good, bad, environment } = await scenarioFolder()
    await using _folder = folder
    const { stdout, code } = await offhook(['simulator', 'run', good, bad, '--json', '--answer-url', answerUrl], {
      environment,
    })
    const lines: unknown[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(code).toBe(1)
    expect(lines).toEqual([
      expect.objectContaining({ type: 'scenario', name: 'It beeps', passed: true }),
      expect.objectContaining({ passed: false, failure: expect.objectContaining({ line: 3 }) }),
      { type: 'result', passed: 1, failed: 1, notRun: 0 },
    ])
  })

  test.each([
    ['a bad file', ['bad.yaml'], /^\S+bad\.yaml:2:7: steps must be a list/],
    ['a file that is not there', ['none.yaml'], /none\.yaml:1:1: ENOENT/],
    ['no answer URL', ['good.yaml'], /good\.yaml:1:1: answer_url is missing: write it here, or give --answer-url/],
    [
      'a name that none has',
      ['good.yaml', '--only', 'x y', '--answer-url', 'http://127.0.0.1:1/'],
      /--only x y: no scenario.*\n {2}Good/,
    ],
    ['no files', [], /missing required argument/],
    ['an unknown option', ['good.yaml', '--ony', 'x'], /unknown option '--ony'/],
    ['a bad number', ['good.yaml', '--parallel', '0'], /from 1 to 100/],
    ['a bad URL', ['good.yaml', '--answer-url', 'localhost:5000'], /http:\/\/ or https:\/\//],
  ])('exits with 2 at %s, before any call', async (_what, args, message) => {
    await using folder = await TemporaryFolder.create()
    await writeFile(join(folder.path, 'bad.yaml'), 'name: Bad\nsteps:\n')
    await writeFile(join(folder.path, 'good.yaml'), 'name: Good\nsteps: [hang-up]\n')
    const paths = args.map((arg) => (arg.endsWith('.yaml') ? join(folder.path, arg) : arg))
    const result = await offhook(['simulator', 'run', ...paths])
    expect(result.code).toBe(2)
    expect(result.stdout).toBe('')
    expect(result.stderr).toMatch(message)
    expect(result.stderr).not.toContain('    at ')
  })

  test.each([
    ['--auth-token', ['--auth-token', 'secret'], {}],
    ['PLIVO_AUTH_TOKEN', [], { PLIVO_AUTH_TOKEN: 'secret' }],
  ])('signs with the token of %s', async (_what, args, environment) => {
    const { folder, good } = await scenarioFolder()
    await using _folder = folder
    const result = await offhook(['simulator', 'run', good, '--answer-url', answerUrl, ...args], { environment })
    expect(result.code).toBe(0)
    expect(bot.requestsTo('/answer').at(-1)?.headers).toHaveProperty('x-plivo-signature-v3')
  })

  test('takes patterns that no shell has expanded, and keeps recordings of files of one name apart', async () => {
    await using folder = await TemporaryFolder.create()
    for (const name of ['a', 'b']) {
      await mkdir(join(folder.path, name))
      await writeFile(join(folder.path, name, 'x.yaml'), 'name: Same\nsteps: [hear: tone 2000 within 100ms]\n')
    }
    const args = ['simulator', 'run', join(folder.path, '*', 'x.yaml'), '--answer-url', answerUrl, '--out', folder.path]
    const result = await offhook(args)
    expect(result.stdout).toContain('0 passed, 2 failed')
    expect(['x-1-same.wav', 'x-1-same-2.wav'].map((name) => existsSync(join(folder.path, name)))).toEqual([true, true])
  })

  test('hangs up at Ctrl-C, and says what was not run', async () => {
    await using folder = await TemporaryFolder.create()
    const path = join(folder.path, 'long.yaml')
    await writeFile(path, 'name: Long\nsteps: [hear: anything, wait: 60s]\n---\nname: Next\nsteps: [hang-up]\n')
    const args = ['simulator', 'run', path, '--answer-url', answerUrl, '--out', folder.path]
    const streams = bot.streams.length
    await using command = new OffhookCommand(args)
    await expect.poll(() => bot.streams.length, patience).toBeGreaterThan(streams)
    command.kill('SIGINT')
    const result = await command.ended
    expect(result.code).toBe(1)
    expect(result.stdout).toMatch(/stopped: the run was interrupted.*0 passed, 1 failed, 1 not run\n$/s)
  })

  test('a JUnit report holds whatever a bot says', async () => {
    const scenario = {
      file: 'x.yaml',
      line: 1,
      name: 'a\u0000b\uD800 ]]>',
      assumptions: {},
      faults: {},
      maxDurationMs: 9_000,
      steps: [],
    }
    const result = await runScenario(scenario, {
      answerUrl: 'http://127.0.0.1:1/',
      signal: new AbortController().signal,
    })
    const failure = {
      line: 2,
      step: 'hear: \u0007',
      message: 'first "line"\nsecond \uFFFF',
      diagnosis: ["it's\u001b[31m"],
    }
    const [, , testCase, failed] = parseStrictly(junitReport([{ result: { ...result, failure } }]))
    expect(testCase?.attributes['name']).toBe('a?b\uFFFD ]]>')
    expect(failed?.text).toBe('x.yaml:2: hear: ?\nfirst "line"\nsecond ?\nlikely: it\'s?[31m')
  })
})

/** A bot of the documents; the URL is what it prints. */
async function startExample(command: string, file: string): Promise<{ child: ChildProcess; answerUrl: string }> {
  const child = spawn(command, [file], { env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = await once(child.stdout, 'data')
  return { child, answerUrl: /http:\S+/.exec(String(output))?.[0] ?? '' }
}

const hasWebsockets = spawnSync('/usr/bin/python3', ['-c', 'import websockets']).status === 0

describe('the examples', () => {
  test.for([
    ['plain-bot.mjs', 'echo.yaml', 0, '1 passed'],
    ['plain-bot.mjs', 'failing.yaml', 1, '1 failed'],
    ['plain-bot.py', 'python.yaml', 0, '1 passed'],
  ] as const)('%s does with %s as the page says', async ([bot, scenario, code, total], context) => {
    const python = bot.endsWith('.py')
    if (python && !hasWebsockets && !process.env['CI']) context.skip('/usr/bin/python3 has no websockets')
    await using folder = await TemporaryFolder.create()
    const { child, answerUrl } = await startExample(
      python ? '/usr/bin/python3' : process.execPath,
      `examples/scenarios/${bot}`,
    )
    const exited = once(child, 'exit')
    const args = ['simulator', 'run', `examples/scenarios/${scenario}`, '--answer-url', answerUrl, '--out', folder.path]
    const result = await offhook(args)
    child.kill()
    await exited
    expect(result.stdout).toContain(total)
    expect(result.stdout).not.toContain('warns')
    expect(result.code).toBe(code)
  })
})

describe('offhook simulator', () => {
  test('prints the account and its URLs, serves the REST API, and makes a telephone ring', async () => {
    await using bot = await startBeeper()
    await using command = new OffhookCommand([
      'simulator',
      '--port',
      '0',
      '--auth-id',
      'MAEXAMPLE00000000001',
      '--auth-token',
      'secret',
    ])
    await expect.poll(() => command.stdout, patience).toContain('simulator/calls')
    expect(command.stdout).toMatch(/auth id {5}MAEXAMPLE00000000001\n {2}auth token {2}secret\n/)
    const [, restUrl = ''] = /REST API {4}(\S+)/.exec(command.stdout) ?? []
    const headers = { authorization: `Basic ${Buffer.from('MAEXAMPLE00000000001:secret').toString('base64')}` }
    expect((await fetch(`${restUrl}Call/`, { headers })).status).toBe(200)
    expect((await fetch(`${restUrl}Call/`)).status).toBe(401)
    const [, curlUrl = ''] = /curl (\S+\/simulator\/dial)/.exec(command.stdout) ?? []
    const body = JSON.stringify({ from: '14155550100', to: '14155550199', answer_url: `${bot.url}/answer` })
    const dialled = await fetch(curlUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(dialled.status).toBe(201)
    await expect.poll(() => bot.streams.length, patience).toBe(1)
    command.kill('SIGTERM')
    expect(await command.ended).toMatchObject({ code: 0, stderr: '' })
  })

  test('makes up an account, keeps its data, and obeys --assume', async () => {
    await using folder = await TemporaryFolder.create()
    const data = join(folder.path, 'data.json')
    const args = [
      'simulator',
      '--port',
      '0',
      '--data',
      data,
      '--json',
      '--number',
      '14155550199',
      '--assume',
      'unauthorizedReply=text',
    ]
    const environment = { PLIVO_AUTH_ID: undefined, PLIVO_AUTH_TOKEN: undefined }
    await using command = new OffhookCommand(args, { environment })
    await expect.poll(() => command.stdout, patience).toContain('\n')
    const account = JSON.parse(command.stdout) as { authId: string; authToken: string; restUrl: string }
    expect(account.authId).toMatch(/^MA[A-Z2-7]{18}$/)
    expect(account.authToken).toMatch(/^[0-9a-f]{40}$/)
    const refused = await fetch(`${account.restUrl}Call/`)
    expect(refused.headers.get('content-type')).toMatch(/^text\/plain/)
    command.kill('SIGINT')
    expect((await command.ended).code).toBe(0)
    expect(readFileSync(data, 'utf8')).toContain('14155550199')
  })

  test('--explain lists every assumption, for people and for programs', async () => {
    const names = [...Object.keys(defaultAssumptions), ...Object.keys(defaultRestAssumptions)]
    const [text, json] = await Promise.all([
      offhook(['simulator', '--explain']),
      offhook(['simulator', '--explain', '--json']),
    ])
    for (const name of names) expect(text.stdout).toMatch(new RegExp(`^ {2}${name} .*\\S`, 'm'))
    const rows = JSON.parse(json.stdout) as { name: string; default: unknown; source: string; about: string }[]
    expect(rows.map(({ name }) => name).sort()).toEqual(names.sort())
    expect(rows.find(({ name }) => name === 'streamCloseCode')).toMatchObject({ default: 1000, source: '4.7' })
    expect(text.code).toBe(0)
  })

  test.each([
    [['--port', 'x'], /from 0 to 65535/],
    [['rum', 'x.yaml'], /error: /],
    [['--assume', 'streamCloseCod=1'], /is no assumption \(did you mean "streamCloseCode"\?\)/],
    [['--assume', 'statusForm=xml'], /statusForm must be form, json, got "xml"/],
    [['--public-url', 'localhost:7870'], /--public-url.*http:\/\/ or https:\/\//],
    [['--host', '192.0.2.1', '--port', '0'], /address not available.*give another --host/],
    [['--data', 'src', '--port', '0'], /--data src: .*directory/],
    [['--data', 'package.json', '--port', '0'], /package\.json is no data file of the simulator/],
  ])('exits with 2 at %j', async (args, message) => {
    const result = await offhook(['simulator', ...args])
    expect(result.code).toBe(2)
    expect(result.stderr).toMatch(message)
    expect(result.stderr).not.toContain('    at ')
  })

  test('exits with 2 when its port is taken', async () => {
    await using server = await TestServer.start({})
    const result = await offhook(['simulator', '--port', server.host.split(':')[1] ?? ''])
    expect(result.code).toBe(2)
    expect(result.stderr).toMatch(/address already in use.*give another --port/)
  })
})

describe('offhook phone', () => {
  test('says that it needs a terminal, and exits with 2', async () => {
    const result = await offhook(['phone', '--answer-url', 'http://127.0.0.1:1/answer'])
    expect(result).toMatchObject({ code: 2, stdout: '' })
    expect(result.stderr).toMatch(/takes keys from a terminal, and there is none here: use offhook dial/)
  })

  test.skipIf(!existsSync('/usr/bin/script'))('presses the keys that are typed, and hangs up at h', async () => {
    await using bot = await startBeeper()
    await using folder = await TemporaryFolder.create()
    const command = `${process.execPath} bin/offhook.js phone --answer-url ${bot.url}/answer --record ${join(folder.path, 'call.wav')}`
    const child = spawn('/usr/bin/script', ['-qefc', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    await expect.poll(() => output, patience).toContain('is heard')
    child.stdin.write('1')
    await expect.poll(() => output, patience).toContain('presses 1')
    child.stdin.write('#h')
    await expect.poll(() => output, patience).toContain('listen: ')
    expect(output).toMatch(/presses #.*hang-up.* Normal Hangup \(4000\), by Caller/s)
    expect(bot.streams[0]?.messages.flatMap(({ dtmf }) => dtmf?.digit ?? [])).toEqual(['1', '#'])
    await exited
  })
})
