import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, refusals } from './answers.ts'
import { agentPath } from './names.ts'

export const startRequest = z
  .object({
    createDailyRoom: z.boolean().default(false),
    dailyRoomProperties: z.record(z.string(), z.unknown()).optional(),
    dailyMeetingTokenProperties: z.record(z.string(), z.unknown()).optional(),
    enableDefaultIceServers: z.boolean().default(false),
    transport: z.enum(['daily', 'webrtc', 'websocket']).optional(),
    body: z
      .record(z.string(), z.unknown())
      .nullish()
      .openapi({ type: 'object', description: 'Data for the bot: 1 MB of JSON, 4 KB for `websocket`.' }),
  })
  .openapi('StartRequest')

const startResponse = z
  .object({
    sessionId: z.string(),
    token: z.string().optional().openapi({ description: 'Good for one connection within 5 minutes.' }),
    wsUrl: z.string().optional(),
    body: z
      .string()
      .optional()
      .openapi({ description: 'Base64 of the JSON of `body`; add it to `wsUrl` as `?body=`.' }),
  })
  .openapi('StartResponse')

export const startSession = createRoute({
  tags: ['Start'],
  security: bearer.publicKey,
  method: 'post',
  path: '/v1/public/{agentName}/start',
  summary: 'Start a session of an agent, or ask for a token to open one over a WebSocket',
  request: { params: agentPath },
  // Described only: the handler reads the body itself, since its size decides about 413, and an empty one is as good as `{}`.
  requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/StartRequest' } } } },
  responses: { 200: answer(startResponse, 'The session.'), ...refusals(404, 413) },
})

export type StartRequest = z.infer<typeof startRequest>
