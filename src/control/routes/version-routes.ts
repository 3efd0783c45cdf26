import type { Agent } from '../../store/schema/agents.ts'
import type { Version } from '../../store/version.ts'
import { allow } from '../allow.ts'
import { agentView } from '../agents/agent-view.ts'
import { sourceText } from '../agents/deployment-view.ts'
import { Deploys, findAgent } from '../agents/deploys.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/versions.ts'
import { isoTime } from '../iso-time.ts'

/** The versions of an agent, and the way back to an earlier one. */
export function versionRoutes(app: ControlApp, parts: ControlParts): void {
  const deploys = new Deploys(parts)
  app.openapi(contract.listVersions, async (context) => {
    const agent = await findAgent(parts, allow(context, 'viewer'), context.req.valid('param').agentName)
    const { items, total } = await parts.store.versions.list(agent.organizationId, agent.id, context.req.valid('query'))
    return context.json({ versions: items.map((version) => versionView(agent, version)), total }, 200)
  })
  app.openapi(contract.rollBack, async (context) => {
    const access = allow(context, 'member')
    const { agentName } = context.req.valid('param')
    const { agent } = await deploys.rollBack(access, agentName, context.req.valid('json').versionId)
    return context.json(await agentView(parts, access, agent), 200)
  })
}

const versionView = (agent: Agent, version: Version) => ({
  id: version.id,
  number: version.number,
  phase: version.phase,
  phaseStartedAt: isoTime(version.phaseStartedAt),
  error: version.errorCode === null ? null : { code: version.errorCode, message: version.errorMessage ?? '' },
  source: sourceText(version.spec),
  desired: version.id === agent.desiredVersionId,
  active: version.id === agent.activeVersionId,
  createdBy: version.createdBy,
  createdAt: isoTime(version.createdAt),
})
