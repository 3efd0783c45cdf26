import type { Session } from '../../store/session.ts'
import type { Access } from '../access.ts'
import { allow } from '../allow.ts'
import { findAgent } from '../agents/deploys.ts'
import { ApiError } from '../api-error.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/sessions.ts'
import { defined } from '../defined.ts'
import { isoTime, isoTimeOrNull } from '../iso-time.ts'
import { readMetrics } from '../resource-metrics.ts'

interface SessionPath {
  readonly agentName: string
  readonly sessionId: string
}

/** Sessions of an agent; both surfaces have the same objects. */
export function sessionRoutes(app: ControlApp, parts: ControlParts): void {
  const sessions = new AgentSessions(parts)
  app.openapi(contract.listSessions, async (context) => {
    const { agentName } = context.req.valid('param')
    return context.json(await sessions.list(allow(context, 'viewer'), agentName, context.req.valid('query')), 200)
  })
  app.openapi(contract.readSession, async (context) =>
    context.json(await sessions.read(allow(context, 'viewer'), context.req.valid('param')), 200),
  )
  app.openapi(contract.stopSession, async (context) =>
    context.json(await sessions.stop(allow(context, 'member'), context.req.valid('param')), 200),
  )
  app.openapi(contract.cliListSessions, async (context) => {
    const { agentName } = context.req.valid('param')
    return context.json(await sessions.list(allow(context, 'viewer'), agentName, context.req.valid('query')), 200)
  })
  app.openapi(contract.cliReadSession, async (context) =>
    context.json(await sessions.read(allow(context, 'viewer'), context.req.valid('param')), 200),
  )
  app.openapi(contract.cliStopSession, async (context) =>
    context.json(await sessions.stop(allow(context, 'member'), context.req.valid('param')), 200),
  )
}

class AgentSessions {
  readonly #parts: ControlParts

  constructor(parts: ControlParts) {
    this.#parts = parts
  }

  async list(access: Access, agentName: string, query: contract.SessionQuery) {
    const agent = await findAgent(this.#parts, access, agentName)
    const { deploymentId, startTimeMax = 0, startTimeMin } = query
    const { items, total } = await this.#parts.store.sessions.list(access.organization.id, {
      agentId: agent.id,
      limit: query.limit,
      offset: query.offset,
      status: query.status,
      startType: query.startType,
      ...defined({
        versionId: deploymentId,
        startTime: toMilliseconds(query.startTime),
        endTime: toMilliseconds(query.endTime),
        botStartMsMin: toMilliseconds(startTimeMin),
        botStartMsMax: startTimeMax === 0 ? undefined : toMilliseconds(startTimeMax),
      }),
    })
    return { total_count: total, sessions: items.map(sessionView) }
  }

  async read(access: Access, path: SessionPath): Promise<contract.SessionDetails> {
    const session = await this.#find(access, path)
    const metrics = await this.#parts.store.sessions.metrics(access.organization.id, session.id)
    return { ...sessionView(session), resourceMetrics: readMetrics(session, metrics), meetingIds: [] }
  }

  async stop(access: Access, path: SessionPath) {
    const { id, endedAt } = await this.#find(access, path)
    const organizationId = access.organization.id
    const stopped = endedAt === null && (await this.#parts.runtime.stopSession(organizationId, id))
    if (!stopped) throw sessionNotFound(`${id} does not run`)
    const { store } = this.#parts
    await store.audit.add(organizationId, {
      ...access.actor,
      action: 'session.stop',
      targetType: 'session',
      targetId: id,
    })
    return { status: 'terminated' as const, session_id: id }
  }

  async #find({ organization }: Access, { agentName, sessionId }: SessionPath): Promise<Session> {
    const { agents, sessions } = this.#parts.store
    const session = await sessions.find(organization.id, sessionId)
    const agent = session && (await agents.findById(organization.id, session.agentId))
    // Sessions outlive their agent, and must still be stopped; a deleted agent has no name any more.
    if (!session || (agent && agent.name !== agentName)) throw sessionNotFound(`${sessionId} was not found`)
    return session
  }
}

/** The documented API has the status as code here, on every surface. */
const sessionNotFound = (problem: string) => new ApiError(404, `The session ${problem}.`, { code: '404' })

const toMilliseconds = (seconds: number | undefined) => (seconds === undefined ? undefined : Math.round(seconds * 1000))

const sessionView = (session: Session): contract.SessionItem => ({
  sessionId: session.id,
  serviceId: session.agentId,
  organizationId: session.organizationId,
  deploymentId: session.versionId,
  createdAt: isoTime(session.createdAt),
  updatedAt: isoTime(session.updatedAt),
  endedAt: isoTimeOrNull(session.endedAt),
  botStartSeconds: session.botStartMs === null ? null : Math.round(session.botStartMs / 1000),
  coldStart: session.coldStart,
  completionStatus: session.completionStatus,
})
