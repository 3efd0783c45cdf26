/** The process under test: a real `Server`, set up as in production but for its log, of which only errors are kept. */
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { pino } from 'pino'
import { systemClock } from '../../src/lib/clock.ts'
import type { BotCode } from '../../src/runtime/bot-code.ts'
import { Containers } from '../../src/runtime/containers/containers.ts'
import { Server } from '../../src/server.ts'
import { agent, plivoAuthToken } from '../generator/agent.ts'
import { Complaints } from './complaints.ts'
import { serveTasks } from './tasks.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const complaints = new Complaints()
let server: Server | undefined
let deployed: ReturnType<Server['deploy']> | undefined
let containers: Containers | undefined
let bundle = ''

interface Sizes {
  readonly sessionsPerInstance: number
  readonly warmInstances: number
  /** Default: as many as the node takes. */
  readonly maxSessions?: number
  /** Default: the bundle that the process began with. */
  readonly code?: BotCode
  /** Default: nothing. */
  readonly environment?: Readonly<Record<string, string>>
}

const gibibyte = 1024 ** 3

const tasks = {
  /** Returns the port. */
  async start(options: { readonly bundle: string; readonly home: string; readonly maxCalls: number }): Promise<number> {
    const { home, maxCalls } = options
    bundle = options.bundle
    const log = pino({ level: 'info' }, complaints)
    const plivoAuthTokens = [plivoAuthToken]
    const owner = { nodeId: 'bench', home }
    containers = new Containers({ network: 'auto', maxImageBytes: 4 * gibibyte, owner, clock: systemClock, log })
    server = await Server.start({
      port: 0,
      host: '127.0.0.1',
      home,
      plivoAuthTokens,
      unsignedWebhooks: 'refuse',
      maxCalls,
      searchPath: process.env['PATH'],
      containers,
      log,
    })
    return server.port
  },

  /** Deploys the bot, again if need be: every instance that there was is let go. */
  deploy(sizes: Sizes): void {
    const code: BotCode = { kind: 'bundle', path: bundle, workingDirectory: '/tmp' }
    deployed = server?.deploy({ ...agent, code, ...sizes })
  },

  /** The same, with another bot. */
  redeploy({ bundle: other, ...sizes }: Sizes & { readonly bundle: string }): void {
    bundle = other
    tasks.deploy(sizes)
  },

  /** Resolves once an instance has a free place and none is starting. */
  async ready(): Promise<void> {
    const isReady = () => deployed && deployed.pool.status.starting === 0 && deployed.pool.status.free > 0
    while (!isReady()) await sleep(10)
  },

  /** Calls that the bot has, and places that are free. */
  places: (): { readonly active: number; readonly free: number } => {
    const { active = 0, free = 0 } = deployed?.pool.status ?? {}
    return { active, free }
  },

  /** Errors that the server has logged. */
  complaints: (): readonly string[] => complaints.sentences,

  /** Bytes that JavaScript holds on to, garbage left out. */
  heldBytes(): number {
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  },
}

export type GatewayTasks = typeof tasks

serveTasks(tasks, async () => {
  await server?.[Symbol.asyncDispose]()
  await containers?.removeOrphans()
})
