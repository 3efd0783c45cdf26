import type { PlivoAccount } from '../../store/plivo-accounts.ts'
import { allow } from '../allow.ts'
import { notFound } from '../api-error.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/plivo-account.ts'
import { isoTime } from '../iso-time.ts'

/** The organization's own account at Plivo. Its token goes in and never comes out. */
export function plivoAccountRoutes(app: ControlApp, { store, clock }: ControlParts): void {
  const { plivoAccounts, audit } = store
  const view = ({ authId, authToken, changedAt, previous }: PlivoAccount): contract.PlivoAccountView => ({
    authId,
    authTokenHint: `…${authToken.slice(-4)}`,
    changedAt: isoTime(changedAt),
    previousTokenUntil: previous && clock.now() < previous.until ? isoTime(previous.until) : null,
  })
  const about = (authId: string) => ({ targetType: 'plivoAccount', targetId: authId })

  app.openapi(contract.readPlivoAccount, async (context) => {
    const account = await plivoAccounts.find(allow(context, 'admin').organization.id)
    if (!account) throw notFound('A Plivo account of the organization’s own')
    return context.json(view(account), 200)
  })
  app.openapi(contract.setPlivoAccount, async (context) => {
    const { organization, actor } = allow(context, 'admin')
    const account = await plivoAccounts.set(organization.id, context.req.valid('json'))
    await audit.add(organization.id, { ...actor, action: 'plivo.set', ...about(account.authId) })
    return context.json(view(account), 200)
  })
  app.openapi(contract.deletePlivoAccount, async (context) => {
    const { organization, actor } = allow(context, 'admin')
    const account = await plivoAccounts.find(organization.id)
    if (!account || !(await plivoAccounts.delete(organization.id)))
      throw notFound('A Plivo account of the organization’s own')
    await audit.add(organization.id, { ...actor, action: 'plivo.unset', ...about(account.authId) })
    return context.json({ status: 'OK' } as const, 200)
  })
}
