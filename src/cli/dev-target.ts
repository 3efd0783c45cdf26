import { basename, resolve } from 'node:path'
import { agentNameOf, slugOf } from './agent-name.ts'
import { commandWords } from './command-words.ts'
import { UsageError } from './describe-error.ts'
import { type DevSettings, devSettings } from './dev-settings.ts'
import { readProjectFile } from './project-file.ts'

/** What `offhook dev` serves: one of file, URL and command. */
export interface DevTarget {
  /** Of the agent. */
  readonly name: string
  readonly file?: string
  readonly url?: string
  readonly command?: readonly string[]
  /** That the command runs in. */
  readonly folder?: string
  /** What the project's file says beside. */
  readonly settings?: DevSettings
}

interface DevSources {
  readonly url?: string | undefined
  readonly command?: string | undefined
}

/** What the command line says, or else offhook.toml of this folder. Throws a `UsageError`. */
export async function devTarget(file: string | undefined, { url, command }: DevSources): Promise<DevTarget> {
  if ([file, url, command].filter((one) => one !== undefined).length > 1) {
    throw new UsageError('give one of a bot file, --url and --command')
  }
  if (file !== undefined) return withProject(fileTarget(file))
  if (command !== undefined) return { name: 'bot', command: commandWords(command, '--command'), folder: '.' }
  if (url !== undefined) return { name: 'bot', url: readBotUrl(url, '--url') }
  const project = await readProjectFile()
  const { name, entry, folder = '.' } = project
  const settings = await devSettings(project)
  if (entry !== undefined) return { name: name ?? agentNameOf(entry), file: entry, settings }
  if (project.url !== undefined)
    return { name: name ?? 'bot', url: readBotUrl(project.url, 'url in offhook.toml'), settings }
  if (project.command !== undefined) {
    return { name: name ?? (slugOf(basename(resolve(folder))) || 'bot'), command: project.command, folder, settings }
  }
  if (project.image !== undefined) {
    throw new UsageError('images do not run in offhook dev: start the bot yourself, and give its --url')
  }
  throw new UsageError(
    'give a bot file, a --command, or the --url of a bot that runs elsewhere; or call it in a project (offhook init makes one)',
  )
}

/** A file that is named may be the project's own. */
async function withProject(target: DevTarget & { readonly file: string }): Promise<DevTarget> {
  const project = await readProjectFile()
  const isProjects = project.entry !== undefined && resolve(project.entry) === resolve(target.file)
  return isProjects ? { ...target, settings: await devSettings(project) } : target
}

function fileTarget(file: string): DevTarget & { readonly file: string } {
  if (!/\.(?:py|rb|sh|go|php)$/.test(file)) return { name: agentNameOf(file), file }
  const program = file.endsWith('.py') ? 'python3' : '…'
  throw new UsageError(
    `${file} is no bot of the SDK: offhook dev --command '${program} ${file}' runs it as a server bot`,
  )
}

function readBotUrl(value: string, from: string): string {
  if (URL.canParse(value) && /^wss?:$/.test(new URL(value).protocol)) return value
  throw new UsageError(`${from} takes the WebSocket URL of a bot, such as ws://127.0.0.1:8765/ws; got "${value}"`)
}
