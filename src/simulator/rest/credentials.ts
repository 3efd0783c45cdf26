import { randomUUID } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { ApiError } from './api-error.ts'
import type { RestAssumptions } from './assumptions.ts'

/** Who may use the API, and whose tokens sign what the simulator sends. */
export interface PlivoAccount {
  /** `MA…`, twenty characters. */
  readonly authId: string
  /** One or more; each is good. */
  readonly authTokens: readonly string[]
  /** For `X-Plivo-Signature-Ma-V3`, when `authTokens` are those of a subaccount. */
  readonly mainAuthToken?: string
}

const refusal = 'authentication failed: use the auth id and the auth token of the account'

/** HTTP Basic `auth_id:auth_token`, for the account that the path names (Plivo reference 7.1). */
export function requireCredentials(account: PlivoAccount, assumptions: RestAssumptions): MiddlewareHandler {
  return async (context, next) => {
    const [authId, authToken] = parseBasic(context.req.header('authorization'))
    const genuine = authId === account.authId && authToken !== undefined && account.authTokens.includes(authToken)
    if (!genuine) return unauthorized(context, assumptions)
    if (context.req.param('authId') !== account.authId) {
      if (assumptions.foreignAccount === 401) return unauthorized(context, assumptions)
      const text = assumptions.foreignAccount === 403 ? 'these credentials are not of that account' : 'not found'
      throw new ApiError(assumptions.foreignAccount, text)
    }
    return next()
  }
}

function unauthorized(context: Context, { unauthorizedReply }: RestAssumptions): Response {
  const headers = { 'www-authenticate': 'Basic realm="Plivo"' }
  if (unauthorizedReply === 'text') return context.text(refusal, 401, headers)
  return context.json({ api_id: randomUUID(), error: refusal }, 401, headers)
}

function parseBasic(header: string | undefined): readonly (string | undefined)[] {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '') ?? []
  const [, authId, authToken] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? []
  return [authId, authToken]
}
