import { join } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { BotCode } from './bot-code.ts'
import { commandPlace } from './commands/command-place.ts'
import type { Containers } from './containers/containers.ts'
import { startHostInstance } from './sdk-bots/host-instance.ts'
import { InstanceStartError, type StartInstance } from './link.ts'
import type { OpenPlace } from './server-bots/server-place.ts'
import { startPlacedInstance } from './server-bots/placed-instance.ts'
import { ServerInstance } from './server-bots/server-instance.ts'

interface StartBotOptions {
  readonly code: BotCode
  /** Calls at once in one instance, where the kind of bot can have more than one. */
  readonly sessionsPerInstance: number
  /** The agent's own: its secrets. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What an instance may use. Default: as much as there is. */
  readonly maxMemoryBytes?: number | undefined
  /** Where the programs of commands are looked for. */
  readonly searchPath: string
  /** Absent: the node runs no images. */
  readonly containers?: Containers | undefined
  /** Folder for what the node keeps. */
  readonly home: string
  readonly clock: Clock
  readonly log: Log
}

const startTimeoutMs = 30_000
/** A program may have to load models, and a container its image. Callers are not kept waiting that long. */
const serverStartTimeoutMs = 120_000
const lingerMs = 10_000
const connectTimeoutMs = 10_000

/** How instances of a bot are started, whatever kind it is. */
export function startBot(options: StartBotOptions): StartInstance {
  const { code, environment, searchPath, containers, home, clock } = options
  switch (code.kind) {
    case 'bundle':
      return startBundle(options, code)
    case 'url':
      return startUrl(options, code.url)
    case 'command': {
      const { command, workingDirectory } = code
      return startPlace(options, commandPlace({ command, workingDirectory, environment, searchPath, home, clock }))
    }
    case 'image': {
      const { image, profile, labels } = code
      if (!containers) return () => Promise.reject(new InstanceStartError('this node runs no images'))
      return startPlace(options, containers.place({ image, profile, labels, environment }))
    }
  }
}

function startBundle(
  { sessionsPerInstance, environment, maxMemoryBytes, home, clock, log }: StartBotOptions,
  { path, workingDirectory }: Extract<BotCode, { kind: 'bundle' }>,
): StartInstance {
  // The first process leaves its compiled code here, and the next ones start in a fraction of the time.
  const compiled = { NODE_COMPILE_CACHE: join(home, 'cache') }
  const process = { bundle: path, workingDirectory, environment: { ...compiled, ...environment }, maxMemoryBytes }
  const options = { process, home, sessionsPerInstance, startTimeoutMs, lingerMs, clock, log }
  return (listener, signal) => startHostInstance(options, listener, signal)
}

function startUrl({ sessionsPerInstance, clock, log }: StartBotOptions, url: string): StartInstance {
  const options = { url, sessionsPerInstance, connectTimeoutMs, lingerMs, clock, log }
  return (listener) => Promise.resolve(new ServerInstance(options, listener))
}

function startPlace({ clock, log }: StartBotOptions, openPlace: OpenPlace): StartInstance {
  const options = { openPlace, startTimeoutMs: serverStartTimeoutMs, connectTimeoutMs, lingerMs, clock, log }
  return (listener, signal) => startPlacedInstance(options, listener, signal)
}
