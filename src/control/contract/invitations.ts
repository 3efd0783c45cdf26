import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, jsonBody, refusals, statusOk, time } from './answers.ts'
import { organizationPath } from './names.ts'
import { roleSchema } from './organizations.ts'

const tags = ['Offhook: organizations']
const offhook = { tags, security: bearer.token }
const base = '/v1/offhook/organizations/{org}/invitations'

const email = z.email('must be an e-mail address').max(254, 'must have at most 254 characters')

const invitation = z
  .object({
    id: z.string(),
    email: z.string(),
    role: roleSchema,
    state: z.enum(['open', 'accepted', 'revoked', 'expired']),
    createdAt: time,
    expiresAt: time,
  })
  .openapi('Invitation')

const invitationRequest = z.object({
  email,
  role: roleSchema.default('member'),
  expiresInDays: z.int('must be a whole number').min(1, 'must be at least 1').max(90, 'must be at most 90').default(7),
})

const joined = z
  .object({
    organization: z.string().openapi({ description: 'Its name.' }),
    role: roleSchema,
    user: z.object({ userId: z.string(), email: z.string() }),
    token: z
      .string()
      .nullable()
      .openapi({ description: 'A personal access token of a new user, shown this once. Null for who had one.' }),
  })
  .openapi('Joined')

export const listInvitations = createRoute({
  ...offhook,
  method: 'get',
  path: base,
  summary: 'List invitations, the latest first',
  request: { params: organizationPath },
  responses: { 200: answer(z.object({ invitations: z.array(invitation) }), 'All of them.'), ...refusals(403, 404) },
})

export const createInvitation = createRoute({
  ...offhook,
  method: 'post',
  path: base,
  summary: 'Invite somebody: the token makes whoever has it a member, once. Nothing is mailed',
  request: { params: organizationPath, body: jsonBody(invitationRequest) },
  responses: {
    201: answer(invitation.extend({ token: z.string() }).openapi('CreatedInvitation'), 'The token, shown this once.'),
    ...refusals(403, 404, 409),
  },
})

export const revokeInvitation = createRoute({
  ...offhook,
  method: 'delete',
  path: `${base}/{invitationId}`,
  summary: 'Take an invitation back',
  request: {
    params: organizationPath.extend({
      invitationId: z.string().openapi({ param: { name: 'invitationId', in: 'path' } }),
    }),
  },
  responses: { 200: answer(statusOk, 'It is good for nothing.'), ...refusals(403, 404) },
})

export const acceptInvitation = createRoute({
  tags,
  method: 'post',
  path: '/v1/offhook/invitations/accept',
  summary: 'Take an invitation: as the user of a personal access token, or as a new one without',
  request: {
    body: jsonBody(
      z.object({ token: z.string().min(1, 'must not be empty').max(512), displayName: z.string().max(200).optional() }),
    ),
  },
  responses: { 200: answer(joined, 'The user is a member.'), ...refusals(404, 409) },
})

export type InvitationView = z.infer<typeof invitation>
