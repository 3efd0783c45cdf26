import { type Command, Option } from 'commander'
import { basename, resolve } from 'node:path'
import { agentNameOf, slugOf } from '../agent-name.ts'
import { askYesNo, canAsk } from '../ask.ts'
import type { BotFile } from '../bot-files.ts'
import { commandWords } from '../command-words.ts'
import { connect } from '../connect.ts'
import { deployBot, type DeployOrder, type DeploySource } from '../deploy-bot.ts'
import { UsageError } from '../describe-error.ts'
import { followDeployment } from '../follow-deployment.ts'
import { platformAction, platformCommand, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { type DeploySettings, readProjectFile } from '../project-file.ts'
import { countBetween, readCount } from '../read-count.ts'
import { sizeText } from '../table.ts'

interface DeployFlags extends PlatformFlags {
  readonly name?: string
  readonly url?: string
  readonly command?: string
  readonly image?: string
  readonly region?: string
  readonly secrets?: string
  readonly websocketAuth?: 'none' | 'token'
  readonly maxSessionDuration?: number
  readonly instanceUses?: number
  readonly minAgents?: number
  readonly maxAgents?: number
  readonly configFile?: string
  readonly force?: boolean
  readonly yes?: boolean
}

export function deployCommand(): Command {
  return withPlatformFlags(platformCommand('deploy', 'Deploy a bot to the node, and wait until it takes calls.'))
    .argument('[file]', 'a bot file; default: what offhook.toml or pcc-deploy.toml says')
    .option('--name <agent>', 'name of the agent; default: that of the file')
    .option('--url <ws url>', 'a bot that runs elsewhere: wss://bot.example.com/ws')
    .option('--command <line>', "a server bot that the node starts in this folder: 'python3 bot.py'")
    .option('--image <image>', 'a container image')
    .option('--region <region>', 'of a new agent')
    .option('--secrets <set>', 'the secret set that the bot finds in its environment')
    .option('--min-agents <n>', 'instances kept ready', readCount)
    .option('--max-agents <n>', 'sessions at once', countBetween(1, 100_000))
    .option(
      '--instance-uses <n>',
      'sessions that one instance serves; 1: each has a fresh one, 0: any number',
      readCount,
    )
    .option('--max-session-duration <seconds>', 'a call may take this long, 60 to 14400', countBetween(60, 14_400))
    .addOption(new Option('--websocket-auth <way>', 'who may open a stream').choices(['token', 'none']))
    .option('--config-file <file>', 'instead of offhook.toml or pcc-deploy.toml')
    .option('--force', 'deploy what is the same, too')
    .option('--yes', 'do not ask')
    .action(platformAction(deploy))
}

async function deploy(file: string | undefined, flags: DeployFlags): Promise<void> {
  const settings = settingsOf(file, flags, await readProjectFile(flags.configFile))
  const source = await sourceOf(settings)
  const order = { name: nameOf(settings), source, settings, force: flags.force === true }
  const connection = await connect(flags)
  process.stderr.write(`${describe(order, connection)}\n`)
  if (flags.yes !== true && canAsk() && !(await askYesNo('Deploy?'))) return
  const { deploymentId, warning } = await deployBot(connection, order)
  await followDeployment({ connection, agent: order.name, deploymentId, json: flags.json === true, warning })
}

/** The command line wins over the file; another thing to run on it takes the place of the file's. */
function settingsOf(file: string | undefined, flags: DeployFlags, written: DeploySettings): DeploySettings {
  const given = [file, flags.url, flags.command, flags.image].filter((one) => one !== undefined)
  if (given.length > 1) throw new UsageError('give one thing to run: a bot file, --url, --command or --image')
  const command = flags.command === undefined ? undefined : commandWords(flags.command, '--command')
  const runs = given.length === 0 ? written : { entry: file, url: flags.url, command, image: flags.image, folder: '.' }
  return {
    ...written,
    entry: runs.entry,
    url: runs.url,
    command: runs.command,
    folder: runs.folder,
    image: runs.image,
    name: flags.name ?? written.name,
    region: flags.region ?? written.region,
    secretSet: flags.secrets ?? written.secretSet,
    websocketAuth: flags.websocketAuth ?? written.websocketAuth,
    maxSessionDuration: flags.maxSessionDuration ?? written.maxSessionDuration,
    instanceUses: flags.instanceUses ?? written.instanceUses,
    minAgents: flags.minAgents ?? written.minAgents,
    maxAgents: flags.maxAgents ?? written.maxAgents,
  }
}

async function sourceOf({ entry, url, command, folder = '.', image }: DeploySettings): Promise<DeploySource> {
  if ([entry, url, command, image].filter((one) => one !== undefined).length > 1) {
    throw new UsageError('offhook.toml names several things to run: keep one of entry, url, command and image')
  }
  if (command !== undefined) {
    const { collectFolder } = await import('../folder-files.ts')
    return { type: 'command', command, files: await collectFolder(folder) }
  }
  if (url !== undefined) return { type: 'url', url }
  if (image !== undefined) return { type: 'image', image }
  if (entry !== undefined) {
    const { collectBotFiles } = await import('../bot-files.ts')
    return { type: 'module', bot: await collectBotFiles(entry) }
  }
  throw new UsageError(
    'there is nothing to deploy: give a bot file, --url, --command or --image, or write entry or command in offhook.toml',
  )
}

/** That of the file, or of its folder when the file says nothing. */
function nameOf({ name, entry, command, folder = '.' }: DeploySettings): string {
  if (name !== undefined) return name
  if (command !== undefined) return slugOf(basename(resolve(folder))) || 'bot'
  if (entry === undefined)
    throw new UsageError('the name of the agent is missing: give --name, or agent_name in offhook.toml')
  return agentNameOf(entry)
}

function describe({ name, source }: DeployOrder, { url, organization }: { url: string; organization: string }): string {
  return `Deploying ${name}.${organization} to ${url}:\n${sourceText(source)}`
}

function sourceText(source: DeploySource): string {
  switch (source.type) {
    case 'module':
      return filesText(source.bot.files)
    case 'command':
      return `  ${source.command.join(' ')}\n${filesText(source.files)}`
    case 'url':
      return `  ${source.url}`
    case 'image':
      return `  ${source.image}`
  }
}

/** More is not read by anybody. */
const shownFiles = 20

function filesText(files: readonly BotFile[]): string {
  const line = (bytes: number, what: string) => `  ${sizeText(bytes).padStart(9)}  ${what}`
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0)
  const shown = files.length <= shownFiles ? files : files.toSorted(largestFirst).slice(0, shownFiles - 1)
  const more = files.length > shown.length ? [`             and ${files.length - shown.length} smaller ones`] : []
  const total = files.length > 1 ? [line(bytes, 'in all')] : []
  return [...shown.map(({ path, content }) => line(content.length, path)), ...more, ...total].join('\n')
}

const largestFirst = (a: BotFile, b: BotFile) => b.content.length - a.content.length
