import type { Store } from '../store/store.ts'
import type { Access } from './access.ts'
import { includesRole } from './roles.ts'

/** Public keys by their ids, for those who may start sessions: with such a key anybody may. */
export async function wholeKeys(store: Store, { organization, role }: Access): Promise<ReadonlyMap<string, string>> {
  return includesRole(role, 'member') ? store.keys.revealPublic(organization.id) : new Map()
}
