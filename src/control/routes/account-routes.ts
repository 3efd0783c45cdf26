import type { Context } from 'hono'
import type { Store } from '../../store/store.ts'
import { allow } from '../allow.ts'
import { ApiError, forbidden } from '../api-error.ts'
import type { ControlApp, ControlEnv } from '../control-env.ts'
import * as contract from '../contract/accounts.ts'
import { isoTime, isoTimeOrNull } from '../iso-time.ts'
import { recordKey } from '../record-key.ts'
import { wholeKeys } from '../whole-keys.ts'

/** Where the command line logs in with a browser. */
export interface OAuthSettings {
  readonly issuer: string
  readonly clientId: string
  readonly scopes: string
}

interface AccountOptions {
  readonly store: Store
  readonly oauth: () => OAuthSettings | undefined
}

/** Who is asking, and the organizations and public keys that the command line knows of. */
export function accountRoutes(app: ControlApp, { store, oauth }: AccountOptions): void {
  app.openapi(contract.readOAuthSettings, (context) => {
    const hint = 'There is no log-in with a browser here. Use a personal access token: `auth use-pat`.'
    const settings = oauth()
    if (!settings) throw new ApiError(404, hint)
    return context.json({ issuer: settings.issuer, client_id: settings.clientId, scopes: settings.scopes }, 200)
  })
  app.openapi(contract.readCurrentUser, (context) => {
    const { id, email } = userOf(context)
    return context.json({ user: { userId: id, emails: [{ emailAddress: email }] } }, 200)
  })
  app.openapi(contract.listOrganizations, async (context) => {
    const organizations = await store.organizations.listForUser(userOf(context).id)
    return context.json(
      { organizations: organizations.map(({ id, name, verboseName }) => ({ id, name, verboseName })) },
      200,
    )
  })
  app.openapi(contract.readDailyKey, (context) => {
    allow(context, 'viewer')
    return context.json({}, 200)
  })
  publicKeyRoutes(app, store)
}

function publicKeyRoutes(app: ControlApp, store: Store): void {
  app.openapi(contract.cliListKeys, async (context) => {
    const access = allow(context, 'viewer')
    const keys = await store.keys.list(access.organization.id, 'public')
    const whole = await wholeKeys(store, access)
    const items = keys.map(({ id, hint, name, createdAt, lastUsedAt, revokedAt }) => ({
      id,
      key: whole.get(id) ?? hint,
      createdAt: isoTime(createdAt),
      lastUsedAt: isoTimeOrNull(lastUsedAt),
      revoked: revokedAt !== null,
      metadata: { name },
    }))
    return context.json({ public: items }, 200)
  })
  app.openapi(contract.cliCreateKey, async (context) => {
    const { organization, actor } = allow(context, 'admin')
    const { type, name = 'Public key' } = context.req.valid('json')
    const { key, record } = await store.keys.create(organization.id, { type, name, createdBy: actor.actorId })
    await recordKey(store, { organization, actor }, 'create', record)
    return context.json({ id: record.id, key }, 200)
  })
  app.openapi(contract.cliRevokeKey, async (context) => {
    const { organization, actor } = allow(context, 'admin')
    const record = await store.keys.revoke(organization.id, context.req.valid('param').keyId)
    await recordKey(store, { organization, actor }, 'revoke', record)
    return context.json({ status: 'OK' as const }, 200)
  })
}

export function userOf(context: Context<ControlEnv>) {
  const caller = context.get('caller')
  if (caller.kind === 'user') return caller.user
  throw forbidden('This needs a personal access token: a key stands for no user.')
}
