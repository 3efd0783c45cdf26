import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, refusals, time } from './answers.ts'
import { organizationPath } from './names.ts'

const offhook = { tags: ['Offhook: live'], security: bearer.tokenOrPrivateKey }
const base = '/v1/offhook/organizations/{org}'

const call = z
  .object({
    callId: z.string(),
    sessionId: z.string(),
    agent: z.string(),
    from: z.string().nullable(),
    to: z.string().nullable(),
    direction: z.enum(['inbound', 'outbound']),
    state: z.string(),
    startedAt: time,
  })
  .openapi('LiveCall')

export const listLiveCalls = createRoute({
  ...offhook,
  method: 'get',
  path: `${base}/calls`,
  summary: 'List the calls that are up now',
  request: { params: organizationPath },
  responses: { 200: answer(z.object({ calls: z.array(call) }), 'The calls.'), ...refusals(404) },
})

export const streamEvents = createRoute({
  ...offhook,
  method: 'get',
  path: `${base}/events`,
  summary: 'Follow what happens, as server-sent events',
  request: { params: organizationPath },
  responses: {
    200: {
      description: 'One event each: its type, its time and its data.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...refusals(404),
  },
})
