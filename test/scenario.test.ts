import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeMulaw } from '../src/audio/mulaw.ts'
import { parseWav } from '../src/audio/wav.ts'
import { loadScenarios } from '../src/scenario/load-scenarios.ts'
import { runFiles } from '../src/scenario/run-files.ts'
import { runScenario, type ScenarioResult } from '../src/scenario/run-scenario.ts'
import { type Behaviour, type Reply, startStreamServer, type Stream, TestServer, xml } from './simulator-support.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

const prompt = (name: string) => resolve('examples/prompts', name)
const silent = new AbortController().signal

/** Runs a scenario of these steps; `head` has other fields of it. */
async function run(answerUrl: string, steps: readonly string[], head = ''): Promise<ScenarioResult> {
  await using folder = await TemporaryFolder.create()
  const path = join(folder.path, 'x.yaml')
  await writeFile(path, `name: x\n${head}\nsteps:\n${steps.map((step) => `  - ${step}\n`).join('')}`)
  const { scenarios, problems } = loadScenarios([path])
  expect(problems.map(({ message }) => message)).toEqual([])
  const [scenario] = scenarios
  if (!scenario) throw new Error('no scenario')
  return await runScenario(scenario, { answerUrl, signal: silent })
}

const failureOf = ({ failure }: ScenarioResult): string => failure?.message.split('\n')[0] ?? 'passed'

const media = (payload: string, contentType = 'audio/x-mulaw', sampleRate = 8000) =>
  JSON.stringify({ event: 'playAudio', media: { contentType, sampleRate, payload } })

/** A file in frames of 20 ms. */
function framesOf(path: string): string[] {
  const wav = parseWav(readFileSync(path))
  if (!wav.ok) throw new Error(path)
  const bytes = Buffer.from(encodeMulaw(wav.value.samples))
  return Array.from({ length: Math.ceil(bytes.length / 160) }, (_, i) =>
    bytes.subarray(160 * i, 160 * (i + 1)).toString('base64'),
  )
}

/** Welcomes; keys 12# of its own at 1, a checkpoint at 2, hangs up at #. */
const host: Behaviour = {
  onMessage({ event, dtmf }, { socket }: Stream) {
    if (event === 'start') for (const frame of framesOf(prompt('welcome.wav'))) socket.send(media(frame))
    if (dtmf?.digit === '1') socket.send(JSON.stringify({ event: 'sendDTMF', dtmf: '12#' }))
    if (dtmf?.digit === '2') socket.send(JSON.stringify({ event: 'checkpoint', streamId: 'x', name: 'intro' }))
    if (dtmf?.digit === '#') socket.close()
  },
}

/** The bot of the documents, as a process of its own. */
class PlainBot implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly answerUrl: string

  private constructor(child: ChildProcess, answerUrl: string) {
    this.#child = child
    this.answerUrl = answerUrl
  }

  static async start(): Promise<PlainBot> {
    const child = spawn(process.execPath, ['examples/scenarios/plain-bot.mjs'], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [output] = await once(child.stdout, 'data')
    return new PlainBot(child, /http:\S+/.exec(String(output))?.[0] ?? '')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill()
    await ended
  }
}

describe('against the plain bot', () => {
  let bot: PlainBot
  beforeAll(async () => {
    bot = await PlainBot.start()
  })
  afterAll(() => bot[Symbol.asyncDispose]())

  test.concurrent.each([
    ['hear: anything'],
    ['hear: anything within 3s'],
    ['hear: { anything: true, within: 3s }'],
    ['wait: 200ms'],
    ['wait-for-quiet'],
    ['wait-for-quiet: { for: 500ms, within: 5s }'],
    ['expect-latency: { answer: 2s, first-audio: 3s, stream-to-audio: 2s }'],
    ['expect: { stream: { content_type: "audio/x-mulaw; rate=8000", bidirectional: true, url: /stream } }'],
    ['expect: { warnings: none }'],
    ['expect-event: stream-started'],
    ['expect-event: { type: element, with: { name: Stream } }'],
    ['hang-up'],
  ])('the step "%s" passes', async (step) => {
    expect(failureOf(await run(bot.answerUrl, [step]))).toBe('passed')
  })

  test.concurrent('what the caller says and presses reaches the bot', async () => {
    const steps = [
      'wait-for-quiet',
      'say-tone: { frequency: 1000, for: 2s, level: -20 }',
      'hear: { tone: 1000, for: 500ms, within: 3s }',
      'hear: silence for 500ms within 2s',
      `say: ${prompt('goodbye.wav')}`,
      `hear: ${prompt('goodbye.wav')} within 2s`,
      'press: "12#"',
      'expect-hang-up: { by: bot, within: 3s }',
    ]
    const result = await run(bot.answerUrl, steps)
    expect(failureOf(result)).toBe('passed')
    expect(result.steps.map(({ outcome }) => outcome)).toEqual(steps.map(() => 'passed'))
    const pressed = result.timeline.flatMap((event) => (event.type === 'pressed' ? [event.digit] : []))
    expect(pressed).toEqual(['1', '2', '#'])
  })

  test.concurrent.each([
    ['hear: tone 1300 within 1s', 'expected to hear a tone of 1300 Hz for 100 ms within 1000 ms, in vain'],
    ['hear: silence for 500ms', 'expected to hear nothing for 500 ms, in vain'],
    ['expect-digits: { digits: "1", within: 300ms }', 'expected to hear the keys 1 within 300 ms, in vain'],
    [
      'wait-for-quiet: { for: 5s, within: 100ms }',
      'expected to hear nothing for 5000 ms, beginning within 100 ms, in vain',
    ],
    ['expect-hang-up: { within: 300ms }', 'expected a hang-up within 300 ms, in vain'],
    [
      'expect: { stream: { content_type: audio/x-l16;rate=16000 } }',
      'expected <Stream contentType="audio/x-l16;rate=16000">, not "audio/x-mulaw;rate=8000"',
    ],
    ['expect: { stream: { audio_track: both } }', 'expected <Stream audioTrack="both">, and it has no audioTrack'],
    ['expect: { stream: { url: /other } }', expect.stringMatching(/^expected a Stream to a URL with "\/other", not/)],
    ['expect-latency: { answer: 0ms }', expect.stringMatching(/^expected the answer within 0 ms, and it took \d+ ms$/)],
    ['expect-event: { type: stream-closed, within: 200ms }', expect.stringMatching(/^expected "stream-closed"/)],
  ])('the step "%s" fails', async (step, message) => {
    const result = await run(bot.answerUrl, ['hear: anything', step, 'press: "#"'])
    expect(failureOf(result)).toEqual(message)
    expect(result.failure).toMatchObject({ line: 5, step: step.replaceAll(/\s+/g, ' ') })
    expect(result.steps.map(({ outcome }) => outcome)).toEqual(['passed', 'failed', 'skipped'])
  })

  test.concurrent('a failure says what was heard instead, and what happened last', async () => {
    const result = await run(bot.answerUrl, [`hear: ${prompt('welcome.wav')} within 500ms`])
    expect(result.failure?.message).toMatch(
      /heard from .*\n.*\|█.*\nrecognised:\n.*a tone of about 500 Hz\n\nthe last of/s,
    )
  })

  test.concurrent.each([
    ['expect-hang-up: { by: caller, cause: Normal Hangup }', 'passed'],
    ['expect-hang-up: { cause: NORMAL_CLEARING }', 'passed'],
    ['expect-hang-up: { cause: 4000 }', 'passed'],
    [
      'expect-hang-up: { by: bot }',
      'expected a hang-up by bot, not by caller: Normal Hangup (NORMAL_CLEARING, 4000), by Caller',
    ],
    [
      'expect-hang-up: { cause: 4010 }',
      'expected the hang-up cause "4010", not Normal Hangup (NORMAL_CLEARING, 4000), by Caller',
    ],
    ['press: "1"', 'the caller was to press 1, and the call was over'],
    ['say-tone: 500', 'the caller was to say something, and the call was over'],
    ['hear: tone 2000 within 1s', 'expected to hear a tone of 2000 Hz for 100 ms within 1000 ms, in vain'],
    ['wait: 500ms', 'the caller waits 500 ms, and the call was over before'],
  ])('after the end of the call "%s" comes to "%s"', async (step, message) => {
    expect(failureOf(await run(bot.answerUrl, ['wait: 100ms', 'hang-up', step]))).toBe(message)
  })

  test.concurrent('max_seconds, numbers and faults are obeyed', async () => {
    const head = 'max_seconds: 5\nfrom: 14155550142\nfaults: { stalls: { after: 200ms, for: 200ms } }'
    const result = await run(bot.answerUrl, ['expect-hang-up: { by: caller, within: 15s }'], head)
    expect(failureOf(result)).toBe('passed')
    expect(result.timeline[0]).toMatchObject({ type: 'dialled', from: '14155550142' })
    expect(result.timeline.map(({ type }) => type)).toContain('fault')
  })

  test('scenarios run at once, are chosen by name, and leave recordings of what failed', async () => {
    let open = 0
    let mostOpen = 0
    await using server = await startStreamServer({
      onStream({ socket }) {
        mostOpen = Math.max(mostOpen, ++open)
        socket.on('close', () => open--)
        socket.send(media(Buffer.alloc(4000, 0x10).toString('base64')))
      },
    })
    await using folder = await TemporaryFolder.create()
    const path = join(folder.path, 'two.yaml')
    const scenario = (name: string, step: string) => `name: ${name}\nsteps: [hear: anything, ${step}]\n---\n`
    await writeFile(
      path,
      scenario('A good one', 'wait: 2s') +
        scenario('A "bad" <one>', 'hear: tone 2000 within 2s') +
        scenario('Another', 'wait: 2s'),
    )
    const lines: string[] = []
    const options = {
      answerUrl: `${server.url}/answer`,
      authToken: 'secret',
      defaultAuthToken: undefined,
      only: ['one'],
      parallel: 3,
      out: join(folder.path, 'out'),
      junit: undefined,
      json: false,
      signal: silent,
      paint: (_colour: string, text: string) => text,
      print: (line: string) => void lines.push(line),
    }
    expect(await runFiles([path], options)).toBe(false)
    expect(mostOpen).toBe(2)
    expect(lines.at(-1)).toBe('1 passed, 1 failed')
    expect(lines.join('\n')).toMatch(/FAIL {2}A "bad" <one>.*two\.yaml:4,.*\n.*✓ {4}5 {2}hear: anything/s)
    expect(existsSync(join(folder.path, 'out', 'two-4-a-bad-one.wav'))).toBe(true)
    expect(parseWav(readFileSync(join(folder.path, 'out', 'two-4-a-bad-one.wav'))).ok).toBe(true)
  })
})

describe('against a bot with prompts', () => {
  let bot: TestServer
  beforeAll(async () => {
    bot = await startStreamServer(host)
  })
  afterAll(() => bot[Symbol.asyncDispose]())

  test.concurrent('prompts, keys, checkpoints and the hang-up are told', async () => {
    const result = await run(`${bot.url}/answer`, [
      `hear: ${prompt('welcome.wav')} within 2s`,
      'press: "1"',
      'expect-digits: "12#"',
      'press: "2"',
      'expect-event: { type: checkpoint-played, within: 2s, with: { name: intro } }',
      'press: "#"',
      'expect-hang-up: { by: bot }',
    ])
    expect(failureOf(result)).toBe('passed')
  })

  test.concurrent('another prompt than the expected one is named', async () => {
    const result = await run(`${bot.url}/answer`, [`hear: ${prompt('goodbye.wav')} within 4s`])
    expect(result.failure?.message).toMatch(/recognised:\n.*welcome\.wav, whole/)
  })
})

describe('the usual first mistakes are named', () => {
  const answer = (reply: Reply): Behaviour => ({ routes: { '/answer': () => reply } })
  const stream = (attributes: string) => xml(`<Stream ${attributes}>ws://HOST/stream</Stream>`)
  const both = 'bidirectional="true" keepCallAlive="true" contentType="audio/x-mulaw;rate=8000"'
  const onStart = (send: (stream: Stream) => void): Behaviour => ({
    ...answer(stream(both)),
    onMessage: ({ event }, stream) => event === 'start' && send(stream),
  })
  const tone = Buffer.alloc(1600, 0x9a).toString('base64')

  const mistakes: readonly [what: string, Behaviour, diagnosis: RegExp][] = [
    ['a missing route', answer({ status: 404 }), /answered with HTTP 404: .*Check the path, and that it takes POST/],
    ['a refused signature', answer({ status: 403 }), /HTTP 403: the bot checks Plivo's signature/],
    ['a server that fails', answer({ status: 500 }), /HTTP 500: look into the log/],
    [
      'a handler that throws',
      { routes: { '/answer': () => 'break off' } },
      /broke it off without an answer.*look for an exception/,
    ],
    ['JSON', answer({ body: '{"a": 1}' }), /is JSON, and not XML.*It begins: \{"a": 1\}/],
    [
      'bad XML',
      answer({ body: '<Response>\n<Speak>a & b</Speak></Response>' }),
      /2:\d+ has a bare &.*Line 2: <Speak>a & b/,
    ],
    ['no Stream', answer(xml('<Wait length="1"/>')), /The XML has no <Stream>, .*: it has Wait\./],
    ['a Stream with a bad URL', answer(xml('<Stream>http://x</Stream>')), /must start with ws:\/\//],
    ['no bidirectional', { ...answer(stream('keepCallAlive="true"')), ...host }, /set bidirectional="true"/],
    ['no keepCallAlive', answer(stream('bidirectional="true"')), /set keepCallAlive="true"/],
    [
      'a 403 at the upgrade',
      { ...answer(stream(both)), refusals: [403, 403, 403] },
      /refused the WebSocket .* with HTTP 403/,
    ],
    ['another path', { ...answer(stream(both)), refusals: [404, 404, 404] }, /did not become a WebSocket: HTTP 404/],
    [
      'no WebSocket server',
      answer(xml(`<Stream ${both}>ws://127.0.0.1:1/</Stream>`)),
      /No WebSocket server was reached at ws:\/\/127\.0\.0\.1:1\//,
    ],
    [
      'a socket that closes',
      onStart(({ socket }) => socket.close(1011, 'oops')),
      /closed its socket \d+ ms after.*1011 oops: look for an exception/,
    ],
    ['a socket that breaks', onStart(({ socket }) => socket.terminate()), /without a closing frame/],
    [
      'another format',
      onStart(({ socket }) => socket.send(media(tone, 'audio/x-l16', 16_000))),
      /another format than the stream has/,
    ],
    [
      'messages of others',
      onStart(({ socket }) => socket.send('{"event":"media"}')),
      /The bot sends "media": Plivo plays/,
    ],
    ['binary frames', onStart(({ socket }) => socket.send(Buffer.from('x'))), /Plivo reads text frames/],
    ['no audio', answer(stream(both)), /the bot sent no audio at all/],
    [
      'silence',
      onStart(({ socket }) => socket.send(media(Buffer.alloc(1600, 0xff).toString('base64')))),
      /200 ms of audio, and none of it can be heard/,
    ],
  ]

  test.concurrent.each(mistakes)('%s', async (_what, behaviour, diagnosis) => {
    await using server = await TestServer.start(behaviour)
    const result = await run(
      `${server.url}/answer`,
      ['hear: anything within 1s'],
      'assumptions: { streamRetryDelayMs: 5 }',
    )
    expect(result.failure?.diagnosis.join('\n')).toMatch(diagnosis)
  })

  test('a server that does not run', async () => {
    const result = await run('http://127.0.0.1:1/answer', ['hear: anything within 1s'])
    expect(result.failure?.diagnosis).toEqual([
      expect.stringMatching(/^The answer URL was not reached: POST .*ECONNREFUSED.*Does the bot's server run/),
    ])
  })

  test('requests are signed with the token of the scenario', async () => {
    await using server = await TestServer.start(answer(xml('<Wait length="1"/>')))
    await run(`${server.url}/answer`, ['hang-up'], 'auth_token: secret')
    await run(`${server.url}/answer`, ['hang-up'])
    const signed = server.requestsTo('/answer').map(({ headers }) => headers['x-plivo-signature-v3'] !== undefined)
    expect(signed).toEqual([true, true, false, false])
  })

  test('a warning of the simulator can be expected not to come', async () => {
    await using server = await TestServer.start(onStart(({ socket }) => socket.send('{"event":"mark"}')))
    const result = await run(`${server.url}/answer`, ['wait: 300ms', 'expect: { warnings: none }'])
    expect(failureOf(result)).toMatch(/^expected no warnings, got: a message was ignored.*"mark"/)
    expect(result.warnings).toEqual([expect.objectContaining({ text: expect.stringContaining('"mark"') })])
  })
})
