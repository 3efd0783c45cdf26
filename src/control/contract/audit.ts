import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, refusals, time } from './answers.ts'
import { organizationPath } from './names.ts'
import { page } from './page.ts'

const entry = z
  .object({
    id: z.string(),
    at: time,
    action: z.string().openapi({ description: 'What was done.', example: 'key.create' }),
    actorType: z.enum(['user', 'key', 'system']),
    actorId: z.string().nullable(),
    actor: z.string().nullable().openapi({ description: 'The e-mail address of the user, or the name of the key.' }),
    targetType: z.string().nullable(),
    targetId: z.string().nullable(),
    data: z.record(z.string(), z.any()).nullable(),
  })
  .openapi('AuditEntry')

export const listAudit = createRoute({
  tags: ['Offhook: history'],
  security: bearer.tokenOrPrivateKey,
  method: 'get',
  path: '/v1/offhook/organizations/{org}/audit',
  summary: 'List who changed what, the latest first',
  request: {
    params: organizationPath,
    query: z.object({
      action: z.string().max(100).optional(),
      actorId: z.string().max(100).optional(),
      startTime: z.iso.datetime({ offset: true, error: 'must be a time such as 2026-01-01T00:00:00Z' }).optional(),
      endTime: z.iso.datetime({ offset: true, error: 'must be a time such as 2026-01-01T00:00:00Z' }).optional(),
      ...page,
    }),
  },
  responses: {
    200: answer(z.object({ entries: z.array(entry), total: z.int() }), 'A page of entries.'),
    ...refusals(403, 404),
  },
})
