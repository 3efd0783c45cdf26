import type { MiddlewareHandler } from 'hono'
import type { Organization } from '../store/schema/tenants.ts'
import type { Store } from '../store/store.ts'
import type { Access } from './access.ts'
import { notFound } from './api-error.ts'
import type { Caller } from './caller.ts'
import type { ControlEnv } from './control-env.ts'

/** The organization that the path names, if the caller belongs to it; any other is not found. */
export const enterOrganization =
  (store: Store): MiddlewareHandler<ControlEnv> =>
  async (context, next) => {
    const name = context.req.param('org') ?? ''
    const access = await accessTo(store, context.get('caller'), await store.organizations.findByName(name))
    if (!access) throw notFound(`The organization "${name}"`)
    context.set('access', access)
    await next()
  }

/** The organization of the caller's key. */
export const enterOwnOrganization =
  (store: Store): MiddlewareHandler<ControlEnv> =>
  async (context, next) => {
    const caller = context.get('caller')
    const organization = caller.kind === 'key' ? await store.organizations.find(caller.key.organizationId) : undefined
    const access = await accessTo(store, caller, organization)
    if (!access) throw notFound('The organization of the key')
    context.set('access', access)
    await next()
  }

async function accessTo(
  store: Store,
  caller: Caller,
  organization: Organization | undefined,
): Promise<Access | undefined> {
  if (!organization) return undefined
  if (caller.kind === 'key') {
    const { id, organizationId, type } = caller.key
    if (organizationId !== organization.id) return undefined
    return { organization, role: type === 'private' ? 'admin' : 'viewer', actor: { actorType: 'key', actorId: id } }
  }
  const role = await store.users.roleOf(organization.id, caller.user.id)
  return role && { organization, role, actor: { actorType: 'user', actorId: caller.user.id } }
}
