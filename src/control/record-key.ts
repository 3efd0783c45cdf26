import type { ApiKey } from '../store/schema/tenants.ts'
import type { Store } from '../store/store.ts'
import type { Access } from './access.ts'

const events = { create: 'api_key.created', revoke: 'api_key.revoked' } as const

/** Writes down that a key was made or revoked, and tells webhooks. */
export async function recordKey(
  { audit, deliveries }: Store,
  { organization, actor }: Pick<Access, 'organization' | 'actor'>,
  act: 'create' | 'revoke',
  { id, name, type }: ApiKey,
): Promise<void> {
  await audit.add(organization.id, { ...actor, action: `key.${act}`, targetType: 'key', targetId: id })
  await deliveries.queue(organization.id, { type: events[act], data: { key_id: id, name, type } })
}
