import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { type Config, readConfig } from '../../config.ts'
import { systemClock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { BotCode } from '../../runtime/bot-code.ts'
import { type AgentSettings, Server } from '../../server.ts'
import { BotSource } from '../bot-source.ts'
import { readCallerScript } from '../caller-script.ts'
import { createConsoleLog } from '../console-log.ts'
import { commandName } from '../command-name.ts'
import { describeError } from '../describe-error.ts'
import { type DevTarget, devTarget } from '../dev-target.ts'
import { finishCalls } from '../finish-calls.ts'
import { answerUrlOf } from '../local-plivo.ts'
import { type NodeFile, removeNodeFile, writeNodeFile } from '../node-file.ts'
import { platformAction, platformCommand } from '../platform-command.ts'
import { placeCall } from '../place-call.ts'
import { plivoApiOf } from '../plivo-api.ts'
import { takeStopSignals, untilFired } from '../stop-signals.ts'
import { paint } from '../terminal.ts'
import { warnOfUnknown } from '../warn-of-unknown.ts'
import { readAudio } from './dial.ts'

interface DevFlags {
  readonly port?: string
  readonly url?: string
  readonly command?: string
  readonly dial?: boolean
  readonly speech?: string
  readonly press?: string
  readonly audio?: string
}

/** Running calls may finish this long after the first Ctrl-C. */
const drainMs = 10_000

export function devCommand(): Command {
  return platformCommand('dev', 'Serve a bot on this machine; a saved file serves the next call.')
    .argument('[file]', 'the bot file, such as bot.ts; default: what offhook.toml says')
    .option('--url <url>', 'serve a bot that runs elsewhere: ws://127.0.0.1:8765/ws')
    .option('--command <line>', "start a server bot in this folder: 'python3 bot.py'")
    .option('--port <port>', 'port to listen on; default PORT or 7860')
    .option('--dial', 'place a simulated call at once')
    .option('--speech <file>', 'with --dial: a WAV file that the caller says')
    .option('--press <keys>', "with --dial: keys and pauses, '1,wait 500,#'")
    .option('--audio <format>', 'with --dial: mulaw, l16-8k or l16-16k', readAudio)
    .action(
      platformAction(async (file: string | undefined, flags: DevFlags) => {
        const config = readConfig({ ...process.env, ...(flags.port !== undefined && { PORT: flags.port }) })
        await dev(file, flags, config)
      }),
    )
}

async function dev(file: string | undefined, flags: DevFlags, config: Config): Promise<void> {
  const target = await devTarget(file, flags)
  const { name } = target
  const caller = await readCallerScript(flags)
  const log = createConsoleLog(config)
  warnOfUnknown(config, log)
  await using source =
    target.file === undefined ? undefined : new BotSource(target.file, { name, folder: join(config.home, 'bundles') })
  const code = source ? await bundled(source) : serverBot(target)
  const authToken = config.plivoAuthToken ?? randomBytes(20).toString('hex')
  await using server = await Server.start({
    ...config,
    // It is the author's own machine, and mostly nobody's number.
    maskNumbers: false,
    plivoAuthTokens: [authToken],
    plivoApi: plivoApiOf(config),
    simulatorToken: authToken,
    unsignedWebhooks: 'warn',
    log,
  })
  const stop = takeStopSignals()
  const settings = { ...agentSettings(name, config), ...target.settings }
  await server.deploy({ ...settings, code }).pool.warm
  if (source) followSaves(source, (saved) => server.deploy({ ...settings, code: saved }), log)

  const node: NodeFile = {
    pid: process.pid,
    url: server.localUrl,
    organization: config.organization,
    agents: [name],
    authToken,
  }
  const before = await writeNodeFile(config.home, node)
  console.log(welcome({ ...node, url: server.url }, name))
  if (flags.dial) {
    console.log(`  Calling ${name} …\n`)
    const { home } = config
    await placeCall({ node, agent: name, audio: flags.audio, caller, ...callDefaults, home, signal: stop.finish })
    if (!stop.finish.aborted) console.log(`\n${waiting(name)}`)
  }
  await untilFired(stop.finish)
  await finishCalls({ server, stop, timeoutMs: drainMs, clock: systemClock, log })
  await removeNodeFile(config.home, before)
}

const callDefaults = { maxDurationMs: 120_000, recording: undefined, json: false }

async function bundled(source: BotSource): Promise<BotCode> {
  const { path } = await source.bundle()
  return { kind: 'bundle', path, workingDirectory: source.workingDirectory }
}

function serverBot({ command, folder = '.', url = '' }: DevTarget): BotCode {
  if (command === undefined) return { kind: 'url', url }
  return { kind: 'command', command, workingDirectory: resolve(folder) }
}

function agentSettings(name: string, config: Config): Omit<AgentSettings, 'code'> {
  const { organization, webSocketAuth, sessionsPerInstance, warmInstances, record } = config
  // The author's own keys are in the author's environment; the carrier's token is not the bot's to have.
  const { PLIVO_AUTH_TOKEN: _token, PLIVO_AUTH_ID: _id, ...environment } = process.env
  const recording = record === 'off' ? undefined : { format: record, channels: 'stereo' as const }
  return { name, organization, webSocketAuth, sessionsPerInstance, warmInstances, recording, environment }
}

/** A saved file serves the next call; one that cannot be bundled changes nothing. */
function followSaves(source: BotSource, deploy: (code: BotCode) => void, log: Log): void {
  const onSave = async () => {
    try {
      deploy(await bundled(source))
      log.info({}, `${source.agentName} was saved: the next call gets it`)
    } catch (error) {
      log.error(
        {},
        `${source.agentName} was saved and cannot run; calls go on with what was there\n${describeError(error)}`,
      )
    }
    source.watch(() => void onSave())
  }
  source.watch(() => void onSave())
}

function welcome(node: NodeFile, agent: string): string {
  return `
  ${paint('bold', 'Offhook')} answers for ${paint('bold', `${agent}.${node.organization}`)}

  Answer URL   ${paint('cyan', answerUrlOf(node, agent))}
${waiting(agent)}`
}

const waiting = (agent: string) => `  Dial it      ${commandName()} dial ${agent}
  Stop         Ctrl-C
`
