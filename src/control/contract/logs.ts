import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, refusals } from './answers.ts'
import { agentPath, organizationAgentPath } from './names.ts'

const logPage = z
  .object({
    total: z.object({ value: z.int(), relation: z.enum(['eq', 'gte']) }),
    logs: z.array(
      z.object({
        log: z.string(),
        timestamp: z.string().openapi({ example: '2026-01-01T00:00:00.123456789Z' }),
        deploymentId: z.string().nullable(),
        sessionId: z.string().nullable(),
      }),
    ),
  })
  .openapi('LogPage')

/** Unix seconds, milliseconds when they are too many for that, or ISO 8601. */
const moment = z
  .string()
  .transform((text, context) => {
    const number = Number(text)
    const milliseconds = Number.isNaN(number) ? Date.parse(text) : number < 1e11 ? number * 1000 : number
    if (Number.isFinite(milliseconds)) return milliseconds
    context.addIssue({ code: 'custom', message: 'must be seconds since the epoch, or an ISO 8601 time' })
    return z.NEVER
  })
  .optional()
  .openapi({ type: 'string', description: 'Seconds since the epoch, or ISO 8601.' })

const listQuery = (defaultLimit: number) =>
  z.object({
    limit: z.coerce
      .number()
      .int()
      .min(1, 'must be at least 1')
      .max(10_000, 'must be at most 10000')
      .default(defaultLimit)
      .openapi({ description: 'At most 1000 lines come at once, whatever it says.' }),
    offset: z.coerce.number().int().min(0, 'must not be negative').default(0),
    deploymentId: z.string().optional(),
    sessionId: z.string().optional(),
    query: z
      .string()
      .max(500, 'must have at most 500 characters')
      .optional()
      .openapi({ description: 'Text in the line.' }),
    order: z.enum(['asc', 'desc']).default('desc'),
    startTime: moment,
    endTime: moment,
  })

export const listLogs = createRoute({
  tags: ['Agents'],
  security: bearer.privateKey,
  method: 'get',
  path: '/v1/agents/{agentName}/logs',
  summary: 'Read what an agent logged',
  request: { params: agentPath, query: listQuery(10) },
  responses: { 200: answer(logPage, 'A page of lines.'), ...refusals(404) },
})

export const cliListLogs = createRoute({
  tags: ['Command line: services'],
  security: bearer.token,
  method: 'get',
  path: '/v1/organizations/{org}/services/{agentName}/logs',
  summary: 'Read what an agent logged',
  request: { params: organizationAgentPath, query: listQuery(100) },
  responses: { 200: answer(logPage, 'A page of lines.'), ...refusals(404) },
})

export type LogPage = z.infer<typeof logPage>
export type LogQuery = z.infer<ReturnType<typeof listQuery>>
