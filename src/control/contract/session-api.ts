import { z } from '@hono/zod-openapi'
import type { ControlApp } from '../control-env.ts'
import { bearer, refusals } from './answers.ts'
import { agentPath } from './names.ts'

/** For the router: everything below a session. */
export const sessionApiPath = '/v1/public/:agentName/sessions/:sessionId/*'

const methods = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head'] as const

const params = agentPath.extend({
  sessionId: z
    .string()
    .openapi({ param: { name: 'sessionId', in: 'path' }, example: '639f91d8-d511-4677-a83b-bd7564d5d92f' }),
  path: z
    .string()
    .openapi({ param: { name: 'path', in: 'path' }, description: 'As the bot knows it.', example: 'status' }),
})

/** The routes are the bot's own; what is known of them is how they are reached. */
export function describeSessionApi(app: ControlApp): void {
  for (const method of methods) {
    app.openAPIRegistry.registerPath({
      tags: ['Session API'],
      security: bearer.publicKey,
      method,
      path: '/v1/public/{agentName}/sessions/{sessionId}/{path}',
      summary: `Send a ${method.toUpperCase()} to the bot of a running session`,
      request: { params },
      responses: {
        default: { description: 'What the bot answers: status, headers and body as they are.' },
        ...refusals(403, 404, 413),
      },
    })
  }
}
