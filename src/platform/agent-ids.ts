import { serviceHost } from '../sessions/agent.ts'

export interface AgentPlace {
  readonly organizationId: string
  readonly agentId: string
}

type NamedAgent = Parameters<typeof serviceHost>[0]

/** Which agent of the store answers under a service host. */
export class AgentIds {
  readonly #places = new Map<string, AgentPlace>()

  of(agent: NamedAgent): AgentPlace | undefined {
    return this.#places.get(serviceHost(agent))
  }

  set(agent: NamedAgent, place: AgentPlace): void {
    this.#places.set(serviceHost(agent), place)
  }
}
