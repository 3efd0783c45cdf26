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

const instance = z
  .object({
    instanceId: z.string(),
    state: z.enum(['starting', 'ready', 'busy', 'draining', 'dead']),
    sessionIds: z.array(z.string()),
    capacity: z.int().openapi({ description: 'Sessions at once.' }),
    sessionsServed: z.int().openapi({ description: 'Sessions that it was given since it was ready.' }),
    readyAt: time,
    cpuMillicores: z.int().nullable().openapi({ description: 'Thousandths of a processor. Null: not known (yet).' }),
    memoryBytes: z.int().nullable(),
  })
  .openapi('LiveInstance')

const pool = z
  .object({
    agent: z.string(),
    deploymentId: z.string().nullable(),
    state: z
      .enum(['starting', 'serving', 'draining'])
      .openapi({ description: 'New sessions go to the pool that is serving.' }),
    starting: z.int().openapi({ description: 'Instances that are not ready yet.' }),
    waiting: z.int().openapi({ description: 'Sessions that wait for an instance.' }),
    problem: z.string().nullable().openapi({ description: 'Why no instance comes up.' }),
    instances: z.array(instance),
  })
  .openapi('LivePool')

const nodeLoad = z
  .object({
    calls: z.int().openapi({ description: 'Calls that run on the node, whoever has them.' }),
    room: z.int().openapi({ description: 'Calls that it can take besides those.' }),
    limit: z
      .enum(['setting', 'event-loop', 'processors', 'memory', 'lag', 'late-frames'])
      .openapi({ description: 'What it would be short of first.' }),
    eventLoopLagMs: z.number(),
    busyProcessors: z.number(),
    processors: z.number(),
    availableMemoryBytes: z.int(),
  })
  .openapi('NodeLoad')

export const listInstances = createRoute({
  ...offhook,
  method: 'get',
  path: `${base}/instances`,
  summary: 'List the pools and instances of the agents on this node',
  request: { params: organizationPath },
  responses: { 200: answer(z.object({ node: nodeLoad, pools: z.array(pool) }), 'The pools.'), ...refusals(404) },
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
