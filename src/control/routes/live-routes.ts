import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import { allow } from '../allow.ts'
import { ApiError } from '../api-error.ts'
import type { LiveCall, LiveInstance, LivePool, NodeLoad } from '../agent-runtime.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/live.ts'
import { isoTime } from '../iso-time.ts'

/** Proxies drop connections on which nothing comes for a while. */
const heartbeatMs = 15_000
/** Then the client connects again, and its credential is looked at again. */
const longestStreamMs = 15 * 60_000
/** A client that reads has what was sent last by then. */
const lastReadMs = 60_000

/** Of an organization: each holds a connection. */
const mostListeners = 20

/** What goes on now: calls, and events as they happen. */
export function liveRoutes(app: ControlApp, parts: ControlParts): void {
  const listeners = new Map<string, number>()
  app.openapi(contract.listLiveCalls, (context) => {
    const calls = parts.runtime.liveCalls(allow(context, 'viewer').organization.id)
    return context.json({ calls: calls.map(callView) }, 200)
  })
  app.openapi(contract.listInstances, (context) => {
    const pools = parts.runtime.livePools(allow(context, 'viewer').organization.id)
    return context.json({ node: loadView(parts.runtime.nodeLoad()), pools: pools.map(poolView) }, 200)
  })
  app.openapi(contract.streamEvents, (context) => {
    const { organization } = allow(context, 'viewer')
    const listening = listeners.get(organization.id) ?? 0
    if (listening >= mostListeners) {
      throw new ApiError(429, `At most ${mostListeners} streams of events may be open at once: close some.`)
    }
    listeners.set(organization.id, listening + 1)
    // Proxies would hold events back.
    context.header('x-accel-buffering', 'no')
    return streamSSE(context, async (stream) => {
      try {
        await sendEvents(parts, organization.id, stream)
      } finally {
        listeners.set(organization.id, (listeners.get(organization.id) ?? 1) - 1)
      }
    })
  })
}

async function sendEvents({ runtime, clock, log }: ControlParts, organizationId: string, stream: SSEStreamingApi) {
  const over = new AbortController()
  stream.onAbort(() => over.abort())
  const end = clock.after(longestStreamMs, () => over.abort())
  const cut = clock.after(longestStreamMs + lastReadMs, () => stream.abort())
  const beat = () => {
    if (over.signal.aborted) return
    void stream.write(': alive\n\n')
    heartbeat = clock.after(heartbeatMs, beat)
  }
  let heartbeat = clock.after(heartbeatMs, beat)
  try {
    await stream.write(': connected\n\n')
    for await (const { type, at, data } of runtime.events(organizationId, over.signal)) {
      await stream.writeSSE({ event: type, data: JSON.stringify({ type, at: isoTime(at), data }) })
    }
  } catch (error) {
    log.warn({ err: error, organization: organizationId }, 'a stream of events broke')
  } finally {
    over.abort()
    end.cancel()
    cut.cancel()
    heartbeat.cancel()
  }
}

const callView = ({ callId, sessionId, agentName, from, to, direction, state, startedAt }: LiveCall) => ({
  callId,
  sessionId,
  agent: agentName,
  from: from ?? null,
  to: to ?? null,
  direction,
  state,
  startedAt: isoTime(startedAt),
})

const loadView = ({ calls, room, limit, lagMs, busyCores, cores, availableBytes }: NodeLoad) => ({
  calls,
  room,
  limit,
  eventLoopLagMs: round(lagMs, 1),
  busyProcessors: round(busyCores, 2),
  processors: cores,
  availableMemoryBytes: Math.round(availableBytes),
})

const round = (value: number, digits: number): number => Number(value.toFixed(digits))

const poolView = ({ agentName, versionId, state, starting, waiting, problem, instances }: LivePool) => ({
  agent: agentName,
  deploymentId: versionId ?? null,
  state,
  starting,
  waiting,
  problem: problem ?? null,
  instances: instances.map(instanceView),
})

const instanceView = ({ instanceId, state, sessionIds, capacity, sessionsServed, readyAt, usage }: LiveInstance) => ({
  instanceId,
  state,
  sessionIds: [...sessionIds],
  capacity,
  sessionsServed,
  readyAt: isoTime(readyAt),
  cpuMillicores: usage?.cpuMillicores ?? null,
  memoryBytes: usage?.memoryBytes ?? null,
})
