import type { Context } from 'hono'
import type { Role } from '../store/schema/tenants.ts'
import type { Access } from './access.ts'
import { forbidden } from './api-error.ts'
import type { ControlEnv } from './control-env.ts'
import { includesRole } from './roles.ts'

/** The access of the request. Handlers get the organization from here only, so that none forgets the role. */
export function allow(context: Context<ControlEnv>, role: Role): Access {
  const access = context.get('access')
  if (!includesRole(access.role, role)) {
    throw forbidden(`This needs the role ${role}; yours in ${access.organization.name} is ${access.role}.`)
  }
  return access
}
