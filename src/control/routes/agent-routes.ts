import type { Access } from '../access.ts'
import { agentListItem, agentView } from '../agents/agent-view.ts'
import { deploymentView } from '../agents/deployment-view.ts'
import { type Deployed, Deploys, desiredVersion, findAgent } from '../agents/deploys.ts'
import { allow } from '../allow.ts'
import * as contract from '../contract/agents.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'

const ok = { status: 'OK' } as const

/** Agents, as the documented API has them and as the command line does: the same, with other envelopes. */
export function agentRoutes(app: ControlApp, parts: ControlParts): void {
  const agents = new Agents(parts)
  restRoutes(app, agents)
  cliRoutes(app, agents)
}

function restRoutes(app: ControlApp, agents: Agents): void {
  app.openapi(contract.createAgent, async (context) => {
    const access = allow(context, 'member')
    return context.json(await agents.show(access, await agents.deploys.create(access, context.req.valid('json'))), 200)
  })
  app.openapi(contract.listAgents, async (context) =>
    context.json(await agents.list(allow(context, 'viewer'), context.req.valid('query')), 200),
  )
  app.openapi(contract.readAgent, async (context) =>
    context.json(await agents.read(allow(context, 'viewer'), context.req.valid('param').agentName), 200),
  )
  app.openapi(contract.updateAgent, async (context) => {
    const access = allow(context, 'member')
    const { agentName } = context.req.valid('param')
    const deployed = await agents.deploys.update(access, agentName, context.req.valid('json'))
    return context.json(await agents.show(access, deployed), 200)
  })
  app.openapi(contract.deleteAgent, async (context) => {
    await agents.deploys.remove(allow(context, 'member'), context.req.valid('param').agentName)
    return context.json(ok, 200)
  })
}

function cliRoutes(app: ControlApp, agents: Agents): void {
  app.openapi(contract.cliListAgents, async (context) =>
    context.json(await agents.list(allow(context, 'viewer'), context.req.valid('query')), 200),
  )
  app.openapi(contract.cliReadAgent, async (context) =>
    context.json({ body: await agents.read(allow(context, 'viewer'), context.req.valid('param').agentName) }, 200),
  )
  app.openapi(contract.cliCreateAgent, async (context) => {
    const access = allow(context, 'member')
    const { forceRedeploy: _, ...request } = context.req.valid('json')
    return context.json(await agents.wrap(access, await agents.deploys.create(access, request)), 200)
  })
  app.openapi(contract.cliUpdateAgent, async (context) => {
    const access = allow(context, 'member')
    const { serviceName, ...request } = context.req.valid('json')
    return context.json(await agents.wrap(access, await agents.deploys.update(access, serviceName, request)), 200)
  })
  app.openapi(contract.cliDeleteAgent, async (context) => {
    await agents.deploys.remove(allow(context, 'member'), context.req.valid('param').agentName)
    return context.json(ok, 200)
  })
  app.openapi(contract.cliListDeployments, async (context) =>
    context.json(await agents.listDeployments(allow(context, 'viewer'), context.req.valid('param').agentName), 200),
  )
}

interface ListQuery {
  readonly region?: string | undefined
  readonly includeActiveDeployment?: boolean | undefined
}

class Agents {
  readonly deploys: Deploys
  readonly #parts: ControlParts

  constructor(parts: ControlParts) {
    this.#parts = parts
    this.deploys = new Deploys(parts)
  }

  async read(access: Access, name: string) {
    return agentView(this.#parts, access, await findAgent(this.#parts, access, name))
  }

  async list({ organization }: Access, { region, includeActiveDeployment = false }: ListQuery) {
    const agents = await this.#parts.store.agents.list(organization.id, region === undefined ? {} : { region })
    const items = agents.map(async (agent) => {
      const version = includeActiveDeployment ? await desiredVersion(this.#parts, agent) : undefined
      return agentListItem(agent, organization.name, version)
    })
    return { services: await Promise.all(items) }
  }

  async listDeployments(access: Access, name: string) {
    const agent = await findAgent(this.#parts, access, name)
    const { items } = await this.#parts.store.versions.list(agent.organizationId, agent.id, { limit: 1000 })
    return { deployments: items.map((version) => deploymentView(agent, version, access.organization.name)) }
  }

  async show(access: Access, { agent, warning }: Deployed) {
    return { ...(await agentView(this.#parts, access, agent)), ...(warning !== undefined && { warning }) }
  }

  async wrap(access: Access, { agent, warning }: Deployed) {
    return { body: await agentView(this.#parts, access, agent), ...(warning !== undefined && { warning }) }
  }
}
