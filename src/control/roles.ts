import { forbidden } from './api-error.ts'
import type { Role } from '../store/schema/tenants.ts'

const rank: Readonly<Record<Role, number>> = { owner: 3, admin: 2, member: 1, viewer: 0 }

/**
 * Each role may what those below it may. viewer: read. member: deploy, secrets, sessions. admin: keys and properties.
 * owner: everything.
 */
export const includesRole = (has: Role, wanted: Role): boolean => rank[has] >= rank[wanted]

/** Nobody makes, changes or removes somebody who may more than they do themselves. Admins: no owners. */
export function refuseBeyond(mine: Role, ...others: readonly Role[]): void {
  const above = others.find((role) => !includesRole(mine, role))
  if (above !== undefined) throw forbidden(`This needs the role ${above}; yours is ${mine}.`)
}
