import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { readConfig } from '../../config.ts'
import { describeFailure } from '../../lib/parsed.ts'
import {
  type AssumptionRow,
  callAssumptionRows,
  parseAssumption,
  restAssumptionRows,
} from '../../scenario/assumption-values.ts'
import { assumptionList, explainAssumptions } from '../../scenario/explain.ts'
import { UnusableFiles } from '../../scenario/file-problem.ts'
import { runFiles } from '../../scenario/run-files.ts'
import { SimulatorServer } from '../../simulator/rest/server.ts'
import { createConsoleLog } from '../console-log.ts'
import { describeError, UsageError } from '../describe-error.ts'
import { countBetween } from '../read-count.ts'
import { takeStopSignals, untilFired } from '../stop-signals.ts'
import { paint } from '../terminal.ts'

/** Bad files and bad options; 1 says that a scenario failed. */
const usageExitCode = 2
const defaultPort = 7870

interface ServerFlags {
  readonly port: number
  readonly host: string
  readonly publicUrl?: string
  readonly data?: string
  readonly authId?: string
  readonly authToken?: string
  readonly number: readonly string[]
  readonly assume: readonly (readonly [name: string, text: string])[]
  readonly explain?: boolean
  readonly json?: boolean
}

interface RunFlags {
  readonly answerUrl?: string
  readonly authToken?: string
  readonly only: readonly string[]
  readonly parallel: number
  readonly out?: string
  readonly junit?: string
  readonly json?: boolean
}

export function simulatorCommand(): Command {
  return withUsageExit(new Command('simulator'))
    .description('Be Plivo for a bot on this machine: a server with its REST API, or a run of scenarios.')
    .option('--port <port>', 'port to listen on; 0 takes a free one', countBetween(0, 65_535), defaultPort)
    .option('--host <host>', 'interface to listen on', '127.0.0.1')
    .option('--public-url <url>', 'how others reach it, if not at host and port', readWebUrl)
    .option('--data <file>', 'keeps applications, numbers and records of calls from one run to the next')
    .option('--auth-id <id>', 'of the account; default PLIVO_AUTH_ID, or a new one')
    .option('--auth-token <token>', 'of the account; default PLIVO_AUTH_TOKEN, or a new one')
    .option('--number <number>', 'a number that the account has rented; may be repeated', collect, [])
    .option('--assume <name=value>', 'changes an assumption; may be repeated', collectAssumption, [])
    .option('--explain', 'list what the simulator assumes of Plivo, and end')
    .option('--json', 'the same for programs')
    .action(async (flags: ServerFlags) => {
      if (flags.explain) return explain(flags.json === true)
      await orUsageExit(() => serve(flags))
    })
    .addCommand(runCommand())
}

function runCommand(): Command {
  return withUsageExit(new Command('run'))
    .description(
      'Call a bot as scenarios say, and tell what it did otherwise. Exits with 1 if one failed, 2 if one is wrong.',
    )
    .argument('<files...>', 'YAML or JSON files')
    .option('--answer-url <url>', "the bot's answer URL, in place of the one in the files", readWebUrl)
    .option('--auth-token <token>', 'signs requests as Plivo would; default PLIVO_AUTH_TOKEN')
    .option('--only <name>', 'only scenarios with this in their name; may be repeated', collect, [])
    .option('--parallel <n>', 'how many at once', countBetween(1, 100), 1)
    .option('--out <folder>', 'where recordings of failed scenarios go; default .offhook/scenarios')
    .option('--junit <file>', 'write a JUnit report')
    .option('--json', 'one JSON object per line')
    .action((files: readonly string[], flags: RunFlags, command: Command) =>
      orUsageExit(async () => {
        const { home, plivoAuthToken } = readConfig(process.env)
        // Of options that both commands have, the outer one takes those that stand before the files.
        const { authToken, json } = command.optsWithGlobals<RunFlags>()
        const passed = await runFiles(files, {
          answerUrl: flags.answerUrl,
          authToken,
          defaultAuthToken: plivoAuthToken,
          only: flags.only,
          parallel: flags.parallel,
          out: flags.out ?? join(home, 'scenarios'),
          junit: flags.junit,
          json: json === true,
          signal: takeStopSignals().finish,
          paint,
          print: (line) => process.stdout.write(`${line}\n`),
        })
        if (!passed) process.exitCode = 1
      }),
    )
}

function explain(json: boolean): void {
  process.stdout.write(`${json ? JSON.stringify(assumptionList(), undefined, 2) : explainAssumptions()}\n`)
}

async function serve(flags: ServerFlags): Promise<void> {
  const { finish } = takeStopSignals()
  const authId = flags.authId ?? (process.env['PLIVO_AUTH_ID'] || newAuthId())
  const authToken = flags.authToken ?? (process.env['PLIVO_AUTH_TOKEN'] || randomBytes(20).toString('hex'))
  const starting = SimulatorServer.start({
    account: { authId, authTokens: [authToken] },
    port: flags.port,
    host: flags.host,
    numbers: flags.number,
    callAssumptions: assumed(flags.assume, callAssumptionRows),
    assumptions: assumed(flags.assume, restAssumptionRows),
    log: createConsoleLog({ logLevel: 'info', logFormat: 'text' }),
    ...(flags.publicUrl !== undefined && { publicUrl: flags.publicUrl }),
    ...(flags.data !== undefined && { dataFile: flags.data }),
  })
  await using server = await starting.catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(startFailure(error, flags))
  })
  const account = { url: server.url, authId, authToken, restUrl: `${server.url}/v1/Account/${authId}/` }
  process.stdout.write(flags.json ? `${JSON.stringify(account)}\n` : welcome(account))
  await untilFired(finish)
}

function startFailure({ message, code, syscall }: NodeJS.ErrnoException, { data }: ServerFlags): string {
  if (code === 'EADDRINUSE' || code === 'EACCES') return `${message}: give another --port`
  if (syscall === 'listen' || syscall === 'getaddrinfo') return `${message}: give another --host`
  return data === undefined ? message : `--data ${data}: ${message}`
}

interface Account {
  readonly url: string
  readonly authId: string
  readonly authToken: string
  readonly restUrl: string
}

const welcome = ({ url, authId, authToken, restUrl }: Account): string => `
  ${paint('bold', 'A simulated Plivo is up.')} Ctrl-C ends it.

  auth id     ${authId}
  auth token  ${authToken}
  REST API    ${restUrl}

  Let a telephone ring that your bot answers:

    curl ${url}/simulator/dial -H 'content-type: application/json' \\
      -d '{"from": "14155550100", "to": "14155550199", "answer_url": "http://127.0.0.1:5000/answer"}'

  Have your program make a call, through the REST API:

    curl -u ${authId}:${authToken} ${restUrl}Call/ -H 'content-type: application/json' \\
      -d '{"from": "14155550199", "to": "14155550100", "answer_url": "http://127.0.0.1:5000/answer"}'

  A program that has https://api.plivo.com in a setting takes ${url} in its place.
  What was heard: curl ${url}/simulator/calls

`

/** Plivo's form: MA and 18 capital letters and digits. */
function newAuthId(): string {
  const letters = Array.from(randomBytes(18), (byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32])
  return `MA${letters.join('')}`
}

function assumed(given: ServerFlags['assume'], rows: readonly AssumptionRow[]): object {
  const changes = given.flatMap(([name, text]) => {
    const changed = rows.some((row) => row.name === name) ? parseAssumption(name, text, rows) : undefined
    return changed?.ok ? [[name, changed.value]] : []
  })
  return Object.fromEntries(changes)
}

function collectAssumption(text: string, before: ServerFlags['assume']): ServerFlags['assume'] {
  const [, name = text, value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
  const checked = parseAssumption(name, value, assumptionList())
  if (!checked.ok) throw new InvalidArgumentError(`${describeFailure(checked)}.`)
  return [...before, [name, value]]
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

export function readWebUrl(value: string): string {
  if (/^https?:$/.test(URL.parse(value)?.protocol ?? '')) return value
  throw new InvalidArgumentError('Give a URL that begins with http:// or https://.')
}

/** Options that cannot be used end the process with 2, which CI can tell from a scenario that failed. */
export const withUsageExit = (command: Command): Command =>
  command.showHelpAfterError().exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usageExitCode))

/** What is wrong with files, options or ports is told in a sentence. */
export async function orUsageExit(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    process.stderr.write(`${error instanceof UnusableFiles ? error.message : describeError(error)}\n`)
    process.exitCode = usageExitCode
  }
}
