import { join } from 'node:path'
import type {
  AgentRuntime,
  LiveCall,
  LiveEvent,
  LivePool,
  NodeLoad,
  RefusedSession,
  RuntimeStatus,
  SessionAddress,
  SessionRequest,
  StartedSession,
} from '../control/agent-runtime.ts'
import type { Clock } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Containers } from '../runtime/containers/containers.ts'
import type { ProxiedRequest, ProxiedResponse } from '../runtime/proxied-request.ts'
import type { Server } from '../server.ts'
import { type Agent as CallAgent, serviceHost } from '../sessions/agent.ts'
import type { LiveSession } from '../sessions/live-sessions.ts'
import type { Agent, Organization, Store, Version } from '../store/store.ts'
import { agentSettingsOf } from './agent-settings-of.ts'
import type { AgentIds } from './agent-ids.ts'
import { AgentTurns } from './agent-turns.ts'
import { liveCalls } from './live-calls.ts'
import type { LiveEvents } from './live-events.ts'
import { livePools } from './live-pools.ts'
import { type Revision, RunningAgent } from './running-agent.ts'
import { UnrunnableVersionError } from './unrunnable-version.ts'
import { VersionFolders } from './version-folders.ts'
import { type BotKind, codeOf } from './version-code.ts'

interface PlatformOptions {
  readonly server: Server
  readonly store: Store
  readonly ids: AgentIds
  readonly events: LiveEvents
  /** Resolves once what has become of a session so far is on record. */
  readonly recorded: (sessionId: string) => Promise<void>
  /** Folder for the files of versions. */
  readonly home: string
  /** What may be run. */
  readonly bots: readonly BotKind[]
  /** Whole calls are recorded; absent: they are not. */
  readonly recording?: CallAgent['recording']
  /** Where images run; absent: nowhere. */
  readonly containers?: Containers | undefined
  readonly clock: Clock
  readonly log: Log
}

/** A version on its way to run. */
interface Attempt {
  readonly agent: Agent
  readonly version: Version
  readonly running: RunningAgent
  readonly revision: Revision
}

/** Runs what the store says should run. */
export class Platform implements AgentRuntime {
  readonly #options: PlatformOptions
  readonly #agents = new Map<string, RunningAgent>()
  /** What is wanted of an agent is looked up and begun in one turn, so that what was wanted last counts. */
  readonly #turns = new AgentTurns()
  readonly #deploying = new Set<Promise<void>>()
  readonly #folders: VersionFolders
  #stopped = false

  constructor(options: PlatformOptions) {
    this.#options = options
    this.#folders = new VersionFolders(join(options.home, 'versions'))
  }

  /** Brings up every agent of every organization; resolves when each has come up, or failed to. */
  async start(): Promise<void> {
    const { store } = this.#options
    for (const { id } of await store.organizations.list()) {
      for (const agent of await store.agents.list(id, {})) this.#track(this.#restore(agent))
    }
    await this.settled()
  }

  /** Begins nothing new; the server ends what is under way. */
  stop(): void {
    this.#stopped = true
  }

  async deploy(organizationId: string, agentId: string): Promise<void> {
    const attempt = await this.#turns.take(agentId, async () => {
      const agent = await this.#options.store.agents.findById(organizationId, agentId)
      const versionId = agent?.desiredVersionId ?? undefined
      if (!agent || versionId === undefined || this.#rescale(agent, versionId)) return undefined
      return this.#begin(agent, versionId)
    })
    if (attempt) this.#track(this.#bringUp(attempt))
  }

  /** What served before the node stopped serves first: the wanted version may be one that does not come up. */
  async #restore(agent: Agent): Promise<void> {
    const { id, organizationId, activeVersionId, desiredVersionId } = agent
    if (activeVersionId !== null && activeVersionId !== desiredVersionId) {
      const attempt = await this.#turns.take(id, () => this.#begin(agent, activeVersionId))
      if (attempt) await this.#bringUp(attempt)
    }
    await this.deploy(organizationId, id)
  }

  /** A version that serves already stays as it is: its pool grows or shrinks. False: it does not serve. */
  #rescale({ id, organizationId, minInstances, maxInstances }: Agent, versionId: string): boolean {
    const running = this.#agents.get(id)
    if (!running?.serves(versionId)) return false
    this.#options.server.rescale(running, { warmInstances: minInstances, maxSessions: maxInstances })
    this.#tell(organizationId, 'agent.scaled', { agentId: id, minInstances, maxInstances })
    return true
  }

  async remove(_organizationId: string, agentId: string): Promise<void> {
    await this.#turns.take(agentId, async () => {
      const running = this.#agents.get(agentId)
      if (!running) return
      this.#agents.delete(agentId)
      this.#options.server.withdraw(running)
    })
  }

  status(_organizationId: string, agentId: string): RuntimeStatus | undefined {
    const running = this.#agents.get(agentId)
    if (!running) return undefined
    const { server, ids } = this.#options
    const active = server.calls.sessionsOf().filter(({ agent }) => ids.of(agent)?.agentId === agentId).length
    return running.status(server.find(running)?.pool, active)
  }

  /** Resolves as soon as there is room for it and it is on record; its bot may still be starting. */
  async startSession({ agentId, body }: SessionRequest): Promise<StartedSession | RefusedSession> {
    const { server, recorded } = this.#options
    const running = this.#agents.get(agentId)
    const agent = running && server.find(running)
    if (!agent) return { started: false, reason: 'not-ready' }
    if (agent.pool.offers?.sessions === false) return { started: false, reason: 'calls-only' }
    const shortage = server.calls.shortageOf(agent)
    const session = server.calls.openPlain({ agent, body })
    if (!session) return { started: false, reason: shortage === 'share' ? 'at-share' : 'at-capacity' }
    await recorded(session.id)
    return { started: true, sessionId: session.id, coldStart: session.coldStart }
  }

  async stopSession(organizationId: string, sessionId: string): Promise<boolean> {
    const session = this.#withQueued(organizationId).find(({ id }) => id === sessionId)
    session?.stop('stopped')
    return session !== undefined
  }

  async askSession(
    { organizationId, agentId, sessionId }: SessionAddress,
    request: ProxiedRequest,
  ): Promise<ProxiedResponse | undefined> {
    const session = this.#sessionsOf(organizationId).find(
      ({ id, agent }) => id === sessionId && this.#options.ids.of(agent)?.agentId === agentId,
    )
    return session?.ask(request)
  }

  liveCalls(organizationId: string): readonly LiveCall[] {
    return liveCalls(this.#withQueued(organizationId), this.#options.clock.now())
  }

  livePools(organizationId: string): readonly LivePool[] {
    const { server, ids, clock } = this.#options
    const pools = server.pools().filter((pool) => ids.of(pool)?.organizationId === organizationId)
    return livePools({ pools, sessions: this.#sessionsOf(organizationId), now: clock.now() })
  }

  nodeLoad(): NodeLoad {
    return this.#options.server.load
  }

  events(organizationId: string, signal: AbortSignal): AsyncIterable<LiveEvent> {
    return this.#options.events.listen(organizationId, signal)
  }

  /** Resolves when no deployment is under way. */
  async settled(): Promise<void> {
    while (this.#deploying.size > 0) await Promise.all(this.#deploying)
  }

  #sessionsOf(organizationId: string): readonly LiveSession[] {
    return this.#ofOrganization(organizationId, this.#options.server.calls.sessionsOf())
  }

  /** Those in line, too. */
  #withQueued(organizationId: string): readonly LiveSession[] {
    const { calls } = this.#options.server
    return this.#ofOrganization(organizationId, [...calls.sessionsOf(), ...calls.queued])
  }

  #ofOrganization(organizationId: string, sessions: readonly LiveSession[]): readonly LiveSession[] {
    return sessions.filter(({ agent }) => this.#options.ids.of(agent)?.organizationId === organizationId)
  }

  #track(deployment: Promise<void>): void {
    const tracked = deployment.catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'a deployment broke off')
    })
    this.#deploying.add(tracked)
    void tracked.then(() => this.#deploying.delete(tracked))
  }

  /** In the agent's turn: from now on this version is the one that is wanted. Undefined: there is no such thing any more. */
  async #begin(agent: Agent, versionId: string): Promise<Attempt | undefined> {
    const { store } = this.#options
    const organization = await store.organizations.find(agent.organizationId)
    const version = await store.versions.find(agent.organizationId, versionId)
    if (!organization || !version || this.#stopped) return undefined
    const running = this.#runningOf(agent, organization)
    return { agent, version, running, revision: running.begin(versionId) }
  }

  async #bringUp(attempt: Attempt): Promise<void> {
    const { store } = this.#options
    const { agent, version, running, revision } = attempt
    const { organizationId, id: agentId } = agent
    const { id: versionId } = version
    try {
      await store.versions.setPhase(organizationId, versionId, { phase: 'validating' })
      const serves = await this.#serve(attempt)
      if (!serves) {
        await store.versions.setPhase(organizationId, versionId, { phase: 'draining' })
        return
      }
      running.succeed(revision)
      await store.versions.setPhase(organizationId, versionId, { phase: 'active' })
      this.#tell(organizationId, 'deployment.active', { agentId, versionId })
    } catch (error) {
      // It is no fault of the version's that the node stops.
      if (this.#stopped) return
      const failure = failureOf(error)
      running.fail(revision, failure)
      this.#options.log.error({ agent: agent.name, version: version.number, ...failure }, 'a version does not come up')
      const { code: errorCode, message: errorMessage } = failure
      await store.versions.setPhase(organizationId, versionId, { phase: 'failed', errorCode, errorMessage })
      this.#tell(organizationId, 'deployment.failed', { agentId, versionId, ...failure })
    } finally {
      await this.#folders.removeUnused((id) => this.#options.server.pools().some(({ version: one }) => one === id))
    }
  }

  /**
   * The agent's calls go to this version once it is ready; until then, and if it never is, to the one before. False: another
   * version was wanted meanwhile.
   */
  async #serve({ agent, version, running, revision }: Attempt): Promise<boolean> {
    const { server, store, ids, bots, containers, recording } = this.#options
    const { organizationId, id: agentId } = agent
    const { name, organization } = running
    const { secretSet } = version.spec
    using _held = await this.#folders.hold(version.id)
    const code = await codeOf(version, {
      store,
      folders: this.#folders,
      bots,
      containers,
      agent: serviceHost(running),
    })
    const environment = secretSet === undefined ? {} : await store.secrets.reveal(organizationId, secretSet)
    const settings = agentSettingsOf({ agent, version, name, organization, code, recording, environment })
    ids.set(settings, { organizationId, agentId })
    const deployed = await server.deployWhenReady(
      settings,
      () => this.#agents.get(agentId) === running && running.wants(revision),
    )
    return deployed !== undefined
  }

  #runningOf({ id, name }: Agent, organization: Organization): RunningAgent {
    const known = this.#agents.get(id)
    if (known) return known
    const running = new RunningAgent({ name, organization: organization.name, clock: this.#options.clock })
    this.#agents.set(id, running)
    return running
  }

  #tell(organizationId: string, type: string, data: Readonly<Record<string, unknown>>): void {
    this.#options.events.emit(organizationId, { type, at: this.#options.clock.now(), data })
  }
}

/** What a bot printed before it died is for its author. */
const failureOf = (error: unknown): { code: string; message: string } => ({
  code: error instanceof UnrunnableVersionError ? error.code : 'PCC_UNKNOWN_ERROR',
  message: messageOf(error),
})
