import type { Call } from '../../store/schema/calls.ts'
import { allow } from '../allow.ts'
import { notFound } from '../api-error.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/calls.ts'
import { defined } from '../defined.ts'
import { isoTime, isoTimeOrNull } from '../iso-time.ts'

/** A call has one session, and one more each time its stream was lost. */
const mostSessions = 100

/** The carrier's calls, those that are over among them. */
export function callRoutes(app: ControlApp, { store }: ControlParts): void {
  app.openapi(contract.listCallRecords, async (context) => {
    const { organization } = allow(context, 'viewer')
    const { agent: name, status, startTime, endTime, ...page } = context.req.valid('query')
    const agent = name === undefined ? undefined : await store.agents.find(organization.id, name)
    if (name !== undefined && !agent) throw notFound(`The agent "${name}"`)
    const { items, total } = await store.calls.list(organization.id, {
      ...page,
      ...defined({
        agentId: agent?.id,
        live: status === 'all' ? undefined : status === 'live',
        startTime: toMilliseconds(startTime),
        endTime: toMilliseconds(endTime),
      }),
    })
    const names = new Map((await store.agents.list(organization.id)).map((one) => [one.id, one.name]))
    return context.json({ calls: items.map((call) => callView(call, names.get(call.agentId ?? ''))), total }, 200)
  })
  app.openapi(contract.readCallRecord, async (context) => {
    const { organization } = allow(context, 'viewer')
    const { callId } = context.req.valid('param')
    const call = await store.calls.find(organization.id, callId)
    if (!call) throw notFound(`The call "${callId}"`)
    const agent = call.agentId === null ? undefined : await store.agents.findById(organization.id, call.agentId)
    const { items } = await store.sessions.list(organization.id, { callId, order: 'asc', limit: mostSessions })
    const sessions = items.map(({ id, createdAt, endedAt, endReason }) => ({
      sessionId: id,
      startedAt: isoTime(createdAt),
      endedAt: isoTimeOrNull(endedAt),
      reason: endReason,
    }))
    return context.json({ ...callView(call, agent?.name), sessions }, 200)
  })
}

const toMilliseconds = (seconds: number | undefined) => (seconds === undefined ? undefined : Math.round(seconds * 1000))

const callView = (call: Call, agent: string | undefined) => ({
  callId: call.id,
  agent: agent ?? null,
  from: call.from,
  to: call.to,
  direction: call.direction,
  startedAt: isoTime(call.createdAt),
  endedAt: isoTimeOrNull(call.endedAt),
  durationMs: call.durationMs,
  hangupCause: call.hangupCause,
})
