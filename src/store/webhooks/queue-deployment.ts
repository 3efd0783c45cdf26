import type { Database } from '../databases.ts'
import type { Agent } from '../schema/agents.ts'
import { queueEvent } from './queue-event.ts'

interface Deployment {
  readonly agent: Pick<Agent, 'organizationId' | 'name' | 'region'>
  readonly version: { readonly id: string; readonly number: number }
  readonly at: number
}

/** Another version of an agent is wanted from now on: its first one, a new one, or an earlier one. */
export async function queueDeployment(
  database: Database,
  type: 'deployment.created' | 'deployment.updated',
  { agent, version, at }: Deployment,
): Promise<void> {
  const { organizationId, name, region } = agent
  const data = { service: name, deployment_id: version.id, version: version.number, region }
  await queueEvent(database, organizationId, { type, data, at })
}
