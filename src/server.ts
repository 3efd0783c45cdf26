import { mkdir } from 'node:fs/promises'
import type { CertificatePaths } from './gateway/certificate-files.ts'
import { Gateway, type GatewayOptions } from './gateway/gateway.ts'
import { Listeners } from './gateway/listeners.ts'
import { systemClock } from './lib/clock.ts'
import type { Log } from './lib/log.ts'
import { MachineMeter } from './lib/machine-load.ts'
import type { Containers } from './runtime/containers/containers.ts'
import type { InstanceUsage, Pool, PoolOptions } from './runtime/pool/pool.ts'
import { removeOrphanedScratch } from './runtime/scratch.ts'
import { AgentArrivals } from './sessions/agent-arrivals.ts'
import { AgentPools } from './sessions/agent-pools.ts'
import { type Agent, serviceHost } from './sessions/agent.ts'
import { CallRegistry } from './sessions/call-registry.ts'
import { allWatchers } from './sessions/all-watchers.ts'
import { Capacity } from './sessions/capacity/capacity.ts'
import { lateFramesWatcher } from './sessions/capacity/late-frames.ts'
import { type AgentSettings, DeployedAgent, type Scaling } from './sessions/deployed-agent.ts'
import { PlivoCarrier } from './sessions/carrier/plivo-carrier.ts'
import { RecordingShelf } from './sessions/recording-shelf.ts'
import type { OverflowWatcher } from './sessions/overflow/overflow-watcher.ts'
import type { SessionWatcher } from './sessions/session-watcher.ts'

export type { AgentSettings }

export interface AgentPool extends Pick<AgentSettings, 'name' | 'organization'> {
  readonly version: string | undefined
  readonly pool: Pool
  readonly state: 'starting' | 'serving' | 'draining'
}

export interface ServerOptions {
  readonly port: number
  readonly host: string
  readonly home: string
  readonly publicUrl?: string | undefined
  /** Default: no TLS; a proxy may have it. */
  readonly tls?: CertificatePaths | undefined
  /** Agents come up after it listens: until `started`, calls for one that is not there wait for it. Default false. */
  readonly startsAgents?: boolean
  readonly trustedProxies?: readonly string[]
  readonly plivoAuthTokens: readonly string[]
  /** The account whose REST API bots use for their calls, through the node. */
  readonly plivoApi?: PlivoApi | undefined
  /** What organizations have of their own, in place of both. Default: nothing. */
  readonly accountOf?: GatewayOptions['accountOf']
  readonly unsignedWebhooks: 'refuse' | 'warn'
  /**
   * With no account: simulated calls, signed like Plivo's, may bring an API of their own on this machine. The token is for it.
   */
  readonly simulatorToken?: string | undefined
  /** Calls at once. Default: as many as the node measures that it can take. */
  readonly maxCalls?: number | undefined
  /** Of the places for calls, those kept for organizations that have less than their share. Default 10. */
  readonly reservePercent?: number
  /** Folders in which the programs of commands are looked for, as in `PATH`. Default: none. */
  readonly searchPath?: string | undefined
  /** How long an instance that nobody needs any more is kept. Default five minutes. */
  readonly cooldownMs?: number
  /** Where images run. Absent: nowhere. */
  readonly containers?: Containers | undefined
  /** In the log. */
  readonly maskNumbers?: boolean
  /** Told what instances use, every few seconds. */
  readonly onUsage?: ((sample: InstanceUsage) => void) | undefined
  /** Told of each start of an instance, and of each that died by itself. */
  readonly onStart?: PoolOptions['onStart']
  readonly onDeath?: PoolOptions['onDeath']
  /** Told what becomes of sessions. */
  readonly watcher?: SessionWatcher | undefined
  /** Told of callers who get something in a bot's place. */
  readonly overflowWatcher?: OverflowWatcher | undefined
  /** Calls that outlive the node. Default: none does. */
  readonly keptCalls?: GatewayOptions['keptCalls']
  /** Takes tokens of `/start`; undefined: there are none. */
  readonly redeem?: GatewayOptions['redeem']
  /** Answers requests that are not Plivo's. */
  readonly otherwise?: GatewayOptions['otherwise']
  readonly log: Log
}

interface PlivoApi {
  readonly authId: string
  readonly authToken: string
  /** Default `https://api.plivo.com`. */
  readonly baseUrl?: string | undefined
}

/** The account of calls that bring an API of their own. */
export const simulatedAccount = { authId: 'MASIMULATED000000000' }

const limits = { ringingMs: 60_000, waitingMs: 30_000, leavingMs: 60_000 }

/** A running node: the parts, put together once. Disposing it ends everything now; `drain` lets calls finish first. */
export class Server implements AsyncDisposable {
  readonly calls: CallRegistry
  /** The node's copies of recordings. */
  readonly recordings: RecordingShelf
  readonly #options: ServerOptions
  readonly #gateway: Gateway
  readonly #agents = new Map<string, DeployedAgent>()
  readonly #pools: AgentPools
  readonly #meter = new MachineMeter()
  /** What the node can take, as it measures itself. */
  readonly #capacity: Capacity
  readonly #arrivals: AgentArrivals
  #listeners: Listeners | undefined

  private constructor(options: ServerOptions) {
    this.#options = options
    const { log, maxCalls, trustedProxies = ['127.0.0.0/8', '::1'], plivoApi, home } = options
    const carrier = plivoApi && new PlivoCarrier({ ...plivoApi, clock: systemClock })
    this.recordings = new RecordingShelf(home)
    const { watcher, overflowWatcher, maskNumbers, accountOf, startsAgents: starting = false } = options
    this.#arrivals = new AgentArrivals(systemClock, { starting })
    this.#capacity = new Capacity({ meter: this.#meter, calls: () => this.calls.active, clock: systemClock, log })
    this.calls = new CallRegistry({
      maxCalls: maxCalls ?? Number.POSITIVE_INFINITY,
      hasRoom: () => maxCalls !== undefined || this.#capacity.hasRoom,
      sharing: () => this.#sharing,
      limits,
      carrier,
      carrierOf: (organization) => accountOf?.(organization)?.carrier,
      recordings: this.recordings,
      watcher: allWatchers([...(watcher ? [watcher] : []), lateFramesWatcher(this.#capacity)]),
      overflowWatcher,
      maskNumbers,
      clock: systemClock,
      log,
    })
    this.#pools = new AgentPools({
      ...options,
      isServing: () => this.calls.active > 0,
      onUsage: (sample) => options.onUsage?.(sample),
      clock: systemClock,
    })
    this.#gateway = new Gateway({
      ...options,
      trustedProxies,
      agents: {
        find: (organization, name) => this.#agents.get(serviceHost({ organization, name })),
        list: () => [...this.#agents.keys()],
        arrival: (organization, name) => this.#arrivals.until(() => this.find({ organization, name }) !== undefined),
      },
      proofToken: options.simulatorToken,
      isStarting: () => this.#arrivals.starting,
      isLocalPort: (port) => this.#listeners?.isLocal(port) ?? false,
      calls: this.calls,
      simulatedCarrier: simulatedCarrier(options),
      clock: systemClock,
    })
  }

  /** Listens. Rejects when the port is taken, or with a `CertificateError`. */
  static async start(options: ServerOptions): Promise<Server> {
    const { home, port, host, tls, publicUrl, log } = options
    await mkdir(home, { recursive: true })
    const orphans = await removeOrphanedScratch(home)
    if (orphans > 0) log.warn({ instances: orphans }, 'what a node that died left of its instances is removed')
    const server = new Server(options)
    server.#listeners = await Listeners.open({
      port,
      host,
      tls,
      // Programs on this machine need neither the certificate's name nor the way from outside.
      local: tls !== undefined || publicUrl !== undefined,
      attach: (...servers) => server.#gateway.attach(...servers),
      clock: systemClock,
      log,
    })
    return server
  }

  get port(): number {
    return this.#listening.port
  }

  /** Base URL for programs on this machine. */
  get localUrl(): string {
    return this.#listening.localUrl
  }

  /** Base URL of the node as others reach it, as far as it can know. */
  get url(): string {
    return this.#options.publicUrl ?? this.#listening.secureUrl ?? this.localUrl
  }

  /** Reads the files of the certificate again. */
  async reloadCertificate(): Promise<void> {
    await this.#listening.reloadCertificate()
  }

  /** All that was to come up has. */
  started(): void {
    this.#arrivals.finish()
  }

  /** Makes an agent answer, or lets new calls of a known one go to new code. Running calls stay where they are. */
  deploy(settings: AgentSettings): DeployedAgent {
    return this.#activate(settings, this.#pools.create(settings))
  }

  /**
   * The same, once an instance of the new code is ready for calls. Rejects with an `InstanceStartError` when none comes up;
   * resolves to undefined when it `isWanted` no longer by then. Nothing has changed in both cases.
   */
  async deployWhenReady(settings: AgentSettings, isWanted: () => boolean): Promise<DeployedAgent | undefined> {
    const pool = this.#pools.create(settings)
    try {
      await pool.prove()
      if (isWanted()) return this.#activate(settings, pool)
      await this.#pools.discard(pool)
      return undefined
    } catch (error) {
      await this.#pools.discard(pool)
      throw error
    }
  }

  /** Takes no new calls for an agent; running ones go on. */
  withdraw(agent: Pick<AgentSettings, 'name' | 'organization'>): void {
    const key = serviceHost(agent)
    const known = this.#agents.get(key)
    if (!known) return
    this.#agents.delete(key)
    this.#pools.retire(known.pool)
  }

  /** Keeps more or fewer instances for an agent, and lets it have more or fewer calls at once. What runs stays. */
  rescale(agent: Pick<AgentSettings, 'name' | 'organization'>, scaling: Scaling): void {
    const known = this.#agents.get(serviceHost(agent))
    if (!known) return
    known.rescale(scaling)
    this.#pools.resize(known.pool, known.settings)
  }

  /** What it has to do, and what it can take besides. */
  get load() {
    const { lagMs, busyCores, cores, availableBytes } = this.#capacity.load
    return { calls: this.calls.active, ...this.#room, lagMs, busyCores, cores, availableBytes }
  }

  get #sharing() {
    const organizations = new Set([...this.#agents.values()].map(({ organization }) => organization)).size
    return { room: this.#room.room, organizations, reserve: (this.#options.reservePercent ?? 10) / 100 }
  }

  /** How many calls it can take besides those it has. */
  get #room() {
    const { maxCalls } = this.#options
    if (maxCalls === undefined) return this.#capacity.room
    return { room: Math.max(0, maxCalls - this.calls.active), limit: 'setting' as const }
  }

  /** Of every version that has instances: those that new calls go to, those that finish calls, those that come up. */
  pools(): readonly AgentPool[] {
    return [...this.#pools].map(([pool, { name, organization, version }]) => {
      const serves = this.#agents.get(serviceHost({ name, organization }))?.pool === pool
      return { name, organization, version, pool, state: serves ? 'serving' : pool.draining ? 'draining' : 'starting' }
    })
  }

  find(agent: Pick<AgentSettings, 'name' | 'organization'>): Agent | undefined {
    return this.#agents.get(serviceHost(agent))
  }

  #activate(settings: AgentSettings, pool: Pool): DeployedAgent {
    const key = serviceHost(settings)
    const known = this.#agents.get(key)
    if (known) {
      this.#pools.retire(known.pool)
      known.replace(settings, pool)
      return known
    }
    const agent = new DeployedAgent(settings, pool)
    this.#agents.set(key, agent)
    this.#arrivals.notice()
    return agent
  }

  /** Takes no new calls. Resolves when the last one is over. */
  async drain(): Promise<void> {
    await this.calls.drain()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.calls[Symbol.asyncDispose]()
    await this.#pools[Symbol.asyncDispose]()
    this.#capacity[Symbol.dispose]()
    this.#meter[Symbol.dispose]()
    await this.#gateway[Symbol.asyncDispose]()
    await this.#listeners?.[Symbol.asyncDispose]()
  }

  get #listening(): Listeners {
    if (!this.#listeners) throw new Error('the server does not listen')
    return this.#listeners
  }
}

function simulatedCarrier({ plivoApi, simulatorToken: authToken }: ServerOptions) {
  if (plivoApi || authToken === undefined) return undefined
  const { authId } = simulatedAccount
  return (baseUrl: string) => new PlivoCarrier({ authId, authToken, baseUrl, clock: systemClock })
}
