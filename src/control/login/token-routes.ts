import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { LoginTokens } from '../../store/logins.ts'
import { unauthorized } from '../api-error.ts'
import { bearerOf, identify } from '../authenticate.ts'
import type { ControlApp, ControlEnv } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/accounts.ts'
import { clientId } from './authorization-request.ts'

export const loginScopes = 'openid offline_access'

/** Where programs trade codes and refresh tokens for tokens, and how they find out. */
export function tokenRoutes(app: ControlApp, parts: ControlParts): void {
  const { store, failures, publicUrl } = parts
  for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])
    app.get(path, (context) => context.json(discovery(publicUrl())))
  app.post('/auth/token', async (context) => {
    const form = new URLSearchParams(await context.req.text())
    const text = (name: string) => form.get(name) ?? ''
    if (text('client_id') !== clientId) return refuse(context, 'invalid_client', `client_id must be "${clientId}"`)
    switch (text('grant_type')) {
      case 'authorization_code': {
        const challenge = createHash('sha256').update(text('code_verifier')).digest('base64url')
        const tokens = await failures.watch(context, () =>
          store.logins.redeemCode(
            text('code'),
            (asked) => asked.codeChallenge === challenge && asked.redirectUri === text('redirect_uri'),
          ),
        )
        return tokens ? grant(context, tokens) : refuse(context, 'invalid_grant', 'the code is unknown, used or over')
      }
      case 'refresh_token': {
        const tokens = await failures.watch(context, () => store.logins.refresh(text('refresh_token')))
        return tokens ? grant(context, tokens) : refuse(context, 'invalid_grant', 'the log-in is over: log in again')
      }
      default:
        return refuse(context, 'unsupported_grant_type', 'grant_type must be authorization_code or refresh_token')
    }
  })
  app.openapi(contract.logOut, async (context) => {
    const caller = await failures.watch(context, () => identify({ store, accepts: ['token'] }, bearerOf(context) ?? ''))
    if (caller?.kind !== 'user') throw unauthorized('The token is unknown or revoked.')
    const { refresh_token: refreshToken } = context.req.valid('json')
    if (refreshToken) await store.logins.end(caller.user.id, refreshToken)
    return context.json({ status: 'OK' as const }, 200)
  })
}

const discovery = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/auth/authorize`,
  token_endpoint: `${issuer}/auth/token`,
  response_types_supported: ['code'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['none'],
  scopes_supported: loginScopes.split(' '),
  authorization_response_iss_parameter_supported: true,
})

const grant = (context: Context<ControlEnv>, { access, refresh, expiresInSeconds }: LoginTokens) =>
  context.json({
    access_token: access,
    refresh_token: refresh,
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
    scope: loginScopes,
  })

const refuse = (context: Context<ControlEnv>, error: string, description: string) =>
  context.json({ error, error_description: description }, 400)
