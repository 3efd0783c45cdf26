import type { ProxiedRequest, ProxiedResponse } from '../runtime/proxied-request.ts'

/**
 * What the platform does for the control API; the composition root gives an implementation. The store says what should
 * be, the runtime what is.
 */
export interface AgentRuntime {
  /**
   * Brings up the version that the store says should run, or the agent's scaling up to date. Resolves when it is under way, not
   * when it is ready.
   */
  deploy(organizationId: string, agentId: string): Promise<void>
  /** New sessions of the agent, which the store has no more, are refused from now on; running ones go on. */
  remove(organizationId: string, agentId: string): Promise<void>
  /** Undefined: the runtime knows no such agent (yet). */
  status(organizationId: string, agentId: string): RuntimeStatus | undefined
  startSession(request: SessionRequest): Promise<StartedSession | RefusedSession>
  /** Ends the session's instance now. False: no such session runs. */
  stopSession(organizationId: string, sessionId: string): Promise<boolean>
  /** Passes a request on to the bot of a session. Undefined: no such session runs, or its bot has not taken it. Rejects with a `ProxyError`. */
  askSession(address: SessionAddress, request: ProxiedRequest): Promise<ProxiedResponse | undefined>
  liveCalls(organizationId: string): readonly LiveCall[]
  livePools(organizationId: string): readonly LivePool[]
  /** Of the node that answers. */
  nodeLoad(): NodeLoad
  /** What happens from now on, until `signal` fires. */
  events(organizationId: string, signal: AbortSignal): AsyncIterable<LiveEvent>
}

export interface SessionAddress {
  readonly organizationId: string
  readonly agentId: string
  readonly sessionId: string
}

export interface SessionRequest {
  readonly organizationId: string
  readonly agentId: string
  readonly agentName: string
  /** The caller's data, as JSON; undefined: none was sent. */
  readonly body: unknown
}

export interface StartedSession {
  readonly started: true
  /** A UUID. */
  readonly sessionId: string
  /** A new instance had to be made for it. */
  readonly coldStart: boolean
}

export interface RefusedSession {
  readonly started: false
  /**
   * `at-capacity`: as many sessions as the agent may have, or the node takes. `at-share`: the organization has its share. `not-ready`: no version of it can take one. `calls-only`: its bot
   * has nothing for a session without a call.
   */
  readonly reason: 'at-capacity' | 'at-share' | 'not-ready' | 'calls-only'
}

export interface RuntimeStatus {
  /** The latest version passed validation; true also when scaled to zero. */
  readonly ready: boolean
  /** Sessions can be started. */
  readonly available: boolean
  readonly activeSessions: number
  /** The version that the runtime has brought up last. */
  readonly reconciledVersionId: string | undefined
  /** What keeps the latest version from running, such as `PCC_IMAGE_NOT_FOUND`. */
  readonly errors: readonly { readonly code: string; readonly message: string }[]
  readonly current: RevisionStatus | undefined
  /** Still serving while the current one comes up. */
  readonly previous: RevisionStatus | undefined
}

export interface RevisionStatus {
  readonly versionId: string
  readonly phase: 'Creating' | 'Validating' | 'Active' | 'Draining' | 'Failed'
  readonly readyInstances: number
  /** Milliseconds since the epoch. */
  readonly phaseStartedAt: number
  readonly health: RevisionHealth
}

interface RevisionHealth {
  readonly ready: boolean
  readonly state: 'running' | 'waiting' | 'terminated'
  readonly restarts: number
  readonly instancesStarted: number
  /** One line: what the state means. */
  readonly headline?: string
  /** Such as `CrashLoopBackOff`. */
  readonly reason?: string
  readonly lastExitCode?: number
  readonly lastTerminationReason?: string
  /** The end of the bot's output, such as a stack trace. */
  readonly message?: string
}

export interface LiveCall {
  readonly callId: string
  readonly sessionId: string
  readonly agentName: string
  readonly from: string | undefined
  readonly to: string | undefined
  readonly direction: 'inbound' | 'outbound'
  readonly state: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

/** What a node has to do, whoever's it is. */
export interface NodeLoad {
  /** Calls that it has, and how many more it can take. */
  readonly calls: number
  readonly room: number
  /** What it would be short of first; `setting`: it may have no more. */
  readonly limit: 'setting' | 'event-loop' | 'processors' | 'memory' | 'lag' | 'late-frames'
  /** How late its event loop is. */
  readonly lagMs: number
  /** Processors in use, and how many there are. */
  readonly busyCores: number
  readonly cores: number
  readonly availableBytes: number
}

/** The instances of one version of an agent. */
export interface LivePool {
  readonly agentName: string
  readonly versionId: string | undefined
  /** New sessions go to the one that is `serving`. */
  readonly state: 'starting' | 'serving' | 'draining'
  /** Instances that are not ready yet. */
  readonly starting: number
  /** Sessions that wait for an instance. */
  readonly waiting: number
  /** Why no instance comes up; undefined: the last start went well. */
  readonly problem: string | undefined
  readonly instances: readonly LiveInstance[]
}

export interface LiveInstance {
  readonly instanceId: string
  readonly state: 'starting' | 'ready' | 'busy' | 'draining' | 'dead'
  readonly sessionIds: readonly string[]
  /** Sessions at once. */
  readonly capacity: number
  /** Sessions that it was given in its life. */
  readonly sessionsServed: number
  /** Milliseconds since the epoch: when it was ready. */
  readonly readyAt: number
  /** What it used last; undefined: that is not known. */
  readonly usage: { readonly cpuMillicores: number; readonly memoryBytes: number } | undefined
}

export interface LiveEvent {
  /** Such as `session.started`. */
  readonly type: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly data: Readonly<Record<string, unknown>>
}
