import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, jsonBody, refusals, statusOk, time } from './answers.ts'
import { organizationPath } from './names.ts'

const cli = { tags: ['Command line: accounts'], security: bearer.token }

const oauth = z.object({ issuer: z.string(), client_id: z.string(), scopes: z.string() }).openapi('OAuthSettings')

const user = z
  .object({ user: z.object({ userId: z.string(), emails: z.array(z.object({ emailAddress: z.string() })) }) })
  .openapi('CurrentUser')

const organizations = z
  .object({ organizations: z.array(z.object({ id: z.string(), name: z.string(), verboseName: z.string() })) })
  .openapi('Organizations')

const publicKeyItem = z
  .object({
    id: z.string(),
    key: z.string().openapi({
      description:
        'The whole key, for those who may start sessions; for viewers, and of a key made before Offhook kept public keys, its beginning and its end.',
    }),
    createdAt: time,
    lastUsedAt: time.nullable(),
    revoked: z.boolean(),
    metadata: z.object({ name: z.string() }),
  })
  .openapi('CliPublicKey')

const createdKey = z.object({ id: z.string(), key: z.string() }).openapi('CliCreatedKey')
const keyRequest = z.object({ name: z.string().max(200).optional(), type: z.literal('public').default('public') })
const keyPath = organizationPath.extend({ keyId: z.string().openapi({ param: { name: 'keyId', in: 'path' } }) })

export const readOAuthSettings = createRoute({
  tags: cli.tags,
  method: 'get',
  path: '/auth/config',
  summary: 'How to log in with a browser, if that is set up',
  responses: { 200: answer(oauth, 'The settings.'), ...refusals(404) },
})

export const logOut = createRoute({
  ...cli,
  method: 'post',
  path: '/auth/logout',
  summary: 'End a log-in with a browser',
  request: { body: jsonBody(z.object({ refresh_token: z.string().max(512).optional() })) },
  responses: { 200: answer(statusOk, 'It is over; a personal access token stays good.'), ...refusals() },
})

export const readCurrentUser = createRoute({
  ...cli,
  method: 'get',
  path: '/v1/users',
  summary: 'Read whose token it is',
  responses: { 200: answer(user, 'The user.'), ...refusals() },
})

export const listOrganizations = createRoute({
  ...cli,
  method: 'get',
  path: '/v1/organizations',
  summary: 'List the organizations of the user',
  responses: { 200: answer(organizations, 'All of them.'), ...refusals() },
})

export const readDailyKey = createRoute({
  ...cli,
  method: 'get',
  path: '/v1/organizations/{org}/daily',
  summary: 'Read the Daily key of the organization; there is none here',
  request: { params: organizationPath },
  responses: { 200: answer(z.object({ apiKey: z.string().optional() }), 'An empty object.'), ...refusals(404) },
})

export const cliListKeys = createRoute({
  ...cli,
  method: 'get',
  path: '/v1/organizations/{org}/apiKeys',
  summary: 'List public keys, revoked ones too',
  request: { params: organizationPath },
  responses: { 200: answer(z.object({ public: z.array(publicKeyItem) }), 'The keys.'), ...refusals(404) },
})

export const cliCreateKey = createRoute({
  ...cli,
  method: 'post',
  path: '/v1/organizations/{org}/apiKeys',
  summary: 'Make a public key',
  request: { params: organizationPath, body: jsonBody(keyRequest) },
  responses: { 200: answer(createdKey, 'The key, shown this once.'), ...refusals(403, 404, 409) },
})

export const cliRevokeKey = createRoute({
  ...cli,
  method: 'delete',
  path: '/v1/organizations/{org}/apiKeys/{keyId}',
  summary: 'Revoke a key; it stays in the list',
  request: { params: keyPath },
  responses: { 200: answer(statusOk, 'It is revoked.'), ...refusals(403, 404) },
})
