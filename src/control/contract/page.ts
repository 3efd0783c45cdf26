import { z } from '@hono/zod-openapi'

/** The part of a list that is asked for. */
export const page = {
  limit: z.coerce.number().int().min(1, 'must be at least 1').max(1000, 'must be at most 1000').default(50),
  offset: z.coerce.number().int().min(0, 'must not be negative').default(0),
}
