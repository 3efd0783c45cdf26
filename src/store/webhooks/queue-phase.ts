import type { Database } from '../databases.ts'
import type { Version } from '../version.ts'
import { queueEvent } from './queue-event.ts'

/** A version serves from now on, or has failed to. */
export async function queuePhase(database: Database, version: Version, at: number): Promise<void> {
  const { organizationId, agentId, id, phase, errorCode, errorMessage } = version
  const failed = phase === 'failed'
  const data = async () => {
    const agent = await database
      .selectFrom('agents')
      .select(['name', 'region'])
      .where('organizationId', '=', organizationId)
      .where('id', '=', agentId)
      .executeTakeFirst()
    return {
      service: agent?.name ?? null,
      deployment_id: id,
      version: version.number,
      region: agent?.region ?? null,
      ...(failed && { error: { code: errorCode, message: errorMessage } }),
    }
  }
  await queueEvent(database, organizationId, { type: failed ? 'deployment.failed' : 'deployment.active', at, data })
}
