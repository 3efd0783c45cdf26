import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, jsonBody, refusals, statusOk, time } from './answers.ts'
import { organizationPath } from './names.ts'

const offhook = { tags: ['Offhook: Plivo account'], security: bearer.tokenOrPrivateKey }
const path = '/v1/offhook/organizations/{org}/plivo'
const request = { params: organizationPath }

const authId = z
  .string()
  .regex(/^(?:MA|SA)[A-Za-z0-9]{10,60}$/, 'must be the auth id of an account (MA…) or of a subaccount (SA…)')
  .openapi({ example: 'MAXXXXXXXXXXXXXXXXXX' })

const authToken = z
  .string()
  .regex(/^[\x21-\x7e]{16,200}$/, 'must be the auth token: 16 to 200 characters of ASCII without spaces')
  .openapi({ description: 'It is never shown again.' })

const account = z
  .object({
    authId,
    authTokenHint: z.string().openapi({ description: 'Its last four characters.', example: '…Zm9v' }),
    changedAt: time,
    previousTokenUntil: time.nullable().openapi({
      description: 'So long what is signed with the token before is still taken. Null: there is none, or no more.',
    }),
  })
  .openapi('PlivoAccount')

export const readPlivoAccount = createRoute({
  ...offhook,
  method: 'get',
  path,
  summary: "Show the organization's own account at Plivo",
  request,
  responses: { 200: answer(account, 'The account, without its token.'), ...refusals(403, 404) },
})

export const setPlivoAccount = createRoute({
  ...offhook,
  method: 'put',
  path,
  summary: 'Give the organization an account at Plivo, in place of the one of the node',
  description:
    'Webhooks and streams for its agents must be signed with its token from then on, and calls that begin are controlled with it. ' +
    'What is signed with a token before it is taken for another hour; delete the account first where that must not be.',
  request: { ...request, body: jsonBody(z.object({ authId, authToken }).openapi('SetPlivoAccount')) },
  responses: { 200: answer(account, 'The account, without its token.'), ...refusals(403, 404) },
})

export const deletePlivoAccount = createRoute({
  ...offhook,
  method: 'delete',
  path,
  summary: 'Forget the account: the one of the node counts again',
  request,
  responses: { 200: answer(statusOk, 'It is forgotten.'), ...refusals(403, 404) },
})

export type PlivoAccountView = z.infer<typeof account>
