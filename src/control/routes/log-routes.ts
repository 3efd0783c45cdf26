import type { Access } from '../access.ts'
import { allow } from '../allow.ts'
import { findAgent } from '../agents/deploys.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/logs.ts'
import { defined } from '../defined.ts'

/** What the bots of an agent printed. */
export function logRoutes(app: ControlApp, parts: ControlParts): void {
  const list = async (access: Access, name: string, query: contract.LogQuery): Promise<contract.LogPage> => {
    const agent = await findAgent(parts, access, name)
    const { deploymentId: versionId, sessionId, limit, offset, order, startTime, endTime, query: text } = query
    const { items, total, totalIsExact } = await parts.store.logs.list(access.organization.id, {
      agentId: agent.id,
      limit,
      offset,
      order,
      ...defined({ versionId, sessionId, startTime, endTime, query: text === '' ? undefined : text }),
    })
    return {
      total: { value: total, relation: totalIsExact ? 'eq' : 'gte' },
      logs: items.map(({ text, timestamp, versionId, sessionId }) => ({
        log: text,
        timestamp,
        deploymentId: versionId,
        sessionId,
      })),
    }
  }
  app.openapi(contract.listLogs, async (context) => {
    const { agentName } = context.req.valid('param')
    return context.json(await list(allow(context, 'viewer'), agentName, context.req.valid('query')), 200)
  })
  app.openapi(contract.cliListLogs, async (context) => {
    const { agentName } = context.req.valid('param')
    return context.json(await list(allow(context, 'viewer'), agentName, context.req.valid('query')), 200)
  })
}
