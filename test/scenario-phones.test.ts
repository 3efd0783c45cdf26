import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { loadScenarios } from '../src/scenario/load-scenarios.ts'
import { UnusableFiles } from '../src/scenario/file-problem.ts'
import { runFiles } from '../src/scenario/run-files.ts'
import { runScenario, type ScenarioResult } from '../src/scenario/run-scenario.ts'
import { synthesise } from '../src/simulator/synthesis.ts'
import { startStreamServer, TestServer, xml } from './simulator-support.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

const silent = new AbortController().signal
const sample = { text: 'hello', voice: 'WOMAN', language: 'en-US' }
const hasEspeak = (await synthesise(sample, silent)) !== undefined

async function load(text: string) {
  await using folder = await TemporaryFolder.create()
  const path = join(folder.path, 'x.yaml')
  await writeFile(path, text)
  const { scenarios, problems } = loadScenarios([path])
  return { scenarios, problems: problems.map(({ message }) => message.replaceAll(`${folder.path}/`, '')) }
}

async function run(server: TestServer, text: string): Promise<ScenarioResult> {
  const { scenarios, problems } = await load(`name: x\n${text}`)
  expect(problems).toEqual([])
  const [scenario] = scenarios
  if (!scenario) throw new Error('no scenario')
  return runScenario(scenario, { answerUrl: `${server.url}/answer`, signal: silent })
}

const failureOf = ({ failure }: ScenarioResult): string => failure?.message.split('\n')[0] ?? 'passed'
const outcomesOf = ({ steps }: ScenarioResult) => steps.map(({ phone = 'caller', outcome }) => `${phone} ${outcome}`)

/** Puts the caller through; afterwards the XML goes on. */
const dialling = (attributes = '', after = '') =>
  TestServer.start({
    routes: {
      '/answer': () => xml(`<Dial ${attributes}><Number>14155550123</Number></Dial>${after}`),
      '/sound': () => xml('<Speak>Press one to take the call</Speak>'),
    },
  })

describe('phones', () => {
  test('have what they do, by number or sip: URI', async () => {
    const { scenarios, problems } = await load(`name: x
phones:
  "+1 415 555 0123": busy
  14155550124: { does: reject, after: 2s }
  sip:ann@example.com: { after: 500ms, steps: [hear: anything, press: "1", hang-up] }
  0049301234: { does: no-answer }
steps: [hang-up]`)
    expect(problems).toEqual([])
    const [scenario] = scenarios
    expect(scenario?.phones).toEqual([
      { number: '14155550123', behaviour: { busy: true }, steps: [] },
      { number: '14155550124', behaviour: { rejects: true, afterMs: 2000 }, steps: [] },
      {
        number: 'sip:ann@example.com',
        behaviour: { answers: 500 },
        steps: [
          { line: 5, text: 'hear: anything', step: { do: 'hear-anything', withinMs: 5000 } },
          { line: 5, text: 'press: "1"', step: { do: 'press', digits: '1' } },
          { line: 5, text: 'hang-up', step: { do: 'hang-up' } },
        ],
      },
      { number: '0049301234', behaviour: { noAnswer: true }, steps: [] },
    ])
  })

  test.each([
    ['14155550123: engaged', /^x\.yaml:2:\d+: phones\.14155550123 must be answer, reject, busy, .*got "engaged"/],
    ['14155550123: { dose: busy }', /did you mean "does"/],
    [
      '14155550123: { does: busy, after: 2s }',
      /phones\.14155550123\.after only a telephone that answers or rejects has/,
    ],
    ['14155550123: { does: reject, steps: [hang-up] }', /steps only a telephone that answers has/],
    ['14155550123: { after: 2 }', /after must be a time with its unit/],
    ['Ann: busy', /must stand under a telephone number with country code, or a sip: URI, got "Ann"/],
    ['14155550123: busy, "+14155550123": busy', /phones\.\+14155550123 is there twice/],
    ['14155550123: { steps: [] }', /steps is empty: list what is done and expected/],
    [
      '14155550123: { steps: [expect-event: answered] }',
      /steps\[0\] is no step of a dialled telephone: put it among the steps of the scenario/,
    ],
    ['14155550123: { steps: [prss: "1"] }', /did you mean "press"/],
  ])('the phone "%s" is told as a mistake, with its place and the fix', async (phone, message) => {
    const { problems } = await load(`name: x\nphones: { ${phone} }\nsteps: [hang-up]`)
    expect(problems[0]).toMatch(message)
  })

  test('with steps are not the one that an outbound call is made to', async () => {
    const phones = 'phones: { 14155550100: { steps: [hang-up] } }'
    expect((await load(`name: x\ndirection: outbound\n${phones}\nsteps: [hang-up]`)).problems).toEqual([
      expect.stringMatching(/^x\.yaml:3:9: phones gives steps to 14155550100, which is called: put them into "steps"/),
    ])
    expect((await load(`name: x\n${phones}\nsteps: [hang-up]`)).problems).toEqual([])
  })
})

describe('a transfer', () => {
  test('is heard and answered at its far side, while the caller goes on', async () => {
    await using server = await dialling()
    const result = await run(
      server,
      `
phones:
  14155550123:
    after: 200ms
    steps:
      - hear: { tone: 600, for: 200ms }
      - say-tone: { frequency: 900, for: 700ms }
      - wait: 1s
      - hear: silence for 300ms
      - expect-hang-up: { by: bot }
steps:
  - expect-event: leg-bridged
  - say-tone: { frequency: 600, for: 500ms }
  - hear: { tone: 900, for: 500ms }
  - wait: 2s
  - hang-up
`,
    )
    expect(failureOf(result)).toBe('passed')
    expect(outcomesOf(result)).toEqual([
      ...Array.from({ length: 5 }, () => 'caller passed'),
      ...Array.from({ length: 5 }, () => '14155550123 passed'),
    ])
  })

  test.runIf(hasEspeak)('is announced there in words, and taken with a key', async () => {
    await using server = await dialling('confirmKey="1" confirmSound="http://HOST/sound"')
    const steps = (text: string) => `
phones:
  14155550123:
    after: 100ms
    steps:
      - hear: { text: ${text} }
      - press: "1"
      - say: { text: Good morning }
steps:
  - hear: { text: Good morning, within: 15s }`
    expect(failureOf(await run(server, steps('Press one to take the call')))).toBe('passed')
    const wrong = await run(server, steps('Press nine, within: 1s'))
    expect(wrong.failure).toMatchObject({ line: 7, step: '14155550123: hear: { text: Press nine, within: 1s }' })
    // That a bot of XML alone has no stream is no mistake of its.
    expect(wrong.failure?.diagnosis).toEqual([])
    expect(outcomesOf(wrong)).toEqual([
      'caller skipped',
      '14155550123 failed',
      '14155550123 skipped',
      '14155550123 skipped',
    ])
  })

  test('that does not come fails the steps of its telephone', async () => {
    await using server = await startStreamServer()
    const result = await run(
      server,
      'phones: { 14155550123: { steps: [hear: anything, hang-up] } }\nsteps: [wait: 100ms, hang-up]',
    )
    expect(failureOf(result)).toBe('nobody called 14155550123, and it has steps to be done from the answer on')
    expect(outcomesOf(result)).toEqual(['caller passed', 'caller passed', '14155550123 failed', '14155550123 skipped'])
  })

  test('may come after the last step of the caller, and is waited for', async () => {
    await using server = await TestServer.start({
      routes: { '/answer': () => xml('<Wait length="1"/><Dial><Number>14155550123</Number></Dial>') },
    })
    const phones = 'phones: { 14155550123: { after: 0ms, steps: [hear: silence for 200ms, hang-up] } }'
    expect(failureOf(await run(server, `${phones}\nsteps: [wait: 100ms]`))).toBe('passed')
  })

  test('is not waited for without end', async () => {
    await using server = await startStreamServer()
    const result = await run(server, 'phones: { 14155550123: { steps: [hang-up] } }\nsteps: [wait: 100ms]')
    expect(failureOf(result)).toBe('nobody called 14155550123, and it has steps to be done from the answer on')
    expect(result.timeline.find(({ type }) => type === 'ended')?.atMs).toBeGreaterThanOrEqual(5000)
  })

  test('that nobody takes says so', async () => {
    await using server = await dialling('timeout="1"', '<Wait length="20"/>')
    const phones = 'phones: { 14155550123: { after: 9s, steps: [hear: anything] } }'
    const result = await run(server, `${phones}\nsteps: [expect-event: leg-ended, hang-up]`)
    expect(failureOf(result)).toBe('nobody answered at 14155550123, and it has steps to be done from the answer on')
  })

  test('that is busy, declined or not answered goes the way that the bot has for it', async () => {
    await using server = await dialling('timeout="1"', '<Hangup reason="busy"/>')
    for (const [does, code] of [
      ['busy', 3010],
      ['{ does: reject, after: 100ms }', 3020],
      ['no-answer', 6010],
      ['unallocated', 3050],
    ] as const) {
      const steps = `[expect-event: { type: leg-ended, with: { code: ${code} } }, expect-hang-up]`
      expect(failureOf(await run(server, `phones: { 14155550123: ${does} }\nsteps: ${steps}`))).toBe('passed')
    }
  })

  test('fails at its far side, and the caller is not waited for', async () => {
    await using server = await dialling()
    const phones = 'phones: { 14155550123: { after: 0ms, steps: [hear: anything within 300ms] } }'
    const result = await run(server, `${phones}\nsteps: [wait: 30s]`)
    expect(failureOf(result)).toBe('expected to hear something within 300 ms, in vain')
    expect(outcomesOf(result)).toEqual(['caller skipped', '14155550123 failed'])
  })
})

describe('an outbound call', () => {
  test('is made by Plivo, and the steps are done where it is answered', async () => {
    await using server = await startStreamServer({ onMessage: ({ dtmf }, { socket }) => dtmf && socket.close() })
    const result = await run(
      server,
      `
direction: outbound
to: "+1 415 555 0142"
phones: { 14155550142: { after: 300ms } }
steps:
  - expect-event: ringing
  - expect-event: stream-started
  - press: "1"
  - expect-hang-up: { by: bot }`,
    )
    expect(failureOf(result)).toBe('passed')
    expect(server.requestsTo('/answer')[0]?.params).toMatchObject({ Direction: 'outbound', To: '14155550142' })
  })

  test('that nobody takes is over', async () => {
    await using server = await startStreamServer()
    const steps = 'steps: [expect-hang-up: { by: error, cause: Busy Line }]'
    expect(failureOf(await run(server, `direction: outbound\nphones: { 14155550100: busy }\n${steps}`))).toBe('passed')
  })
})

describe('docs/simulator.md', () => {
  const blocks = [...readFileSync('docs/simulator.md', 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map(
    ([, text = '']) => text,
  )

  test('shows the transfer of the examples, and scenarios that can be read', async () => {
    expect(blocks).toContain(readFileSync('examples/scenarios/transfer.yaml', 'utf8'))
    const scenarios = blocks.filter((block) => block.startsWith('name:'))
    expect(scenarios.length).toBeGreaterThanOrEqual(3)
    for (const scenario of scenarios) expect((await load(scenario)).problems).toEqual([])
  })

  test.runIf(hasEspeak)('the transfer of the examples passes with its bot', async () => {
    const bot = spawn(process.execPath, ['examples/scenarios/receptionist.mjs'], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [output] = await once(bot.stdout, 'data')
    const answerUrl = /http:\S+/.exec(String(output))?.[0] ?? ''
    const { scenarios } = loadScenarios(['examples/scenarios/transfer.yaml'])
    const results = await Promise.all(scenarios.map((scenario) => runScenario(scenario, { answerUrl, signal: silent })))
    expect(results.map(failureOf)).toEqual(['passed', 'passed'])
    const ended = once(bot, 'exit')
    bot.kill()
    await ended
  })
})

describe('words', () => {
  test.each([
    ['say: { text: "" }', /steps\[0\]\.say\.text is empty: write what is said/],
    ['say: { voice: MAN }', /has a voice or a language, which only a text has/],
    ['say: { text: hi, file: x.wav }', /is "x\.wav", and there is no file/],
    ['say: {}', /must have one of file and text/],
    ['say: { text: hi, voice: Joanna }', /cannot be spoken: voice must be WOMAN, MAN or Polly\.<Name>, got "Joanna"/],
    ['hear: { text: hi, language: xx-XX }', /cannot be spoken: the voice WOMAN has not the language "xx-XX"/],
    ['hear: { text: hi, tone: 1000 }', /one of file, text, tone, silence and anything/],
  ])('"%s" is told as a mistake', async (step, message) => {
    expect((await load(`name: x\nsteps:\n  - ${step}`)).problems[0]).toMatch(message)
  })

  test('without a speech engine are told before any call, with their lines and the fix', async () => {
    await using folder = await TemporaryFolder.create()
    await using server = await startStreamServer()
    const path = join(folder.path, 'x.yaml')
    await writeFile(
      path,
      `name: x
answer_url: ${server.url}/answer
phones: { 14155550123: { steps: [say: { text: unheard of }] } }
steps:
  - say: { text: never said before }
  - say-tone: 500`,
    )
    vi.stubEnv('PATH', folder.path)
    const options = { only: [], parallel: 1, out: folder.path, junit: undefined, json: false, signal: silent }
    const given = { answerUrl: undefined, authToken: undefined, defaultAuthToken: undefined }
    const report = { paint: (_colour: string, text: string) => text, print: () => undefined }
    const running = runFiles([path], { ...options, ...given, ...report })
    await expect(running).rejects.toThrow(UnusableFiles)
    await expect(running).rejects.toThrow(
      /x\.yaml:5:1: cannot speak "never said before": espeak-ng is not installed.*WAV/,
    )
    await expect(running).rejects.toThrow(/x\.yaml:3:1: cannot speak "unheard of"/)
    vi.unstubAllEnvs()
    expect(server.requests).toEqual([])
  })
})
