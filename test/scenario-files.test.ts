import { globSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadScenarios } from '../src/scenario/load-scenarios.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

/** The problems of a file with this text, without its folder. */
async function problemsOf(text: string, name = 'x.yaml'): Promise<string[]> {
  await using folder = await TemporaryFolder.create()
  const path = join(folder.path, name)
  await writeFile(path, text)
  return loadScenarios([path]).problems.map(({ message }) => message.replaceAll(`${folder.path}/`, ''))
}

const withStep = (step: string) => `name: x\nsteps:\n  - ${step}\n`

test('a scenario has its fields, units and places', async () => {
  await using folder = await TemporaryFolder.create()
  const path = join(folder.path, 'a.yaml')
  await writeFile(
    path,
    `name: Everything
answer_url: http://127.0.0.1:5000/answer
method: GET
hangup_url: http://127.0.0.1:5000/hangup
from: "+1 415 555 0100"
to: 14155550199
auth_token: secret
audio: l16-16k
max_seconds: 30
assumptions: { streamCloseCode: 1001, answerTimeoutMs: 2s, stopEventAtEnd: true, checkpointReply: played }
faults:
  seed: 7
  jitter: 40ms
  loss: 2%
  stalls: [{ after: 2s, for: 500ms }]
  slow-reader: { after: 1s, for: 2s }
  cut_socket_after: 3s
  webhooks:
    - { fault: late, by: 2s, event: Hangup }
    - { fault: status, status: 503, times: 2, chance: 50% }
    - { fault: duplicate }
steps:
  - hear: anything within 3s
  - hear: { tone: 1000 Hz, for: 1s }
  - press: 0123
  - hang-up
`,
  )
  const { scenarios, problems } = loadScenarios([path])
  expect(problems).toEqual([])
  expect(scenarios).toEqual([
    {
      file: path,
      line: 1,
      name: 'Everything',
      answerUrl: 'http://127.0.0.1:5000/answer',
      method: 'GET',
      hangupUrl: 'http://127.0.0.1:5000/hangup',
      from: '14155550100',
      to: '14155550199',
      authToken: 'secret',
      audio: 'l16-16k',
      maxDurationMs: 30_000,
      assumptions: { streamCloseCode: 1001, answerTimeoutMs: 2000, stopEventAtEnd: true, checkpointReply: 'played' },
      faults: {
        seed: 7,
        media: { jitter: { ms: 40 }, loss: 0.02, stalls: [{ afterMs: 2000, ms: 500 }] },
        slowReader: [{ afterMs: 1000, ms: 2000 }],
        cutSocketAfterMs: 3000,
        webhooks: [
          { fault: 'late', ms: 2000, event: 'Hangup' },
          { fault: 'status', status: 503, times: 2, chance: 0.5 },
          { fault: 'duplicate' },
        ],
      },
      steps: [
        { line: 23, text: 'hear: anything within 3s', step: { do: 'hear-anything', withinMs: 3000 } },
        {
          line: 24,
          text: 'hear: { tone: 1000 Hz, for: 1s }',
          step: { do: 'hear-tone', frequencyHz: 1000, forMs: 1000, withinMs: 5000 },
        },
        { line: 25, text: 'press: 0123', step: { do: 'press', digits: '0123' } },
        { line: 26, text: 'hang-up', step: { do: 'hang-up' } },
      ],
    },
  ])
})

test('JSON is read too, and several documents are several scenarios', async () => {
  await using folder = await TemporaryFolder.create()
  const [json, yaml] = [join(folder.path, 'a.json'), join(folder.path, 'b.yaml')]
  await writeFile(json, '{"name": "In JSON", "steps": [{"press": "#"}, "hang-up"]}')
  await writeFile(yaml, 'name: One\nsteps: [hang-up]\n---\nname: Two\nsteps: [hang-up]\n---\n')
  const { scenarios, problems } = loadScenarios([json, yaml])
  expect(problems).toEqual([])
  expect(scenarios.map(({ name, line }) => [name, line])).toEqual([
    ['In JSON', 1],
    ['One', 1],
    ['Two', 4],
  ])
})

test.each([
  ['hear:', /^x\.yaml:3:\d+: steps\[0\]\.hear must be a WAV file, "anything".*there is nothing/],
  ['hear: somthing', /steps\[0\]\.hear must be a WAV file, "anything", "tone 1000".*got "somthing"/],
  ['hear: nothing.wav', /^x\.yaml:3:11: steps\[0\]\.hear is "nothing\.wav", and there is no file nothing\.wav/],
  ['hear: x.yaml within 2s', /must be a WAV file/],
  ['hear: anything within 5', /within", such as 2s, got "5"/],
  ['hear: silence', /"silence for 2s"/],
  ['hear: tone 9', /from 100 to 3800 Hz/],
  ['hear: { tone: 1000, silence: 2s }', /one of file, text, tone, silence and anything/],
  ['hear: { tone: 1000, withn: 2s }', /^x\.yaml:3:25: steps\[0\]\.hear\.withn is unknown \(did you mean "within"\?\)/],
  ['heer: anything', /^x\.yaml:3:5: steps\[0\] has no step "heer" \(did you mean "hear"\?\); there is: hear, press/],
  ['hear: anything\n    within: 5s', /has two fields.*"within"/],
  ['press: #', /must be keys of 0-9 \* # A-D, in quotes, such as "12#", and there is nothing/],
  ['press: *', /^x\.yaml:3:\d+: .*\* begins an alias, so write "\*" in quotes/],
  ['press: 12x', /got "12X"/],
  ['wait: 500', /must be a time with its unit, such as 500ms or 2s, got "500"/],
  ['wait', /needs a value: "wait: …"/],
  ['hang up', /steps\[0\] has no step "hang"/],
  ['say: x.yaml', /is "x\.yaml", which cannot be used: not a WAV file/],
  ['say-tone: { for: 1s }', /must have "frequency"/],
  ['expect-hang-up: { by: carrier }', /must be bot, caller, error, got "carrier"/],
  ['expect-latency: {}', /expects nothing/],
  ['expect-latency: { anser: 2s }', /did you mean "answer"/],
  ['expect-event: stream-close', /is no kind of event: "stream-close" \(did you mean "stream-closed"\?\)/],
  ['expect: { stream: { content-typ: x } }', /did you mean "content_type"/],
  ['expect: { warnings: all }', /must be none, got "all"/],
  ['[1, 2]', /must be a step: one of hear.*not a list/],
])('the step "%s" is told as a mistake, with its place and the fix', async (step, message) => {
  expect((await problemsOf(withStep(step)))[0]).toMatch(message)
})

test.each([
  ['', /^x\.yaml:1:1: there is no scenario in it/],
  ['just a text', /^x\.yaml:1:1: must be a scenario with name, answer_url/],
  ['name: x', /^x\.yaml:1:1: has no "steps"/],
  ['steps: [hang-up]', /^x\.yaml:1:1: has no "name"/],
  ['name: x\nsteps: []', /^x\.yaml:2:8: steps is empty/],
  ['name: x\nsteps: {}', /^x\.yaml:2:8: steps must be a list/],
  ['name: x\nanswr_url: y\nsteps: [hang-up]', /^x\.yaml:2:1: answr_url is unknown \(did you mean "answer_url"\?\)/],
  ['name: x\nanswer_url: localhost:5000\nsteps: [hang-up]', /^x\.yaml:2:13: answer_url must be a URL that begins/],
  ['name: x\nmethod: PUT\nsteps: [hang-up]', /^x\.yaml:2:9: method must be GET, POST, got "PUT"/],
  ['name: x\nfrom: me\nsteps: [hang-up]', /^x\.yaml:2:7: from must be a telephone number/],
  ['name: x\nmax_seconds: 0\nsteps: [hang-up]', /max_seconds must be a number of seconds/],
  ['name: x\nname: y\nsteps: [hang-up]', /^x\.yaml:2:1: .*unique/],
  ['name: x\nsteps: [hang-up', /^x\.yaml:\d+:\d+: is neither YAML nor JSON/],
  ['name: x\nassumptions: { streamCloseCod: 1 }\nsteps: [hang-up]', /did you mean "streamCloseCode"/],
  [
    'name: x\nassumptions: { statusForm: xml }\nsteps: [hang-up]',
    /^x\.yaml:2:28: .*statusForm must be form, json, got "xml"/,
  ],
  ['name: x\nassumptions: { maxQueuedMs: much }\nsteps: [hang-up]', /must be a number, got "much"/],
  ['name: x\nfaults: { loss: 200% }\nsteps: [hang-up]', /faults\.loss must be a share such as 2% or 0\.02/],
  ['name: x\nfaults: { stalls: [{ after: 2s }] }\nsteps: [hang-up]', /faults\.stalls\[0\] must have "for"/],
  ['name: x\nfaults: { webhooks: [{ fault: late }] }\nsteps: [hang-up]', /must have "by", such as 2s/],
  [
    'name: x\nfaults: { webhooks: [{ fault: slow, by: 2s, status: 5 }] }\nsteps: [hang-up]',
    /only the fault status has/,
  ],
])('the file %j is told as a mistake, with its place and the fix', async (text, message) => {
  expect((await problemsOf(text))[0]).toMatch(message)
})

test('all mistakes of a file are told at once, from the top', async () => {
  const problems = await problemsOf('name: x\nmethod: PUT\nsteps:\n  - wait: 5\n  - hang-up\n  - press: x\n')
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['x.yaml:2:9:', 'x.yaml:4:11:', 'x.yaml:6:12:'])
})

test('the scenarios of this repository can be read', () => {
  const files = globSync(['scenarios/*.yaml', 'examples/scenarios/*.yaml'])
  expect(files.length).toBeGreaterThanOrEqual(4)
  expect(loadScenarios(files).problems).toEqual([])
})

test('a file that is not there is told', () => {
  expect(loadScenarios(['nothing.yaml']).problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^nothing\.yaml:1:1: ENOENT/),
  ])
})

describe('docs/simulator.md', () => {
  const page = readFileSync('docs/simulator.md', 'utf8')

  test('names every step and every field', async () => {
    const [steps, fields] = [await problemsOf(withStep('xyzzy: 1')), await problemsOf('xyzzy: 1')]
    const namesIn = (problem = '') => /there is: (.*)$/.exec(problem)?.[1]?.split(', ') ?? []
    const names = [...namesIn(steps[0]), ...namesIn(fields.find((problem) => problem.includes('xyzzy')))]
    expect(names.length).toBeGreaterThan(20)
    expect(names.filter((name) => !new RegExp(`\\| [^|]*\`${name}\\b`).test(page))).toEqual([])
  })

  test('has scenarios and faults that can be read', async () => {
    const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block)
    const [scenario, faults] = ['name:', 'faults:'].map((start) => blocks.find((block) => block.startsWith(start)))
    expect(await problemsOf(scenario ?? '')).toEqual([])
    expect(await problemsOf(`${withStep('hang-up')}${faults ?? ''}`)).toEqual([])
    expect(scenario).toBe(readFileSync('examples/scenarios/echo.yaml', 'utf8'))
  })
})
