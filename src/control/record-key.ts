import type { ApiKey } from '../store/schema/tenants.ts'
import type { Store } from '../store/store.ts'
import type { Access } from './access.ts'

/** Writes down that a key was made or revoked. */
export async function recordKey(
  { audit }: Store,
  { organization, actor }: Pick<Access, 'organization' | 'actor'>,
  act: 'create' | 'revoke',
  { id }: ApiKey,
): Promise<void> {
  await audit.add(organization.id, { ...actor, action: `key.${act}`, targetType: 'key', targetId: id })
}
