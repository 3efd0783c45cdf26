import type { MiddlewareHandler } from 'hono'
import { ApiError } from './api-error.ts'
import type { ControlEnv } from './control-env.ts'
import { discard } from './request-size.ts'

/** Each is held in memory as a whole. */
const mostOfOrganization = 2
const mostOfNode = 6

/** Behind `enterOrganization`: no organization's uploads fill the memory that all share. */
export function limitUploads(): MiddlewareHandler<ControlEnv> {
  const underWay = new Map<string, number>()
  const inAll = () => [...underWay.values()].reduce((sum, count) => sum + count, 0)
  return async (context, next) => {
    const { id } = context.get('access').organization
    const own = underWay.get(id) ?? 0
    if (own >= mostOfOrganization || inAll() >= mostOfNode) {
      await discard(context.req.raw.body)
      throw new ApiError(429, 'Too many deployments are being sent at once. Please try again later', {
        headers: { 'retry-after': '5' },
      })
    }
    underWay.set(id, own + 1)
    try {
      await next()
    } finally {
      const left = (underWay.get(id) ?? 1) - 1
      if (left === 0) underWay.delete(id)
      else underWay.set(id, left)
    }
  }
}
