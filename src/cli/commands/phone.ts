import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ReadStream } from 'node:tty'
import { Command } from 'commander'
import { parseWav } from '../../audio/wav.ts'
import { readConfig } from '../../config.ts'
import { messageOf } from '../../lib/errors.ts'
import { dial, PhoneBook, type Phones, type SimulatedCall } from '../../simulator/index.ts'
import { readCallee } from '../callee.ts'
import { createTextView } from '../call-view.ts'
import { UsageError } from '../describe-error.ts'
import { agentOf, findNode } from '../node-file.ts'
import { answerUrlOf, startLocalPlivo } from '../local-plivo.ts'
import { callParties } from '../place-call.ts'
import { takeStopSignals } from '../stop-signals.ts'
import { paint } from '../terminal.ts'
import { readAudio } from './dial.ts'
import { orUsageExit, readWebUrl, withUsageExit } from './simulator.ts'

interface PhoneFlags {
  readonly answerUrl?: string
  readonly authToken?: string
  readonly from?: string
  readonly to?: string
  readonly audio?: string
  readonly speech?: string
  readonly record?: string
  readonly callee?: Phones
}

type CallFrom = Omit<Parameters<typeof dial>[0], 'answerUrl' | 'hangupUrl' | 'authTokens'>
type Place = (call: CallFrom) => SimulatedCall

/** As Ctrl-C comes from a terminal whose keys come one by one. */
const ctrlC = '\u0003'

export function phoneCommand(): Command {
  return withUsageExit(new Command('phone'))
    .description('A telephone in the terminal: calls a bot, shows the call, and presses the keys that you type.')
    .argument('[agent]', 'the agent to call on the node that runs here; default: the only one')
    .option('--answer-url <url>', 'call any bot, by its answer URL', readWebUrl)
    .option('--auth-token <token>', 'with --answer-url: signs requests as Plivo would; default PLIVO_AUTH_TOKEN')
    .option('--from <number>', "the caller's number")
    .option('--to <number>', 'the number that is called')
    .option('--audio <format>', 'what an Offhook node is asked to send: mulaw, l16-8k or l16-16k', readAudio)
    .option('--speech <file>', 'a WAV file that the caller says at each s')
    .option(
      '--callee <number=what>',
      'what a number does that the bot calls: answers, accepts (presses 1), busy, rejects, no-answer',
      readCallee,
    )
    .option('--record <file>', 'where the recording of both sides goes')
    .action((agent: string | undefined, flags: PhoneFlags) => orUsageExit(() => phone(agent, flags)))
}

async function phone(agent: string | undefined, flags: PhoneFlags): Promise<void> {
  const { stdin } = process
  if (!stdin.isTTY)
    throw new UsageError(
      'offhook phone takes keys from a terminal, and there is none here: use offhook dial, or offhook simulator run',
    )
  const { home, plivoAuthToken } = readConfig(process.env)
  await using parts = new AsyncDisposableStack()
  const place = await findPlace(agent, flags, { home, plivoAuthToken, parts })
  const speech = flags.speech === undefined ? undefined : await readSpeech(flags.speech)
  const view = createTextView()
  const { finish } = takeStopSignals()
  process.stdout.write(paint('dim', `keys 0-9 * # A-D are pressed${speech ? ', s speaks' : ''}, h hangs up\n`))
  const call = place({
    signal: finish,
    onEvent: (event) => view.show(event),
    ...(flags.from !== undefined && { from: flags.from }),
    ...(flags.to !== undefined && { to: flags.to }),
  })
  using _keys = takeKeys(stdin, (key) => pressKey(key, call, speech))
  const result = await call.ended
  const recording = flags.record ?? join(home, 'calls', `phone-${result.callUuid.slice(0, 8)}.wav`)
  await mkdir(dirname(recording), { recursive: true })
  await writeFile(recording, result.recording())
  view.end(result, recording)
  if (!result.answered) process.exitCode = 1
}

interface PlaceOptions {
  readonly home: string
  readonly plivoAuthToken: string | undefined
  readonly parts: AsyncDisposableStack
}

/** Where the call goes: to any answer URL, or to the node that runs here, with a REST API of its own. */
async function findPlace(
  agent: string | undefined,
  { answerUrl, authToken, audio, callee }: PhoneFlags,
  { home, plivoAuthToken, parts }: PlaceOptions,
): Promise<Place> {
  if (answerUrl !== undefined) {
    const token = authToken ?? plivoAuthToken
    const phones = new PhoneBook(callee)
    return (call) => dial({ ...call, phones, answerUrl, authTokens: token === undefined ? [] : [token] })
  }
  const node = await findNode(home).catch((error: unknown) => {
    throw new UsageError(`${messageOf(error)}. Or give the --answer-url of any bot`)
  })
  const name = agentOf(node, agent)
  const plivo = parts.use(await startLocalPlivo(node, callee))
  return (call) =>
    plivo.api.switchboard.receive({
      ...callParties,
      ...call,
      answerUrl: answerUrlOf(node, name, { audio, plivoApi: plivo.url }),
      hangupUrl: `${node.url}/plivo/hangup`,
    })
}

type Speech = Parameters<SimulatedCall['speak']>[0]

async function readSpeech(path: string): Promise<Speech> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UsageError(`--speech: ${messageOf(error)}`)
  })
  const wav = parseWav(bytes)
  if (!wav.ok) throw new UsageError(`--speech ${path}: ${wav.field} ${wav.problem}`)
  return wav.value
}

function pressKey(key: string, call: SimulatedCall, speech: Speech | undefined): void {
  if (/^[0-9*#a-d]$/i.test(key)) call.press(key.toUpperCase())
  else if (key === 'h' || key === ctrlC) call.hangUp()
  else if (key === 's' && speech) call.speak(speech)
}

/** Each key as it is typed, without Enter. The terminal is as before when it is disposed of. */
function takeKeys(stdin: ReadStream, onKey: (key: string) => void): Disposable {
  const onData = (bytes: Buffer) => {
    for (const key of bytes.toString('latin1')) onKey(key)
  }
  stdin.setRawMode(true)
  stdin.on('data', onData)
  return {
    [Symbol.dispose]() {
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
    },
  }
}
