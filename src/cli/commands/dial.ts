import { type Command, InvalidArgumentError } from 'commander'
import { readConfig } from '../../config.ts'
import type { Phones } from '../../simulator/index.ts'
import { readCallee } from '../callee.ts'
import { readCallerScript } from '../caller-script.ts'
import { agentOf, findNode } from '../node-file.ts'
import { platformAction, platformCommand } from '../platform-command.ts'
import { placeCall } from '../place-call.ts'
import { takeStopSignals } from '../stop-signals.ts'

interface DialFlags {
  readonly speech?: string
  readonly press?: string
  readonly audio?: string
  readonly record?: string
  readonly seconds: number
  readonly json?: boolean
  readonly callee?: Phones
}

const audioFormats = ['mulaw', 'l16-8k', 'l16-16k']

export function readAudio(value: string): string {
  if (audioFormats.includes(value)) return value
  throw new InvalidArgumentError(`Choose one of ${audioFormats.join(', ')}.`)
}

function readSeconds(value: string): number {
  const seconds = Number(value)
  if (seconds > 0 && seconds <= 86_400) return seconds
  throw new InvalidArgumentError('Give a number of seconds, up to 86400.')
}

export function dialCommand(): Command {
  return platformCommand('dial', 'Place a simulated call to the node that runs here, and show it as it happens.')
    .argument('[agent]', 'the agent to call; default: the only one')
    .option('--speech <file>', 'a WAV file that the caller says')
    .option('--press <keys>', "keys and pauses: '1,wait 500,#'; 'quiet' waits for the bot, 'speak' places the speech")
    .option('--audio <format>', 'what the carrier sends: mulaw, l16-8k or l16-16k', readAudio)
    .option(
      '--callee <number=what>',
      'what a number does that the bot calls: answers, accepts (presses 1), busy, rejects, no-answer',
      readCallee,
    )
    .option('--record <file>', 'where the recording of both sides goes')
    .option('--seconds <n>', 'the caller hangs up after this time', readSeconds, 120)
    .option('--json', 'one JSON object per line')
    .action(
      platformAction(async (agent: string | undefined, flags: DialFlags) => {
        const { home } = readConfig(process.env)
        const node = await findNode(home)
        const caller = await readCallerScript(flags)
        const name = agentOf(node, agent)
        const result = await placeCall({
          node,
          agent: name,
          audio: flags.audio,
          caller,
          phones: flags.callee,
          maxDurationMs: flags.seconds * 1000,
          recording: flags.record,
          home,
          json: flags.json === true,
          signal: takeStopSignals().finish,
        })
        if (!result.answered) process.exitCode = 1
      }),
    )
}
