import type { LeftMessage } from '../../store/messages.ts'
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

/** The carrier's calls, those that are over among them, and the messages that callers left. */
export function callRoutes(app: ControlApp, { store }: ControlParts): void {
  const agentIdOf = async (organizationId: string, name: string | undefined) => {
    const agent = name === undefined ? undefined : await store.agents.find(organizationId, name)
    if (name !== undefined && !agent) throw notFound(`The agent "${name}"`)
    return agent?.id
  }
  const namesOf = async (organizationId: string) =>
    new Map((await store.agents.list(organizationId)).map(({ id, name }) => [id, name]))

  app.openapi(contract.listCallRecords, async (context) => {
    const { organization } = allow(context, 'viewer')
    const { agent: name, status, overflowed, startTime, endTime, ...page } = context.req.valid('query')
    const agentId = await agentIdOf(organization.id, name)
    const { items, total } = await store.calls.list(organization.id, {
      ...page,
      ...defined({
        agentId,
        overflowed,
        live: status === 'all' ? undefined : status === 'live',
        startTime: toMilliseconds(startTime),
        endTime: toMilliseconds(endTime),
      }),
    })
    const names = await namesOf(organization.id)
    return context.json({ calls: items.map((call) => callView(call, names.get(call.agentId ?? ''))), total }, 200)
  })
  app.openapi(contract.listMessages, async (context) => {
    const { organization } = allow(context, 'viewer')
    const { agent, callId, ...page } = context.req.valid('query')
    const agentId = await agentIdOf(organization.id, agent)
    const { items, total } = await store.messages.list(organization.id, { ...page, ...defined({ agentId, callId }) })
    const names = await namesOf(organization.id)
    return context.json({ messages: items.map((one) => messageView(one, names.get(one.agentId ?? ''))), total }, 200)
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
  overflow: call.overflow,
  overflowOutcome: call.overflowOutcome,
})

const messageView = (message: LeftMessage, agent: string | undefined) => ({
  messageId: message.id,
  agent: agent ?? null,
  callId: message.callId,
  sessionId: message.sessionId,
  from: message.from,
  to: message.to,
  url: message.url,
  recordingId: message.recordingId,
  durationMs: message.durationMs,
  at: isoTime(message.createdAt),
})
