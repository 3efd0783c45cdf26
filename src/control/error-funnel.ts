import type { Context, ErrorHandler, NotFoundHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { isDatabaseAway } from '../store/database-away.ts'
import { isForeignKeyViolation, StoreError, type StoreErrorCode } from '../store/store-error.ts'
import { ApiError, type RefusalStatus } from './api-error.ts'
import type { ControlEnv } from './control-env.ts'
import { errorCode, surfaceOf } from './surface.ts'

type AnyContext = Context<ControlEnv>

/** `error` and `code` are what every client reads; `message` and `status` are in the documented 429. */
function reply(context: AnyContext, status: RefusalStatus | 500 | 503, message: string, code?: string): Response {
  const surface = surfaceOf(context.req.path)
  return context.json({ error: message, message, code: code ?? errorCode(surface, status), status }, status)
}

/** What a client of the store did wrong; the others are our fault. */
const storeStatuses: Readonly<Partial<Record<StoreErrorCode, RefusalStatus>>> = {
  'not-found': 404,
  conflict: 409,
  'limit-reached': 409,
  invalid: 400,
}

/** Whatever was thrown while a request was served, as JSON; of our own faults only that there was one. */
export const onControlError: ErrorHandler<ControlEnv> = (error, context) => {
  if (error instanceof ApiError) {
    for (const [name, value] of Object.entries(error.headers)) context.header(name, value)
    return reply(context, error.status, error.message, error.code)
  }
  const status = error instanceof StoreError ? storeStatuses[error.code] : undefined
  if (status !== undefined) return reply(context, status, sentence(error.message))
  // Whatever a request adds belongs to the organization, or to something in it.
  if (isForeignKeyViolation(error)) return reply(context, 404, 'What this belongs to was deleted meanwhile.')
  // A body that is no JSON, or does not say that it is.
  if (error instanceof HTTPException && error.status < 500)
    return reply(context, 400, error.status === 415 ? wantsJson : sentence(error.message))
  context.get('log').error({ err: error, method: context.req.method, path: context.req.path }, 'a request failed')
  if (isDatabaseAway(error)) {
    context.header('retry-after', '5')
    return reply(context, 503, 'This node cannot reach its database, or something else that it needs: try again soon.')
  }
  return reply(context, 500, 'Something went wrong on this node. Its log says what.')
}

const wantsJson = 'The header content-type must be application/json.'

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`

export const onNothingHere: NotFoundHandler<ControlEnv> = (context) =>
  reply(context, 404, `There is nothing at ${context.req.method} ${context.req.path}.`)
