import type { Context } from 'hono'
import type { Invitation } from '../../store/schema/accounts.ts'
import { allow } from '../allow.ts'
import { notFound, unauthorized } from '../api-error.ts'
import { bearerOf } from '../authenticate.ts'
import type { ControlApp, ControlEnv } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/invitations.ts'
import { isoTime } from '../iso-time.ts'
import { refuseBeyond } from '../roles.ts'
import { userOf } from './account-routes.ts'

const dayMs = 86_400_000

/** How people become members. */
export function invitationRoutes(app: ControlApp, parts: ControlParts): void {
  const { store, clock } = parts
  const { invitations, audit } = store
  const view = (invitation: Invitation) => invitationView(invitation, clock.now())
  app.openapi(contract.listInvitations, async (context) => {
    const found = await invitations.list(allow(context, 'admin').organization.id)
    return context.json({ invitations: found.map(view) }, 200)
  })
  app.openapi(contract.createInvitation, async (context) => {
    const { organization, actor, role: mine } = allow(context, 'admin')
    const { id: invitedBy } = userOf(context)
    const { email, role, expiresInDays } = context.req.valid('json')
    refuseBeyond(mine, role)
    const expiresAt = clock.now() + expiresInDays * dayMs
    const { token, invitation } = await invitations.create(organization.id, { email, role, invitedBy, expiresAt })
    const target = { targetType: 'invitation', targetId: invitation.id, data: { email, role } }
    await audit.add(organization.id, { ...actor, action: 'member.invite', ...target })
    return context.json({ ...view(invitation), token }, 201)
  })
  app.openapi(contract.revokeInvitation, async (context) => {
    const { organization, actor } = allow(context, 'admin')
    userOf(context)
    const { id: targetId } = await invitations.revoke(organization.id, context.req.valid('param').invitationId)
    await audit.add(organization.id, { ...actor, action: 'invitation.revoke', targetType: 'invitation', targetId })
    return context.json({ status: 'OK' as const }, 200)
  })
  app.openapi(contract.acceptInvitation, async (context) => {
    const { token, displayName = null } = context.req.valid('json')
    const userId = await currentUser(parts, context)
    const joining = userId === undefined ? { displayName } : { userId }
    const { invitation, user } = await parts.failures.watch(context, () => invitations.accept(token, joining))
    const organization = await store.organizations.find(invitation.organizationId)
    if (!organization) throw notFound('The organization')
    const isNew = userId === undefined
    const made = isNew ? (await store.tokens.create(user.id, { name: 'invitation' })).token : null
    const entry = { action: 'member.join', targetType: 'invitation', targetId: invitation.id }
    await audit.add(organization.id, { actorType: 'user', actorId: user.id, ...entry })
    const about = { userId: user.id, email: user.email }
    return context.json({ organization: organization.name, role: invitation.role, user: about, token: made }, 200)
  })
}

/** Undefined: nobody says who they are. */
async function currentUser(
  { store, failures }: ControlParts,
  context: Context<ControlEnv>,
): Promise<string | undefined> {
  if (context.req.header('authorization') === undefined) return undefined
  const verified = await failures.watch(context, () => store.tokens.verify(bearerOf(context) ?? ''))
  if (!verified) throw unauthorized('The token is unknown or revoked: leave it out to become a new user.')
  return verified.user.id
}

function invitationView(invitation: Invitation, now: number): contract.InvitationView {
  const { id, email, role, createdAt, expiresAt, acceptedAt, revokedAt } = invitation
  const over = expiresAt <= now ? 'expired' : 'open'
  const state = acceptedAt !== null ? 'accepted' : revokedAt !== null ? 'revoked' : over
  return { id, email, role, state, createdAt: isoTime(createdAt), expiresAt: isoTime(expiresAt) }
}
