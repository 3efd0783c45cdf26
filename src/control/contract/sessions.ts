import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, refusals, time } from './answers.ts'
import { agentPath, organizationAgentPath, sessionId } from './names.ts'

const sessionFields = {
  sessionId: z.string(),
  serviceId: z.string(),
  organizationId: z.string(),
  deploymentId: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
  endedAt: time.nullable(),
  botStartSeconds: z.int().nullable().openapi({ description: 'From the request to the start of the bot.' }),
  coldStart: z.boolean().nullable(),
  completionStatus: z.string().nullable().openapi({ example: 'WS_CONNECTION_CLOSED' }),
}

const resourceMetrics = z
  .object({
    id: z.string(),
    sessionId: z.string(),
    sampleCount: z.int(),
    cpuMillicoresP50: z.number(),
    cpuMillicoresP90: z.number(),
    cpuMillicoresP95: z.number(),
    cpuMillicoresP99: z.number(),
    memoryBytesP50: z.number(),
    memoryBytesP90: z.number(),
    memoryBytesP95: z.number(),
    memoryBytesP99: z.number(),
    timeseries: z.array(
      z.object({
        t: z.int().openapi({ description: 'Seconds since the epoch.' }),
        c: z.number().openapi({ description: 'Thousandths of a processor.' }),
        m: z.number().openapi({ description: 'Bytes.' }),
      }),
    ),
    eventTs: time,
    createdAt: time,
  })
  .openapi('ResourceMetrics')

const sessionItem = z.object(sessionFields).openapi('Session')
const sessionDetails = z
  .object({
    ...sessionFields,
    resourceMetrics: resourceMetrics.nullable(),
    meetingIds: z.array(z.object({ participantId: z.string(), meetingId: z.string() })),
  })
  .openapi('SessionDetails')

const sessionList = z.object({ total_count: z.int(), sessions: z.array(sessionItem) }).openapi('SessionList')

/** As far as ISO 8601 has years. */
const latestSecond = 253_402_300_799
const seconds = z.coerce
  .number()
  .min(0, 'must not be negative')
  .max(latestSecond, `must be at most ${latestSecond}`)
  .optional()

/** The command line sends nothing of it, hence a list that is long by default there. */
const listQuery = (defaultLimit: number) =>
  z.object({
    limit: z.coerce.number().int().min(1, 'must be at least 1').max(1000, 'must be at most 1000').default(defaultLimit),
    offset: z.coerce.number().int().min(0, 'must not be negative').default(0),
    deploymentId: z.string().optional(),
    startTime: seconds.openapi({ description: 'Seconds since the epoch.' }),
    endTime: seconds.openapi({ description: 'Seconds since the epoch.' }),
    status: z.enum(['active', 'ended', 'all']).default('all'),
    startType: z.enum(['cold', 'warm', 'all']).default('all'),
    startTimeMin: seconds.openapi({ description: 'Seconds that the bot took to start.' }),
    startTimeMax: seconds.openapi({ description: 'Seconds that the bot took to start; 0: any.' }),
  })

const terminated = z.object({ status: z.literal('terminated'), session_id: z.string() }).openapi('TerminatedSession')
const anySessionId = z.string().openapi({ param: { name: 'sessionId', in: 'path' } })

const rest = { tags: ['Sessions'], security: bearer.privateKey }
const cli = { tags: ['Command line: sessions'], security: bearer.token }

const restPath = '/v1/agents/{agentName}/sessions'
const cliPath = '/v1/organizations/{org}/services/{agentName}/sessions'

export const listSessions = createRoute({
  ...rest,
  method: 'get',
  path: restPath,
  summary: 'List sessions, the latest first',
  request: { params: agentPath, query: listQuery(10) },
  responses: { 200: answer(sessionList, 'A page of sessions.'), ...refusals(404) },
})

export const readSession = createRoute({
  ...rest,
  method: 'get',
  path: `${restPath}/{sessionId}`,
  summary: 'Read a session',
  request: { params: agentPath.extend({ sessionId }) },
  responses: { 200: answer(sessionDetails, 'The session.'), ...refusals(404) },
})

export const stopSession = createRoute({
  ...rest,
  method: 'delete',
  path: `${restPath}/{sessionId}`,
  summary: 'End a session now',
  request: { params: agentPath.extend({ sessionId }) },
  responses: { 200: answer(terminated, 'Its instance was ended.'), ...refusals(403, 404) },
})

export const cliListSessions = createRoute({
  ...cli,
  method: 'get',
  path: cliPath,
  summary: 'List sessions, the latest first',
  request: { params: organizationAgentPath, query: listQuery(100) },
  responses: { 200: answer(sessionList, 'A page of sessions.'), ...refusals(404) },
})

export const cliReadSession = createRoute({
  ...cli,
  method: 'get',
  path: `${cliPath}/{sessionId}`,
  summary: 'Read a session',
  request: { params: organizationAgentPath.extend({ sessionId: anySessionId }) },
  responses: { 200: answer(sessionDetails, 'The session.'), ...refusals(404) },
})

export const cliStopSession = createRoute({
  ...cli,
  method: 'delete',
  path: `${cliPath}/{sessionId}`,
  summary: 'End a session now',
  request: { params: organizationAgentPath.extend({ sessionId: anySessionId }) },
  responses: { 200: answer(terminated, 'Its instance was ended.'), ...refusals(403, 404) },
})

export type SessionItem = z.infer<typeof sessionItem>
export type SessionDetails = z.infer<typeof sessionDetails>
export type SessionQuery = z.infer<ReturnType<typeof listQuery>>
