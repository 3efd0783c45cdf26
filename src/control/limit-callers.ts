import type { MiddlewareHandler } from 'hono'
import { refuseHaste } from './api-error.ts'
import type { Caller } from './caller.ts'
import type { ControlEnv } from './control-env.ts'
import type { RateLimit } from './rate-limit.ts'

/** Behind `authenticate`: however many tokens a user makes, and an organization keys, together they have one limit more. */
export function limitCallers(limit: RateLimit): MiddlewareHandler<ControlEnv> {
  return async (context, next) => {
    refuseHaste(limit.take(ownerOf(context.get('caller'))))
    await next()
  }
}

const ownerOf = (caller: Caller): string => (caller.kind === 'user' ? caller.user.id : caller.key.organizationId)
