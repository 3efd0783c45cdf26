import type { MiddlewareHandler } from 'hono'
import type { ControlEnv } from './control-env.ts'

const headers: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** On every answer; a page may have set its own. */
export const securityHeaders: MiddlewareHandler<ControlEnv> = async (context, next) => {
  await next()
  if (context.get('fromBot')) return
  for (const [name, value] of Object.entries(headers)) {
    if (!context.res.headers.has(name)) context.res.headers.set(name, value)
  }
}
