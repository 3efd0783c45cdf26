import { allow } from '../allow.ts'
import { agentView } from '../agents/agent-view.ts'
import { Deploys } from '../agents/deploys.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/bots.ts'

/** Bots that come without an image. */
export function botRoutes(app: ControlApp, parts: ControlParts): void {
  const deploys = new Deploys(parts)
  app.openapi(contract.deployBot, async (context) => {
    const access = allow(context, 'member')
    const { agent, warning } = await deploys.put(
      access,
      context.req.valid('param').agentName,
      context.req.valid('json'),
    )
    const details = await agentView(parts, access, agent)
    return context.json({ ...details, ...(warning !== undefined && { warning }) }, 200)
  })
}
