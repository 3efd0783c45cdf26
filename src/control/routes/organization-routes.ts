import type { Context } from 'hono'
import type { Role } from '../../store/schema/tenants.ts'
import type { Member } from '../../store/users.ts'
import { allow } from '../allow.ts'
import { conflict, forbidden, notFound } from '../api-error.ts'
import type { ControlApp, ControlEnv } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/organizations.ts'
import { isoTime } from '../iso-time.ts'
import { refuseBeyond } from '../roles.ts'
import { userOf } from './account-routes.ts'

const ok = { status: 'OK' } as const

/** So that nobody fills a node with them. */
const mostOwned = 50

/** Organizations and their members. For people: a key that leaked lets nobody in. */
export function organizationRoutes(app: ControlApp, parts: ControlParts): void {
  const { organizations, users, audit } = parts.store
  app.openapi(contract.listMyOrganizations, async (context) => {
    const mine = await organizations.listForUser(userOf(context).id)
    return context.json({ organizations: mine.map((one) => organizationView(one, one.role)) }, 200)
  })
  app.openapi(contract.createOrganization, async (context) => {
    const user = userOf(context)
    const owned = (await organizations.listForUser(user.id)).filter(({ role }) => role === 'owner')
    if (owned.length === 0) throw forbidden('Only who owns an organization can make another.')
    if (owned.length >= mostOwned) throw conflict(`You own ${owned.length} organizations, and that is the limit.`)
    const { verboseName, name } = context.req.valid('json')
    const made = await organizations.create({ verboseName, ...(name !== undefined && { name }) })
    await users.setRole(made.id, user.id, 'owner')
    await audit.add(made.id, { actorType: 'user', actorId: user.id, action: 'organization.create' })
    return context.json(organizationView(made, 'owner'), 201)
  })
  app.openapi(contract.updateOrganization, async (context) => {
    const { organization, actor, role } = allow(context, 'owner')
    const changed = await organizations.update(organization.id, context.req.valid('json'))
    await audit.add(organization.id, { ...actor, action: 'organization.rename' })
    return context.json(organizationView(changed, role), 200)
  })
  app.openapi(contract.deleteOrganization, async (context) => {
    const { organization, actor } = allow(context, 'owner')
    const agents = await parts.store.agents.list(organization.id, {})
    await organizations.delete(organization.id)
    for (const { id } of agents) await parts.runtime.remove(organization.id, id)
    const data = { name: organization.name }
    await audit.add(null, { ...actor, action: 'organization.delete', targetId: organization.id, data })
    return context.json(ok, 200)
  })
  memberRoutes(app, parts)
}

function memberRoutes(app: ControlApp, parts: ControlParts): void {
  const { users } = parts.store
  app.openapi(contract.listMembers, async (context) => {
    const members = await users.listMembers(allow(context, 'viewer').organization.id)
    return context.json({ members: members.map(memberView) }, 200)
  })
  app.openapi(contract.updateMember, async (context) => {
    const { organization, role: mine } = allow(context, 'admin')
    userOf(context)
    const { userId } = context.req.valid('param')
    const { role } = context.req.valid('json')
    const before = await users.roleOf(organization.id, userId)
    if (!before) throw notFound('The member')
    refuseBeyond(mine, before, role)
    await users.setRole(organization.id, userId, role)
    await record(parts, context, { action: 'member.role', targetId: userId, data: { from: before, to: role } })
    const member = (await users.listMembers(organization.id)).find(({ id }) => id === userId)
    if (!member) throw notFound('The member')
    return context.json(memberView(member), 200)
  })
  app.openapi(contract.removeMember, async (context) => {
    const { userId } = context.req.valid('param')
    const leaves = userId === userOf(context).id
    const { organization, role: mine } = allow(context, leaves ? 'viewer' : 'admin')
    const before = await users.roleOf(organization.id, userId)
    if (!before) throw notFound('The member')
    if (!leaves) refuseBeyond(mine, before)
    await users.removeMember(organization.id, userId)
    await record(parts, context, { action: leaves ? 'member.leave' : 'member.remove', targetId: userId })
    return context.json(ok, 200)
  })
}

interface MemberAct {
  readonly action: string
  readonly targetId: string
  readonly data?: { from: Role; to: Role }
}

async function record({ store }: ControlParts, context: Context<ControlEnv>, act: MemberAct): Promise<void> {
  const { organization, actor } = context.get('access')
  await store.audit.add(organization.id, { ...actor, ...act, targetType: 'user' })
}

interface NamedOrganization {
  readonly id: string
  readonly name: string
  readonly verboseName: string
  readonly createdAt: number
}

const organizationView = ({ id, name, verboseName, createdAt }: NamedOrganization, role: Role) => ({
  id,
  name,
  verboseName,
  role,
  createdAt: isoTime(createdAt),
})

const memberView = ({ id, email, displayName, role, joinedAt }: Member) => ({
  userId: id,
  email,
  displayName,
  role,
  joinedAt: isoTime(joinedAt),
})
