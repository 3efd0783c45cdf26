import type { MiddlewareHandler } from 'hono'
import type { ControlEnv } from './control-env.ts'

/** The answer to a HEAD goes out without its body, which nobody reads: a file would stay open, a stream of events go on. */
export const endUnsentBody: MiddlewareHandler<ControlEnv> = async (context, next) => {
  await next()
  if (context.req.method === 'HEAD') await context.res.body?.cancel()
}
