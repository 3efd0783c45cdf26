import type { LivePool } from '../control/agent-runtime.ts'
import type { AgentPool } from '../server.ts'

interface Running {
  readonly pools: readonly AgentPool[]
  readonly sessions: readonly { readonly id: string; readonly instanceId: string | undefined }[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Pools with their instances, and which session each of those has. */
export function livePools({ pools, sessions, now }: Running): readonly LivePool[] {
  return pools.map(({ name, version, state, pool }) => ({
    agentName: name,
    versionId: version,
    state,
    starting: pool.status.starting,
    waiting: pool.status.waiting,
    problem: pool.trouble?.why,
    instances: pool.instances.map((instance) => ({
      instanceId: instance.id,
      state: instance.state,
      sessionIds: sessions.filter(({ instanceId }) => instanceId === instance.id).map(({ id }) => id),
      capacity: instance.capacity,
      sessionsServed: instance.uses,
      readyAt: now - instance.readyMs,
      usage: instance.usage,
    })),
  }))
}
