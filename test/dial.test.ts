import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { rmsDbfs } from '../src/audio/level.ts'
import { parseWav } from '../src/audio/wav.ts'
import { DevProcess } from './support/dev-process.ts'
import { openCall } from './support/foreign-client.ts'
import { type CommandResult, offhook, OffhookCommand } from './support/offhook-command.ts'
import { patience } from './support/patience.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

/** Beeps, then echoes; `#` makes it return. */
const beepBot = `
  import { defineBot } from 'offhook'
  const beep = Int16Array.from({ length: 2400 }, (_, i) => 8000 * Math.sin(i))
  export default defineBot(async (call) => {
    call.play(beep, { sampleRateHz: 8000 })
    for await (const event of call) {
      if (event.type === 'audio') call.write(event.audio)
      if (event.type === 'dtmf') console.log('pressed', event.digit)
      if (event.type === 'dtmf' && event.digit === '#') return
    }
  })`

interface Line {
  readonly type: string
  readonly atMs?: number
  readonly digit?: string
  readonly [name: string]: unknown
}

const linesOf = ({ stdout }: Pick<CommandResult, 'stdout'>): Line[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

/** A node with the beeping bot. */
async function startBeeping() {
  const folder = await TemporaryFolder.create()
  const file = join(folder.path, 'beep.ts')
  await writeFile(file, beepBot)
  const dev = await DevProcess.start({ args: [file] })
  return {
    dev,
    environment: { OFFHOOK_HOME: dev.home },
    async [Symbol.asyncDispose]() {
      await dev[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

describe('offhook dial', () => {
  test('finds the node by OFFHOOK_HOME, presses keys with pauses between, and prints one JSON object per line', async () => {
    await using work = await startBeeping()
    const { environment, dev } = work
    const result = await offhook(['dial', 'beep', '--json', '--press', '1,wait 500,#'], { environment })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const lines = linesOf(result)
    expect(lines.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'dialled',
        'answered',
        'stream-started',
        'bot-audio-started',
        'pressed',
        'ended',
        'result',
      ]),
    )
    const times = lines.flatMap(({ atMs }) => (atMs === undefined ? [] : [atMs]))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times).toHaveLength(lines.length - 1)
    const [one, hash, ...others] = lines.filter(({ type }) => type === 'pressed')
    expect([one?.digit, hash?.digit, others]).toEqual(['1', '#', []])
    // Timers may be a part of a millisecond early.
    expect((hash?.atMs ?? 0) - (one?.atMs ?? 0)).toBeGreaterThanOrEqual(499)
    expect(lines.at(-1)).toMatchObject({
      type: 'result',
      answered: true,
      hangup: { source: 'Answer XML' },
      recording: expect.stringContaining(join(dev.home, 'calls')),
    })
    await dev.until(/pressed 1[^]*pressed #/)
    await dev.until(/call ended.*bot-returned/)
    expect(dev.output).not.toContain('let through')
  })

  test('says a WAV file also to a bot that does not speak first, and records both sides', async () => {
    await using dev = await DevProcess.start({ args: ['examples/echo.ts'] })
    await using folder = await TemporaryFolder.create()
    const record = join(folder.path, 'deep', 'call.wav')
    const args = ['dial', '--json', '--speech', 'examples/callers/hello.wav', '--press', '#', '--record', record]
    const result = await offhook(args, { environment: { OFFHOOK_HOME: dev.home } })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const last = linesOf(result).at(-1)
    expect(last).toMatchObject({ type: 'result', answered: true, recording: record })
    const speech = parseWav(readFileSync('examples/callers/hello.wav'))
    const wav = parseWav(readFileSync(record))
    if (!speech.ok || !wav.ok) throw new Error('not a WAV file')
    expect(wav.value).toMatchObject({ channels: 2, sampleRateHz: 8000 })
    const spokenSeconds = speech.value.samples.length / speech.value.sampleRateHz
    expect(wav.value.samples.length / 8000).toBeGreaterThan(spokenSeconds)
    expect(rmsDbfs(wav.value.samples)).toBeGreaterThan(-50)
    const said = last?.['said'] as { seconds: number }
    const heard = last?.['heard'] as { seconds: number }
    expect(said.seconds).toBeGreaterThan(spokenSeconds / 3)
    expect(Math.abs(heard.seconds - said.seconds)).toBeLessThan(0.5)
  })

  test('has the carrier send what --audio says', async () => {
    await using work = await startBeeping()
    const { environment } = work
    const result = await offhook(['dial', '--json', '--audio', 'l16-16k', '--press', '#'], { environment })
    expect(result.code).toBe(0)
    const started = linesOf(result).find(({ type }) => type === 'stream-started')
    expect(started?.['format']).toEqual({ encoding: 'audio/x-l16', sampleRateHz: 16_000 })
    expect(linesOf(result).at(-1)).toMatchObject({ answered: true, hangup: { source: 'Answer XML' } })
  })

  test('shows the call to a person, and where to listen to it', async () => {
    await using work = await startBeeping()
    const { environment } = work
    const result = await offhook(['dial', '--press', '#'], { environment })
    expect(result.code).toBe(0)
    for (const word of ['ring', 'answer: 200', 'stream', 'presses #', 'hang-up', 'first bot audio', 'listen: ']) {
      expect(result.stdout).toContain(word)
    }
    const recording = /listen: (\S+\.wav)/.exec(result.stdout)?.[1] ?? ''
    expect(parseWav(readFileSync(recording)).ok).toBe(true)
  })

  test('hangs up after --seconds', async () => {
    await using work = await startBeeping()
    const { environment, dev } = work
    const result = await offhook(['dial', '--json', '--seconds', '3'], { environment })
    expect(result.code).toBe(0)
    expect(linesOf(result).at(-1)).toMatchObject({ answered: true, hangup: { source: 'Caller', code: 4000 } })
    await dev.until(/call ended.*caller-hung-up/)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('hangs up at %s and still says how the call went', async (signal) => {
    await using work = await startBeeping()
    const { environment, dev } = work
    await using command = new OffhookCommand(['dial', '--json'], { environment })
    await expect.poll(() => command.stdout, patience).toContain('bot-audio-started')
    command.kill(signal)
    const result = await command.ended
    expect(result.code).toBe(0)
    expect(linesOf(result).at(-1)).toMatchObject({ type: 'result', hangup: { source: 'Caller' } })
    await dev.until(/call ended.*caller-hung-up/)
  })

  test('hears that all lines are busy', async () => {
    await using dev = await DevProcess.start({ args: ['examples/echo.ts'], environment: { OFFHOOK_MAX_CALLS: '1' } })
    using call = await openCall(dev.answerUrl)
    await call.stream.echoes()
    const result = await offhook(['dial', '--json'], { environment: { OFFHOOK_HOME: dev.home } })
    const lines = linesOf(result)
    expect(lines.find(({ type }) => type === 'bot-audio-started')?.['source']).toBe('plivo')
    expect(lines.map(({ type }) => type)).not.toContain('stream-connecting')
    await call.stream.echoes()
  })
})

describe('offhook dial refuses', () => {
  /** The error, which must be a sentence. */
  async function refusal(args: readonly string[], home: string, code = 2): Promise<string> {
    const { stdout, stderr, ...ended } = await offhook(['dial', ...args], { environment: { OFFHOOK_HOME: home } })
    expect(ended.code).toBe(code)
    expect(stdout).toBe('')
    expect(stderr).not.toContain('    at ')
    return stderr
  }

  test('to call when no node runs, and says how to start one', async () => {
    await using home = await TemporaryFolder.create()
    expect(await refusal([], home.path, 1)).toMatch(/no node is running.*offhook dev/)
  })

  test.each([
    [
      'of a node that was killed',
      JSON.stringify({
        pid: 2 ** 22 + 1,
        url: 'http://127.0.0.1:1',
        organization: 'local',
        agents: ['bot'],
        authToken: 'x',
      }),
    ],
    ['that is half written', '{"pid": 12'],
    ['that is something else', '[]'],
  ])('a file %s', async (_what, text) => {
    await using home = await TemporaryFolder.create()
    await writeFile(join(home.path, 'node.json'), text)
    expect(await refusal([], home.path, 1)).toMatch(/no node is running.*offhook dev/)
  })

  test('agents and options that it does not know, and says which there are', async () => {
    await using dev = await DevProcess.start({ args: ['examples/echo.ts'] })
    expect(await refusal(['front-desk'], dev.home, 1)).toMatch(/no agent front-desk here.*echo/)
    expect(await refusal(['--press', '1,x,#'], dev.home)).toMatch(/--press takes.*got "x"/)
    expect(await refusal(['--press', 'speak'], dev.home)).toMatch(/--speech/)
    expect(await refusal(['--speech', 'examples/echo.ts'], dev.home)).toMatch(/examples\/echo\.ts.*WAV/)
    expect(await refusal(['--speech', 'nothing.wav'], dev.home)).toMatch(/nothing\.wav/)
    expect(await refusal(['--audio', 'opus'], dev.home)).toMatch(/mulaw, l16-8k, l16-16k/)
    expect(await refusal(['--seconds', '0'], dev.home)).toMatch(/seconds/)
    expect(dev.output).not.toContain('call started')
  })
})
