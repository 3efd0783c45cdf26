import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, jsonBody, refusals, statusOk } from './answers.ts'
import { organizationPath, region, secretKey, secretSetName } from './names.ts'

const setItem = z
  .object({
    name: z.string(),
    type: z.enum(['secret', 'imagePullSecret']),
    region,
    status: z.enum(['pending', 'ready', 'failed']),
    errorMessage: z.string().optional(),
  })
  .openapi('SecretSet')

const setList = z.object({ sets: z.array(setItem) })
const setDetails = z
  .object({
    region,
    status: setItem.shape.status,
    errorMessage: z.string().optional(),
    secrets: z.array(z.object({ fieldName: z.string() })),
  })
  .openapi('SecretSetDetails')

const secretValue = z.string().max(65_536, 'must have at most 65536 characters')
const pullSecret = z
  .object({
    isImagePullSecret: z.literal(true),
    host: z.string().min(1, 'must not be empty').openapi({ example: 'https://index.docker.io/v1/' }),
    secretValue: secretValue.openapi({ description: 'Base64 of `username:token`.' }),
    region: region.optional(),
  })
  .openapi('PutImagePullSecret')

const putSet = z
  .object({
    isImagePullSecret: z.literal(false).optional(),
    secrets: z.array(z.object({ secretKey, secretValue })).min(1, 'must have at least one entry').max(1000),
    region: region.optional(),
  })
  .openapi('PutSecrets')

/** The command line sends one pair at a time. */
const putPair = z
  .object({ isImagePullSecret: z.literal(false).optional(), secretKey, secretValue, region: region.optional() })
  .openapi('PutSecret')

const putSecretsRequest = z.union([pullSecret, putPair, putSet])
export type PutSecretsRequest = z.infer<typeof putSecretsRequest>

const stored = z.object({ status: z.literal('OK'), region }).openapi('StoredSecrets')
const setPath = z.object({ setName: secretSetName })
/** Names that are only looked up: what does not exist gives 404. */
const anySet = z.object({ setName: z.string().openapi({ param: { name: 'setName', in: 'path' } }) })
const anyKey = anySet.extend({ secretKey: z.string().openapi({ param: { name: 'secretKey', in: 'path' } }) })
const regionQuery = z.object({ region: z.string().optional() })

const rest = { tags: ['Secrets'], security: bearer.privateKey }
const cli = { tags: ['Command line: secrets'], security: bearer.token }
const restPath = '/v1/secrets'
const cliPath = '/v1/organizations/{org}/secrets'

export const listSecretSets = createRoute({
  ...rest,
  method: 'get',
  path: restPath,
  summary: 'List secret sets',
  request: { query: regionQuery },
  responses: { 200: answer(setList, 'All sets, of both types.'), ...refusals(404) },
})

export const readSecretSet = createRoute({
  ...rest,
  method: 'get',
  path: `${restPath}/{setName}`,
  summary: 'List the keys of a set; values are never shown',
  request: { params: anySet },
  responses: { 200: answer(setDetails, 'The set.'), ...refusals(404) },
})

export const putSecretSet = createRoute({
  ...rest,
  method: 'put',
  path: `${restPath}/{setName}`,
  summary: 'Add or replace secrets; the other keys of the set stay',
  request: { params: setPath, body: jsonBody(putSecretsRequest) },
  responses: { 202: answer(stored, 'They are stored.'), ...refusals(403, 404, 409) },
})

export const deleteSecretSet = createRoute({
  ...rest,
  method: 'delete',
  path: `${restPath}/{setName}`,
  summary: 'Delete a set',
  request: { params: anySet },
  responses: { 200: answer(statusOk, 'It is deleted.'), ...refusals(403, 404) },
})

export const deleteSecret = createRoute({
  ...rest,
  method: 'delete',
  path: `${restPath}/{setName}/{secretKey}`,
  summary: 'Delete one key of a set',
  request: { params: anyKey },
  responses: { 200: answer(statusOk, 'It is deleted.'), ...refusals(403, 404) },
})

export const cliListSecretSets = createRoute({
  ...cli,
  method: 'get',
  path: cliPath,
  summary: 'List secret sets',
  request: { params: organizationPath, query: regionQuery },
  responses: { 200: answer(setList, 'All sets, of both types.'), ...refusals(404) },
})

export const cliReadSecretSet = createRoute({
  ...cli,
  method: 'get',
  path: `${cliPath}/{setName}`,
  summary: 'List the keys of a set; values are never shown',
  request: { params: organizationPath.extend(anySet.shape), query: regionQuery },
  responses: { 200: answer(setDetails, 'The set.'), ...refusals(404) },
})

export const cliPutSecretSet = createRoute({
  ...cli,
  method: 'put',
  path: `${cliPath}/{setName}`,
  summary: 'Add or replace secrets; the other keys of the set stay',
  request: { params: organizationPath.extend(setPath.shape), body: jsonBody(putSecretsRequest) },
  responses: { 200: answer(stored, 'They are stored.'), ...refusals(403, 404, 409) },
})

export const cliDeleteSecretSet = createRoute({
  ...cli,
  method: 'delete',
  path: `${cliPath}/{setName}`,
  summary: 'Delete a set',
  request: { params: organizationPath.extend(anySet.shape) },
  responses: { 200: answer(statusOk, 'It is deleted.'), ...refusals(403, 404) },
})

export const cliDeleteSecret = createRoute({
  ...cli,
  method: 'delete',
  path: `${cliPath}/{setName}/{secretKey}`,
  summary: 'Delete one key of a set',
  request: { params: organizationPath.extend(anyKey.shape) },
  responses: { 200: answer(statusOk, 'It is deleted.'), ...refusals(403, 404) },
})
