import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { messageOf } from '../lib/errors.ts'
import { commandWords } from './command-words.ts'
import { UsageError } from './describe-error.ts'

/** What callers may expect beside the bot. The node checks it. */
export interface CallSettings {
  readonly onCrash?: string | undefined
  readonly overflow?: string | undefined
  readonly overflowWaitSeconds?: number | undefined
  readonly overflowQueueMax?: number | undefined
  readonly overflowThen?: string | undefined
  readonly comfortTone?: 'until-taken' | 'until-spoken' | 'off' | undefined
  readonly ringUntilReadyMs?: number | undefined
  readonly maxSilenceSeconds?: number | undefined
  readonly goodbye?: string | undefined
}

/** What is to be deployed, and how. What is not said stays as it is on the node. */
export interface DeploySettings {
  readonly name?: string | undefined
  /** A bot file of the SDK. */
  readonly entry?: string | undefined
  /** WebSocket URL of a bot that runs elsewhere. */
  readonly url?: string | undefined
  readonly image?: string | undefined
  /** A server bot that the node starts: program and arguments. */
  readonly command?: readonly string[] | undefined
  /** The folder that the command runs in: that of the file which says so. */
  readonly folder?: string | undefined
  readonly region?: string | undefined
  readonly secretSet?: string | undefined
  readonly imagePullSecretSet?: string | undefined
  readonly agentProfile?: 'agent-1x' | 'agent-2x' | 'agent-3x' | undefined
  readonly websocketAuth?: 'none' | 'token' | undefined
  /** Seconds. */
  readonly maxSessionDuration?: number | undefined
  /** Sessions that one instance serves; 0: any number. */
  readonly instanceUses?: number | undefined
  readonly call?: CallSettings | undefined
  readonly minAgents?: number | undefined
  readonly maxAgents?: number | undefined
}

const foreignName = 'pcc-deploy.toml'

/**
 * Reads `offhook.toml` of the working directory, `pcc-deploy.toml` when there is none, or the file that is named. Its paths
 * begin where it stands. Throws a `UsageError`.
 */
export async function readProjectFile(named?: string): Promise<DeploySettings> {
  for (const path of named === undefined ? ['offhook.toml', foreignName] : [named]) {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    })
    if (text !== undefined) return parseProjectFile(await parseToml(text, path), path)
  }
  if (named !== undefined) throw new UsageError(`--config-file: there is no file ${named}`)
  return {}
}

async function parseToml(text: string, path: string): Promise<Record<string, unknown>> {
  const { parse } = await import('smol-toml')
  try {
    return parse(text)
  } catch (error) {
    throw new UsageError(`${path}: ${messageOf(error)}`)
  }
}

const runKeys = ['agent_name', 'entry', 'url', 'command', 'image', 'image_credentials', 'agent_profile']
const ownKeys = [...runKeys, 'region', 'secret_set', 'websocket_auth', 'max_session_duration', 'scaling']
const overflowKeys = ['overflow', 'overflow_wait', 'overflow_queue_max', 'overflow_then']
const callKeys = ['on_crash', ...overflowKeys, 'comfort_tone', 'ring_until_ready_ms', 'max_silence', 'goodbye']
const offhookKeys = ['instance_uses', ...callKeys]
/** Of Pipecat Cloud's file: what a node has no use for, or images were built with. */
const foreignKeys = ['build_id', 'enable_krisp', 'krisp_viva', 'build', 'docker', 'git', 'resources', 'architecture']

function parseProjectFile(table: Record<string, unknown>, path: string): DeploySettings {
  const known = basename(path) === foreignName ? [...ownKeys, ...foreignKeys] : [...ownKeys, ...offhookKeys]
  refuseUnknown(table, known, path)
  const reader = new TableReader(table, path)
  const scaling = reader.table('scaling')
  const counts = new TableReader(scaling, `${path} [scaling]`)
  const entry = reader.text('entry')
  const command = reader.command('command')
  const elsewhere = entry !== undefined && /^wss?:/.test(entry)
  refuseUnknown(scaling, ['min_agents', 'max_agents', 'min_instances', 'max_instances'], `${path} [scaling]`)
  return {
    name: reader.text('agent_name'),
    entry: entry === undefined || elsewhere ? undefined : join(dirname(path), entry),
    url: reader.text('url') ?? (elsewhere ? entry : undefined),
    command,
    folder: command && dirname(path),
    image: reader.text('image'),
    region: reader.text('region'),
    secretSet: reader.text('secret_set'),
    imagePullSecretSet: reader.text('image_credentials'),
    agentProfile: reader.choice('agent_profile', ['agent-1x', 'agent-2x', 'agent-3x']),
    websocketAuth: reader.choice('websocket_auth', ['none', 'token']),
    maxSessionDuration: reader.whole('max_session_duration'),
    instanceUses: reader.whole('instance_uses'),
    call: callSettings(reader),
    minAgents: counts.whole('min_agents') ?? counts.whole('min_instances'),
    maxAgents: counts.whole('max_agents') ?? counts.whole('max_instances'),
  }
}

function callSettings(reader: TableReader): CallSettings | undefined {
  const settings = {
    onCrash: reader.text('on_crash'),
    overflow: reader.text('overflow'),
    overflowWaitSeconds: reader.whole('overflow_wait'),
    overflowQueueMax: reader.whole('overflow_queue_max'),
    overflowThen: reader.text('overflow_then'),
    comfortTone: comfortTone(reader),
    ringUntilReadyMs: reader.whole('ring_until_ready_ms'),
    maxSilenceSeconds: reader.whole('max_silence'),
    goodbye: reader.text('goodbye'),
  }
  return Object.values(settings).some((value) => value !== undefined) ? settings : undefined
}

function comfortTone(reader: TableReader): CallSettings['comfortTone'] {
  const on = reader.flag('comfort_tone')
  if (on !== undefined) return on ? 'until-taken' : 'off'
  return reader.choice('comfort_tone', ['until-taken', 'until-spoken', 'off'])
}

function refuseUnknown(table: Readonly<Record<string, unknown>>, known: readonly string[], where: string): void {
  const unknown = Object.keys(table).find((key) => !known.includes(key))
  if (unknown !== undefined) throw new UsageError(`${where}: ${unknown} is unknown; there is: ${known.join(', ')}`)
}

/** Reads the values of a table, each of one kind. Throws a `UsageError` that names the key. */
class TableReader {
  readonly #table: Readonly<Record<string, unknown>>
  readonly #where: string

  constructor(table: Readonly<Record<string, unknown>>, where: string) {
    this.#table = table
    this.#where = where
  }

  text(key: string): string | undefined {
    const value = this.#table[key]
    if (value === undefined || (typeof value === 'string' && value !== '')) return value
    throw this.#bad(key, 'text in quotes')
  }

  /** A command line, or its words. */
  command(key: string): readonly string[] | undefined {
    const value = this.#table[key]
    if (value === undefined) return undefined
    if (typeof value === 'string') return commandWords(value, `${this.#where}: ${key}`)
    const isList = Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string')
    if (isList && value[0] !== '') return value
    throw this.#bad(key, 'a command line in quotes, or a list of its words')
  }

  whole(key: string): number | undefined {
    const value = this.#table[key]
    if (value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= 0)) return value
    throw this.#bad(key, 'a whole number')
  }

  /** Undefined for what is no flag. */
  flag(key: string): boolean | undefined {
    const value = this.#table[key]
    return typeof value === 'boolean' ? value : undefined
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.#table[key]
    const found = choices.find((choice) => choice === value)
    if (value === undefined || found !== undefined) return found
    throw this.#bad(key, `one of ${choices.join(', ')}`)
  }

  table(key: string): Readonly<Record<string, unknown>> {
    const value = this.#table[key] ?? {}
    if (typeof value === 'object' && !Array.isArray(value)) return { ...value }
    throw this.#bad(key, `a table, [${key}]`)
  }

  #bad(key: string, kind: string): UsageError {
    return new UsageError(`${this.#where}: ${key} must be ${kind}`)
  }
}
