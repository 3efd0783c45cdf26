import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, jsonBody, refusals, statusOk, time } from './answers.ts'
import { organizationPath } from './names.ts'

const keys = { tags: ['Offhook: keys'], security: bearer.tokenOrPrivateKey }
const tokens = { tags: ['Offhook: tokens'], security: bearer.token }
const base = '/v1/offhook/organizations/{org}/keys'

const keyType = z.enum(['public', 'private'])
const name = z.string().min(1, 'must not be empty').max(200, 'must have at most 200 characters')

const keyItem = z
  .object({
    id: z.string(),
    type: keyType,
    name: z.string(),
    hint: z.string().openapi({ description: 'Enough to recognise it.' }),
    key: z.string().nullable().openapi({
      description:
        'The whole key, if it is public. Null for private ones, for viewers, and for those made before Offhook kept them.',
    }),
    createdAt: time,
    lastUsedAt: time.nullable(),
    revokedAt: time.nullable(),
  })
  .openapi('Key')

const tokenItem = z
  .object({
    id: z.string(),
    name: z.string(),
    hint: z.string(),
    createdAt: time,
    lastUsedAt: time.nullable(),
    expiresAt: time.nullable(),
    revokedAt: time.nullable(),
  })
  .openapi('PersonalAccessToken')

const tokenRequest = z.object({
  name,
  expiresInDays: z.int('must be a whole number').min(1, 'must be at least 1').max(3650).optional(),
})

export const listKeys = createRoute({
  ...keys,
  method: 'get',
  path: base,
  summary: 'List keys of both kinds, revoked ones too',
  request: { params: organizationPath, query: z.object({ type: keyType.optional() }) },
  responses: { 200: answer(z.object({ keys: z.array(keyItem) }), 'The keys.'), ...refusals(404) },
})

export const createKey = createRoute({
  ...keys,
  method: 'post',
  path: base,
  summary: 'Make a key; at most five of a kind are alive',
  request: { params: organizationPath, body: jsonBody(z.object({ name, type: keyType })) },
  responses: {
    201: answer(keyItem.extend({ key: z.string() }).openapi('CreatedKey'), 'The key, shown this once.'),
    ...refusals(403, 404, 409),
  },
})

export const revokeKey = createRoute({
  ...keys,
  method: 'delete',
  path: `${base}/{keyId}`,
  summary: 'Revoke a key',
  request: { params: organizationPath.extend({ keyId: z.string().openapi({ param: { name: 'keyId', in: 'path' } }) }) },
  responses: { 200: answer(statusOk, 'It is revoked.'), ...refusals(403, 404) },
})

export const listTokens = createRoute({
  ...tokens,
  method: 'get',
  path: '/v1/offhook/tokens',
  summary: 'List the tokens of the user',
  responses: { 200: answer(z.object({ tokens: z.array(tokenItem) }), 'The tokens.'), ...refusals() },
})

export const createToken = createRoute({
  ...tokens,
  method: 'post',
  path: '/v1/offhook/tokens',
  summary: 'Make a personal access token',
  request: { body: jsonBody(tokenRequest) },
  responses: {
    201: answer(tokenItem.extend({ token: z.string() }).openapi('CreatedToken'), 'The token, shown this once.'),
    ...refusals(),
  },
})

export const revokeToken = createRoute({
  ...tokens,
  method: 'delete',
  path: '/v1/offhook/tokens/{tokenId}',
  summary: 'Revoke a personal access token',
  request: { params: z.object({ tokenId: z.string().openapi({ param: { name: 'tokenId', in: 'path' } }) }) },
  responses: { 200: answer(statusOk, 'It is revoked.'), ...refusals(404) },
})

export type KeyItem = z.infer<typeof keyItem>
export type TokenItem = z.infer<typeof tokenItem>
