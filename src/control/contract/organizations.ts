import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, jsonBody, refusals, statusOk, time } from './answers.ts'
import { organizationPath } from './names.ts'

const offhook = { tags: ['Offhook: organizations'], security: bearer.token }
const base = '/v1/offhook/organizations'

const role = z.enum(['owner', 'admin', 'member', 'viewer']).openapi('Role')

const title = z
  .string()
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters')
  .openapi({ description: 'What people call it.', example: 'Acme support' })

const hostName = z
  .string()
  .max(63, 'must have at most 63 characters')
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])$/, 'must be lower-case letters, digits and hyphens')
  .openapi({ description: 'Part of every service host. Generated without.', example: 'brave-blue-heron-4821' })

const organization = z
  .object({ id: z.string(), name: z.string(), verboseName: z.string(), role, createdAt: time })
  .openapi('OrganizationOfMine')

const member = z
  .object({ userId: z.string(), email: z.string(), displayName: z.string().nullable(), role, joinedAt: time })
  .openapi('Member')

const memberPath = organizationPath.extend({ userId: z.string().openapi({ param: { name: 'userId', in: 'path' } }) })

export const listMyOrganizations = createRoute({
  ...offhook,
  method: 'get',
  path: base,
  summary: 'List the organizations of the user, with the role in each',
  responses: { 200: answer(z.object({ organizations: z.array(organization) }), 'All of them.'), ...refusals() },
})

export const createOrganization = createRoute({
  ...offhook,
  method: 'post',
  path: base,
  summary: 'Make an organization; for those who own one already',
  request: { body: jsonBody(z.object({ verboseName: title, name: hostName.optional() })) },
  responses: { 201: answer(organization, 'The organization, which you own.'), ...refusals(403, 409) },
})

export const updateOrganization = createRoute({
  ...offhook,
  method: 'patch',
  path: `${base}/{org}`,
  summary: 'Call an organization something else; its name in service hosts stays',
  request: { params: organizationPath, body: jsonBody(z.object({ verboseName: title })) },
  responses: { 200: answer(organization, 'The organization.'), ...refusals(403, 404) },
})

export const deleteOrganization = createRoute({
  ...offhook,
  method: 'delete',
  path: `${base}/{org}`,
  summary: 'Delete an organization with its agents, keys and secrets; running calls go on',
  request: { params: organizationPath },
  responses: { 200: answer(statusOk, 'It is deleted.'), ...refusals(403, 404, 409) },
})

export const listMembers = createRoute({
  ...offhook,
  method: 'get',
  path: `${base}/{org}/members`,
  summary: 'List members',
  request: { params: organizationPath },
  responses: { 200: answer(z.object({ members: z.array(member) }), 'All of them.'), ...refusals(404) },
})

export const updateMember = createRoute({
  ...offhook,
  method: 'patch',
  path: `${base}/{org}/members/{userId}`,
  summary: 'Give a member another role; only owners make or unmake owners',
  request: { params: memberPath, body: jsonBody(z.object({ role })) },
  responses: { 200: answer(member, 'The member.'), ...refusals(403, 404, 409) },
})

export const removeMember = createRoute({
  ...offhook,
  method: 'delete',
  path: `${base}/{org}/members/{userId}`,
  summary: 'Remove a member, or leave; the last owner stays',
  request: { params: memberPath },
  responses: { 200: answer(statusOk, 'The user is no member any more.'), ...refusals(403, 404, 409) },
})

export const roleSchema = role
