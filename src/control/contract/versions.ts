import { createRoute, z } from '@hono/zod-openapi'
import { agentDetails } from './agent-details.ts'
import { answer, bearer, jsonBody, refusals, time } from './answers.ts'
import { organizationAgentPath } from './names.ts'
import { page } from './page.ts'

const offhook = { tags: ['Offhook: versions'], security: bearer.tokenOrPrivateKey }
const base = '/v1/offhook/organizations/{org}/agents/{agentName}'

const version = z
  .object({
    id: z.string(),
    number: z.int(),
    phase: z.enum(['creating', 'validating', 'active', 'draining', 'failed']),
    phaseStartedAt: time,
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    source: z.string().openapi({ description: 'What it runs, in a word or two.', example: 'image me/front-desk:1' }),
    desired: z.boolean().openapi({ description: 'The one that should run.' }),
    active: z.boolean().openapi({ description: 'The one that takes new calls.' }),
    createdBy: z.string().nullable(),
    createdAt: time,
  })
  .openapi('Version')

export const listVersions = createRoute({
  ...offhook,
  method: 'get',
  path: `${base}/versions`,
  summary: 'List the versions of an agent, the latest first',
  request: { params: organizationAgentPath, query: z.object(page) },
  responses: {
    200: answer(z.object({ versions: z.array(version), total: z.int() }), 'A page of versions.'),
    ...refusals(404),
  },
})

export const rollBack = createRoute({
  ...offhook,
  method: 'post',
  path: `${base}/rollback`,
  summary: 'Make an earlier version the one that should run',
  request: {
    params: organizationAgentPath,
    body: jsonBody(
      z.object({ versionId: z.string().optional().openapi({ description: 'Default: the one before the latest.' }) }),
    ),
  },
  responses: { 200: answer(agentDetails, 'The agent.'), ...refusals(403, 404, 409) },
})
