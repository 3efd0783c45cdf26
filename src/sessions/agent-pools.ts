import { availableParallelism } from 'node:os'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { BotCode } from '../runtime/bot-code.ts'
import type { Containers } from '../runtime/containers/containers.ts'
import type { PoolSizes } from '../runtime/pool/instance-plan.ts'
import { type InstanceUsage, Pool, type PoolOptions } from '../runtime/pool/pool.ts'
import { ResourceWatch } from '../runtime/resource-watch.ts'
import { startBot } from '../runtime/start-bot.ts'
import { StartGate } from '../runtime/pool/start-gate.ts'
import { serviceHost } from './agent.ts'

interface AgentPoolsOptions {
  /** Folder for what the node keeps. */
  readonly home: string
  /** Where the programs of commands are looked for. */
  readonly searchPath?: string | undefined
  /** What runs images; undefined: this node runs none. */
  readonly containers?: Containers | undefined
  /** How long an instance that nobody needs any more is kept. Default five minutes. */
  readonly cooldownMs?: number | undefined
  /** Calls at once on the node; undefined: as many as it can take. */
  readonly maxCalls?: number | undefined
  /** Whether calls are running that starting would take from. */
  readonly isServing: () => boolean
  readonly onUsage: (sample: InstanceUsage) => void
  readonly onStart?: PoolOptions['onStart']
  readonly onDeath?: PoolOptions['onDeath']
  readonly clock: Clock
  readonly log: Log
}

/** Of an agent, what its pool depends on. */
export interface PoolSettings {
  readonly name: string
  readonly organization: string
  readonly version?: string | undefined
  readonly code: BotCode
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly sessionsPerInstance?: number
  readonly warmInstances?: number
  readonly maxSessions?: number
  readonly maxUses?: number | undefined
  readonly maxMemoryBytes?: number | undefined
}

/** Free places for each one in use: what is kept for the calls to come. */
const bufferShare = 0.5
/** A pool that nothing else limits. */
const mostCalls = 10_000

/** The pools of a node: those that serve, those that drain, and those that are not ready yet. */
export class AgentPools implements AsyncDisposable {
  readonly #options: AgentPoolsOptions
  readonly #pools = new Map<Pool, PoolSettings>()
  readonly #gate: StartGate
  readonly #resources: ResourceWatch

  constructor(options: AgentPoolsOptions) {
    const { isServing, onUsage, clock, log } = options
    this.#options = options
    this.#gate = new StartGate({ limit: Math.max(2, availableParallelism()), isServing })
    this.#resources = new ResourceWatch({ pools: () => this.#pools.keys(), onUsage, clock, log })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#resources[Symbol.dispose]()
    await Promise.all([...this.#pools.keys()].map((pool) => pool[Symbol.asyncDispose]()))
  }

  [Symbol.iterator](): Iterator<[Pool, PoolSettings]> {
    return this.#pools.entries()
  }

  create(settings: PoolSettings): Pool {
    const { code, environment = {}, maxMemoryBytes } = settings
    // What runs elsewhere is not made fresh by another connection.
    const maxUses = code.kind === 'url' ? undefined : settings.maxUses
    // A server bot of ours has one session at a time, whatever else is wanted.
    const isServer = code.kind === 'command' || code.kind === 'image'
    const sessionsPerInstance = isServer ? 1 : (settings.sessionsPerInstance ?? 1)
    const { searchPath = '', containers, cooldownMs = 300_000, home, onStart, onDeath, clock } = this.#options
    const log = this.#options.log.child({ agent: serviceHost(settings) })
    const pool = new Pool({
      startInstance: startBot({
        code,
        environment,
        sessionsPerInstance,
        maxMemoryBytes,
        searchPath,
        containers,
        home,
        clock,
        log,
      }),
      ...this.#sizesOf({ ...settings, sessionsPerInstance }),
      sessionsPerInstance,
      maxUses,
      maxMemoryBytes,
      bufferShare,
      cooldownMs,
      gate: this.#gate,
      onStart,
      onDeath,
      clock,
      log,
    })
    this.#pools.set(pool, settings)
    return pool
  }

  resize(pool: Pool, settings: PoolSettings): void {
    pool.resize(this.#sizesOf(settings))
  }

  /** Ends its instances now. */
  async discard(pool: Pool): Promise<void> {
    await pool[Symbol.asyncDispose]()
    this.#pools.delete(pool)
  }

  /** Lets its calls finish. */
  retire(pool: Pool): void {
    void pool.drain().then(() => this.#pools.delete(pool))
  }

  /** Calls over, bots still tidy up: there are more instances than calls at times, and some are kept for the next ones. */
  #sizesOf({
    warmInstances = 1,
    sessionsPerInstance = 1,
    maxSessions = mostCalls,
  }: PoolSettings): Pick<PoolSizes, 'warmInstances' | 'maxInstances'> {
    const { maxCalls = mostCalls } = this.#options
    const inUse = Math.ceil(Math.min(maxCalls, maxSessions) / sessionsPerInstance)
    return { warmInstances, maxInstances: Math.max(warmInstances, inUse) + Math.max(2, Math.ceil(inUse / 2)) }
  }
}
