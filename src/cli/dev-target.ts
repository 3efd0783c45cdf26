import { agentNameOf } from './agent-name.ts'
import { UsageError } from './describe-error.ts'
import { readProjectFile } from './project-file.ts'

/** What `offhook dev` serves: one of file and URL. */
export interface DevTarget {
  /** Of the agent. */
  readonly name: string
  readonly file?: string
  readonly url?: string
}

/** What the command line says, or else offhook.toml of this folder. Throws a `UsageError`. */
export async function devTarget(file: string | undefined, url: string | undefined): Promise<DevTarget> {
  if (file !== undefined && url !== undefined) throw new UsageError('give a bot file or --url, not both')
  if (file !== undefined) return { name: agentNameOf(file), file }
  if (url !== undefined) return { name: 'bot', url: readBotUrl(url, '--url') }
  const project = await readProjectFile()
  const { name, entry } = project
  if (entry !== undefined) return { name: name ?? agentNameOf(entry), file: entry }
  if (project.url !== undefined) return { name: name ?? 'bot', url: readBotUrl(project.url, 'url in offhook.toml') }
  if (project.image !== undefined) {
    throw new UsageError('images do not run in offhook dev: start the bot yourself, and give its --url')
  }
  throw new UsageError(
    'give a bot file, or the --url of a bot that runs elsewhere; or call it in a project (offhook init makes one)',
  )
}

function readBotUrl(value: string, from: string): string {
  if (URL.canParse(value) && /^wss?:$/.test(new URL(value).protocol)) return value
  throw new UsageError(`${from} takes the WebSocket URL of a bot, such as ws://127.0.0.1:8765/ws; got "${value}"`)
}
