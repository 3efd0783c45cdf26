import type { ApiKey, PersonalToken } from '../../store/schema/tenants.ts'
import { allow } from '../allow.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/credentials.ts'
import { isoTime, isoTimeOrNull } from '../iso-time.ts'
import { recordKey } from '../record-key.ts'
import { wholeKeys } from '../whole-keys.ts'
import { userOf } from './account-routes.ts'

const dayMs = 86_400_000
const ok = { status: 'OK' } as const

/** Keys of both kinds, and the tokens of whoever asks. What is secret of them is shown once. */
export function credentialRoutes(app: ControlApp, parts: ControlParts): void {
  keyRoutes(app, parts)
  tokenRoutes(app, parts)
}

function keyRoutes(app: ControlApp, { store }: ControlParts): void {
  app.openapi(contract.listKeys, async (context) => {
    const access = allow(context, 'viewer')
    const keys = await store.keys.list(access.organization.id, context.req.valid('query').type)
    const whole = await wholeKeys(store, access)
    return context.json({ keys: keys.map((key) => keyView(key, whole.get(key.id))) }, 200)
  })
  app.openapi(contract.createKey, async (context) => {
    const { organization, actor } = allow(context, 'admin')
    // A key that leaked must not be able to make others.
    userOf(context)
    const { name, type } = context.req.valid('json')
    const { key, record } = await store.keys.create(organization.id, { name, type, createdBy: actor.actorId })
    await recordKey(store, { organization, actor }, 'create', record)
    return context.json({ ...keyView(record, key), key }, 201)
  })
  app.openapi(contract.revokeKey, async (context) => {
    const { organization, actor } = allow(context, 'admin')
    const record = await store.keys.revoke(organization.id, context.req.valid('param').keyId)
    await recordKey(store, { organization, actor }, 'revoke', record)
    return context.json(ok, 200)
  })
}

function tokenRoutes(app: ControlApp, { store, clock }: ControlParts): void {
  app.openapi(contract.listTokens, async (context) => {
    const tokens = await store.tokens.list(userOf(context).id)
    return context.json({ tokens: tokens.map(tokenView) }, 200)
  })
  app.openapi(contract.createToken, async (context) => {
    const { name, expiresInDays } = context.req.valid('json')
    const expiry = expiresInDays === undefined ? {} : { expiresAt: clock.now() + expiresInDays * dayMs }
    const { token, record } = await store.tokens.create(userOf(context).id, { name, ...expiry })
    return context.json({ ...tokenView(record), token }, 201)
  })
  app.openapi(contract.revokeToken, async (context) => {
    await store.tokens.revoke(userOf(context).id, context.req.valid('param').tokenId)
    return context.json(ok, 200)
  })
}

const keyView = (record: ApiKey, key: string | undefined): contract.KeyItem => ({
  id: record.id,
  type: record.type,
  name: record.name,
  hint: record.hint,
  key: key ?? null,
  createdAt: isoTime(record.createdAt),
  lastUsedAt: isoTimeOrNull(record.lastUsedAt),
  revokedAt: isoTimeOrNull(record.revokedAt),
})

const tokenView = (token: PersonalToken): contract.TokenItem => ({
  id: token.id,
  name: token.name,
  hint: token.hint,
  createdAt: isoTime(token.createdAt),
  lastUsedAt: isoTimeOrNull(token.lastUsedAt),
  expiresAt: isoTimeOrNull(token.expiresAt),
  revokedAt: isoTimeOrNull(token.revokedAt),
})
