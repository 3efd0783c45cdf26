import { randomUUID } from 'node:crypto'
import type {
  AgentRuntime,
  LiveCall,
  LiveEvent,
  LivePool,
  NodeLoad,
  RefusedSession,
  RuntimeStatus,
  SessionRequest,
  StartedSession,
} from '../../src/control/agent-runtime.ts'
import type { Store } from '../../src/store/store.ts'

interface RunningAgent {
  readonly organizationId: string
  /** Version that takes new sessions. */
  serving: string | undefined
  desired: string
  phase: 'Creating' | 'Active' | 'Failed'
  phaseStartedAt: number
  removed: boolean
  maxSessions: number
}

/**
 * A platform that runs nothing: images named `broken` fail, those named `slow` never get ready, those
 * named `unseen` are not come to, others are ready at once.
 */
export class ControlRuntime implements AgentRuntime {
  /** Versions, in the order in which they were to be brought up. */
  readonly deployments: string[] = []
  readonly started: SessionRequest[] = []
  readonly calls = new Map<string, LiveCall[]>()
  readonly pools = new Map<string, LivePool[]>()
  readonly #store: Store
  readonly #agents = new Map<string, RunningAgent>()
  readonly #sessions = new Map<string, string>()
  readonly #listeners = new Set<{ organizationId: string; hear: (event: LiveEvent) => void }>()

  constructor(store: Store) {
    this.#store = store
  }

  async deploy(organizationId: string, agentId: string): Promise<void> {
    const agent = await this.#store.agents.findById(organizationId, agentId)
    const versionId = agent?.desiredVersionId ?? ''
    this.deployments.push(versionId)
    const version = await this.#store.versions.find(organizationId, versionId)
    const { source } = version?.spec ?? {}
    const image = source?.type === 'image' ? source.image : ''
    if (image.includes('unseen')) return
    const phase = image.includes('broken') ? 'Failed' : image.includes('slow') ? 'Creating' : 'Active'
    const before = this.#agents.get(agentId)
    this.#agents.set(agentId, {
      organizationId,
      serving: phase === 'Active' ? versionId : before?.serving,
      desired: versionId,
      phase,
      phaseStartedAt: Date.now(),
      removed: false,
      maxSessions: agent?.maxInstances ?? 0,
    })
    const error = { errorCode: 'PCC_IMAGE_NOT_FOUND', errorMessage: 'There is no such image.' }
    if (phase === 'Failed')
      await this.#store.versions.setPhase(organizationId, versionId, { phase: 'failed', ...error })
    if (phase === 'Active') await this.#store.versions.setPhase(organizationId, versionId, { phase: 'active' })
  }

  async remove(_organizationId: string, agentId: string): Promise<void> {
    const agent = this.#agents.get(agentId)
    if (agent) agent.removed = true
  }

  status(_organizationId: string, agentId: string): RuntimeStatus | undefined {
    const agent = this.#agents.get(agentId)
    if (!agent) return undefined
    const { phase, desired, serving, phaseStartedAt } = agent
    const failed = phase === 'Failed'
    const ready = phase === 'Active'
    const errors = failed ? [{ code: 'PCC_IMAGE_NOT_FOUND', message: 'There is no such image.' }] : []
    const running = { ready: true, state: 'running', restarts: 0, instancesStarted: 1 } as const
    const crashed = {
      ready: false,
      state: 'waiting',
      restarts: 3,
      instancesStarted: 1,
    } as const
    return {
      ready,
      available: serving !== undefined,
      activeSessions: this.#activeOf(agentId),
      reconciledVersionId: serving ?? desired,
      errors,
      current: {
        versionId: desired,
        phase,
        readyInstances: ready ? 1 : 0,
        phaseStartedAt,
        health: ready ? running : { ...crashed, reason: failed ? 'ImagePullBackOff' : 'ContainerCreating' },
      },
      previous:
        !ready && serving !== undefined
          ? { versionId: serving, phase: 'Active', readyInstances: 1, phaseStartedAt, health: running }
          : undefined,
    }
  }

  async startSession(request: SessionRequest): Promise<StartedSession | RefusedSession> {
    const { organizationId, agentId } = request
    const agent = this.#agents.get(agentId)
    if (!agent || agent.removed || agent.serving === undefined) return { started: false, reason: 'not-ready' }
    if (this.#activeOf(agentId) >= agent.maxSessions) return { started: false, reason: 'at-capacity' }
    this.started.push(request)
    const sessionId = randomUUID()
    this.#sessions.set(sessionId, agentId)
    const { sessions } = this.#store
    await sessions.create(organizationId, { id: sessionId, agentId, versionId: agent.serving, nodeId: 'node-1' })
    await sessions.started(organizationId, sessionId, { botStartMs: 1_200, coldStart: true })
    this.emit(organizationId, { type: 'session.started', at: Date.now(), data: { sessionId } })
    return { started: true, sessionId, coldStart: true }
  }

  async stopSession(organizationId: string, sessionId: string): Promise<boolean> {
    const agent = this.#agents.get(this.#sessions.get(sessionId) ?? '')
    if (agent?.organizationId !== organizationId) return false
    this.#sessions.delete(sessionId)
    await this.#store.sessions.end(organizationId, sessionId, { completionStatus: 'HTTP_COMPLETED', reason: 'stopped' })
    return true
  }

  async askSession(): Promise<undefined> {
    return undefined
  }

  liveCalls(organizationId: string): readonly LiveCall[] {
    return this.calls.get(organizationId) ?? []
  }

  livePools(organizationId: string): readonly LivePool[] {
    return this.pools.get(organizationId) ?? []
  }

  nodeLoad(): NodeLoad {
    const room = { calls: this.#sessions.size, room: 7, limit: 'processors' } as const
    return { ...room, lagMs: 1.25, busyCores: 0.5, cores: 2, availableBytes: 1e9 }
  }

  async *events(organizationId: string, signal: AbortSignal): AsyncIterable<LiveEvent> {
    const waiting: LiveEvent[] = []
    let wake = () => {}
    const listener = {
      organizationId,
      hear: (event: LiveEvent) => {
        waiting.push(event)
        wake()
      },
    }
    this.#listeners.add(listener)
    signal.addEventListener('abort', () => wake(), { once: true })
    try {
      while (!signal.aborted) {
        const event = waiting.shift()
        if (event) yield event
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      this.#listeners.delete(listener)
    }
  }

  /** How many follow the events. */
  get listeners(): number {
    return this.#listeners.size
  }

  emit(organizationId: string, event: LiveEvent): void {
    for (const listener of this.#listeners) if (listener.organizationId === organizationId) listener.hear(event)
  }

  #activeOf(agentId: string): number {
    return [...this.#sessions.values()].filter((id) => id === agentId).length
  }
}
