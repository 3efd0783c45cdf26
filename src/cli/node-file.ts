import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from './describe-error.ts'
import { FailedCommandError } from './failed-command.ts'

/** What a running node tells the other commands on this machine. */
export interface NodeFile {
  readonly pid: number
  /** Base URL of the node. */
  readonly url: string
  readonly organization: string
  /** Empty: they come and go. */
  readonly agents: readonly string[]
  /** Signs simulated calls, so that they come in like Plivo's. */
  readonly authToken: string
}

const pathIn = (home: string) => join(home, 'node.json')

/** Only its owner may read it: it holds the token that signs calls. Gives the node that commands went to before and that runs. */
export async function writeNodeFile(home: string, node: NodeFile): Promise<NodeFile | undefined> {
  const before = await readNodeFile(home)
  await mkdir(home, { recursive: true })
  await rm(pathIn(home), { force: true })
  await writeFile(pathIn(home), JSON.stringify(node, undefined, 2), { mode: 0o600 })
  return before
}

/** Commands go to no node any more; or to the one `before`, where one that serves and one for trying things out share a folder. */
export async function removeNodeFile(home: string, before: NodeFile | undefined): Promise<void> {
  const node = await readNodeFile(home)
  if (node?.pid !== process.pid) return
  if (before && isRunning(before.pid)) await writeNodeFile(home, before)
  else await rm(pathIn(home), { force: true })
}

/** Finds the running node. Throws a `FailedCommandError` when there is none. */
export async function findNode(home: string): Promise<NodeFile> {
  const node = await readNodeFile(home)
  if (node) return node
  throw new FailedCommandError(
    `no node is running for ${home}. Start one with "offhook dev <bot file>", or set OFFHOOK_HOME to its folder`,
  )
}

/** The agent that is meant: the only one when none is named. Throws a `UsageError`, or a `FailedCommandError` when it is not here. */
export function agentOf({ agents }: NodeFile, named: string | undefined): string {
  const name = named ?? agents[0]
  if (name === undefined) throw new UsageError('say which agent: offhook agent list shows what there is')
  if (agents.length === 0 || agents.includes(name)) return name
  throw new FailedCommandError(`there is no agent ${name} here; there is: ${agents.join(', ')}`)
}

/** Undefined: there is none that runs. */
async function readNodeFile(home: string): Promise<NodeFile | undefined> {
  const node = await readFile(pathIn(home), 'utf8')
    .then(parseNodeFile)
    .catch(() => undefined)
  return node && isRunning(node.pid) ? node : undefined
}

function parseNodeFile(text: string): NodeFile | undefined {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) return undefined
  const { pid, url, organization, agents, authToken } = value as Partial<Record<keyof NodeFile, unknown>>
  if (typeof pid !== 'number' || typeof url !== 'string' || typeof organization !== 'string') return undefined
  if (typeof authToken !== 'string' || !Array.isArray(agents)) return undefined
  return { pid, url, organization, authToken, agents: agents.filter((name) => typeof name === 'string') }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
