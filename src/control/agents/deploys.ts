import type { Agent } from '../../store/schema/agents.ts'
import { isConflict } from '../../store/store.ts'
import type { Scaling, Version, VersionFile } from '../../store/version.ts'
import type { Access } from '../access.ts'
import { badRequest, notFound } from '../api-error.ts'
import type { ControlParts } from '../control-parts.ts'
import type { CreateAgentRequest, UpdateAgentRequest } from '../contract/deploy-request.ts'
import type { DeployBotRequest } from '../contract/bots.ts'
import { defined } from '../defined.ts'
import { type BotCode, botCode } from './bot-code.ts'
import { checkPullSecret, checkSecretSet, findBuild, regionFor } from './deploy-checks.ts'
import { firstSpec, nextSpec, sameSpec } from './version-spec.ts'

export interface Deployed {
  readonly agent: Agent
  /** Why nothing was deployed; undefined: something was. */
  readonly warning?: string
}

/** Of a change, while others deploy as well. */
const mostTries = 5

const defaultScaling = { minInstances: 0, maxInstances: 50 }

/** Makes and changes agents: each change of what runs is a version, a change of how many is not. */
export class Deploys {
  readonly #parts: ControlParts

  constructor(parts: ControlParts) {
    this.#parts = parts
  }

  /** A bot without an image: makes the agent, or gives it another version. */
  async put(access: Access, name: string, request: DeployBotRequest): Promise<Deployed> {
    const { source: _source, files: _files, ...settings } = request
    const code = botCode(request)
    const known = await this.#parts.store.agents.find(access.organization.id, name)
    if (known) return this.update(access, name, settings, code)
    const { forceRedeploy: _force, ...first } = settings
    try {
      return await this.#make(access, { serviceName: name, ...first }, code)
    } catch (error) {
      if (isConflict(error)) return this.update(access, name, settings, code)
      throw error
    }
  }

  async create(access: Access, request: CreateAgentRequest): Promise<Deployed> {
    const { serviceName } = request
    const taken = `serviceName: there is an agent "${serviceName}" already. Update it, or choose another name.`
    if (await this.#parts.store.agents.find(access.organization.id, serviceName)) throw badRequest(taken)
    try {
      return await this.#make(access, request)
    } catch (error) {
      throw isConflict(error) ? badRequest(taken) : error
    }
  }

  /** Throws a `StoreError` when somebody was faster with this name. */
  async #make(access: Access, request: CreateAgentRequest, code?: BotCode): Promise<Deployed> {
    const { store } = this.#parts
    const { serviceName, autoScaling, region: wanted, ...settings } = request
    const organizationId = access.organization.id
    const region = await regionFor(store, organizationId, wanted)
    const place = { organizationId, region }
    const spec = firstSpec({ ...settings, code }, await findBuild(store, place, settings.buildId))
    await checkSecretSet(store, place, spec.secretSet)
    await checkPullSecret(store, place, spec.imagePullSecretSet)
    const scaling = { ...defaultScaling, ...scalingOf(autoScaling) }
    checkScaling(scaling)
    const version = { spec, createdBy: access.actor.actorId, ...(code && { files: code.files }) }
    const agent = await store.agents.create(organizationId, { name: serviceName, region, ...scaling, version })
    await this.#bringUp(access, agent, 'agent.create')
    return { agent }
  }

  /** Of requests at the same time each changes what the one before it has made. */
  async update(access: Access, name: string, request: UpdateAgentRequest, code?: BotCode): Promise<Deployed> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#change(access, name, request, code)
      } catch (error) {
        if (!isConflict(error) || tries === mostTries) throw error
      }
    }
  }

  /** Throws a `StoreError` when somebody has deployed another version meanwhile. */
  async #change(access: Access, name: string, request: UpdateAgentRequest, code?: BotCode): Promise<Deployed> {
    const { store } = this.#parts
    const { autoScaling, region, forceRedeploy = false, ...settings } = request
    const organizationId = access.organization.id
    const agent = await findAgent(this.#parts, access, name)
    if (region !== undefined && region !== agent.region) {
      throw badRequest(
        `region: the agent is in "${agent.region}" and cannot move to "${region}". Deploy another agent there.`,
      )
    }
    const place = { organizationId, region: agent.region }
    const before = await desiredVersion(this.#parts, agent)
    const spec = nextSpec(before.spec, { ...settings, code }, await findBuild(store, place, settings.buildId))
    await checkSecretSet(store, place, spec.secretSet)
    await checkPullSecret(store, place, spec.imagePullSecretSet)
    const scaling = scalingOf(autoScaling)
    const { minInstances, maxInstances } = { ...agent, ...scaling }
    checkScaling({ minInstances, maxInstances })
    const scales = minInstances !== agent.minInstances || maxInstances !== agent.maxInstances
    // What failed may be tried again as it is.
    const deploys = forceRedeploy || before.phase === 'failed' || !sameSpec(before.spec, spec)
    if (!deploys && !scales) return { agent, warning: unchanged }
    const changed = deploys
      ? await this.#deployVersion(access, before, { spec, scaling, files: await this.#filesOf(before, spec, code) })
      : await store.agents.update(organizationId, agent.id, scaling)
    await this.#bringUp(access, changed, deploys ? 'agent.deploy' : 'agent.scale')
    return { agent: changed }
  }

  /** Makes an earlier version the one that should run; without an id the one before the latest. */
  async rollBack(access: Access, name: string, versionId: string | undefined): Promise<Deployed> {
    const { store } = this.#parts
    const organizationId = access.organization.id
    const agent = await findAgent(this.#parts, access, name)
    const { items } = await store.versions.list(organizationId, agent.id, { limit: 1000 })
    const current = items.findIndex(({ id }) => id === agent.desiredVersionId)
    const wanted = versionId === undefined ? items[current + 1] : items.find(({ id }) => id === versionId)
    if (!wanted) throw notFound(versionId === undefined ? 'An earlier version' : `The version "${versionId}"`)
    const changed = await store.versions.rollBack(organizationId, agent.id, wanted.id)
    await this.#bringUp(access, changed, 'agent.rollback')
    return { agent: changed }
  }

  async remove(access: Access, name: string): Promise<void> {
    const agent = await findAgent(this.#parts, access, name)
    const { store, runtime } = this.#parts
    await store.agents.delete(agent.organizationId, agent.id)
    await runtime.remove(agent.organizationId, agent.id)
    await this.#audit(access, agent, 'agent.delete')
  }

  /** A version that changes other things runs the same files. */
  async #filesOf(
    before: Version,
    { source }: Version['spec'],
    code: BotCode | undefined,
  ): Promise<readonly VersionFile[]> {
    if (code) return code.files
    const hasFiles = source.type === 'module' || source.type === 'command'
    return hasFiles ? this.#parts.store.versions.files(before.organizationId, before.id) : []
  }

  async #deployVersion(
    { actor }: Access,
    { id: follows, agentId, organizationId }: Version,
    { spec, scaling, files }: Pick<Version, 'spec'> & { scaling: Scaling; files: readonly VersionFile[] },
  ): Promise<Agent> {
    const { versions, agents } = this.#parts.store
    await versions.create(organizationId, agentId, { spec, scaling, files, follows, createdBy: actor.actorId })
    const changed = await agents.findById(organizationId, agentId)
    if (!changed) throw notFound('The agent')
    return changed
  }

  async #bringUp(access: Access, agent: Agent, action: string): Promise<void> {
    await this.#parts.runtime.deploy(agent.organizationId, agent.id)
    await this.#audit(access, agent, action)
  }

  async #audit({ actor }: Access, { organizationId, id, name }: Agent, action: string): Promise<void> {
    await this.#parts.store.audit.add(organizationId, {
      ...actor,
      action,
      targetType: 'agent',
      targetId: id,
      data: { name },
    })
  }
}

const unchanged =
  'Nothing was deployed: the deployment is the same as the current one. Set forceRedeploy to deploy it again.'

export async function findAgent({ store }: ControlParts, { organization }: Access, name: string): Promise<Agent> {
  const agent = await store.agents.find(organization.id, name)
  if (!agent) throw notFound(`The agent "${name}"`)
  return agent
}

/** The version that should run. */
export const desiredVersion = (parts: ControlParts, agent: Agent): Promise<Version> =>
  findVersion(parts, agent, agent.desiredVersionId)

/** The version that new sessions get: while a new one comes up, or has failed, the one before. */
export const servingVersion = (parts: ControlParts, agent: Agent): Promise<Version> =>
  findVersion(parts, agent, agent.activeVersionId ?? agent.desiredVersionId)

/** Every agent has a version: both are made together. */
async function findVersion({ store }: ControlParts, agent: Agent, id: string | null): Promise<Version> {
  const version = id === null ? undefined : await store.versions.find(agent.organizationId, id)
  if (!version) throw new Error(`the agent ${agent.id} has no version`)
  return version
}

const scalingOf = (autoScaling: UpdateAgentRequest['autoScaling'] = {}) =>
  defined({ minInstances: autoScaling.minAgents, maxInstances: autoScaling.maxAgents })

function checkScaling({ minInstances, maxInstances }: { minInstances: number; maxInstances: number }): void {
  if (minInstances <= maxInstances) return
  throw badRequest(`autoScaling.minAgents is ${minInstances}, more than maxAgents, which is ${maxInstances}.`)
}
