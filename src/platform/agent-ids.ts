import { type Agent, serviceHost } from '../sessions/agent.ts'

export interface AgentPlace {
  readonly organizationId: string
  readonly agentId: string
}

type NamedAgent = Pick<Agent, 'name' | 'organization' | 'version'>

/** Which agent of the store one is that runs. */
export class AgentIds {
  readonly #ofVersions = new Map<string, AgentPlace>()
  readonly #ofHosts = new Map<string, AgentPlace>()

  /** By its version, where it has one: its service host may be another agent's by now, of another organization even. */
  of(agent: NamedAgent): AgentPlace | undefined {
    const { version } = agent
    return version === undefined ? this.#ofHosts.get(serviceHost(agent)) : this.#ofVersions.get(version)
  }

  set(agent: NamedAgent, place: AgentPlace): void {
    this.#ofHosts.set(serviceHost(agent), place)
    if (agent.version !== undefined) this.#ofVersions.set(agent.version, place)
  }
}
