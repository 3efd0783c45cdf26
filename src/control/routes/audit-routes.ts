import type { Organization } from '../../store/schema/tenants.ts'
import type { AuditEntry } from '../../store/audit.ts'
import type { Store } from '../../store/store.ts'
import { allow } from '../allow.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/audit.ts'
import { defined } from '../defined.ts'
import { isoTime } from '../iso-time.ts'

/** Who changed what. */
export function auditRoutes(app: ControlApp, { store }: ControlParts): void {
  app.openapi(contract.listAudit, async (context) => {
    const { organization } = allow(context, 'admin')
    const { startTime, endTime, ...filter } = context.req.valid('query')
    const { items, total } = await store.audit.list(organization.id, {
      ...defined(filter),
      ...(startTime !== undefined && { startTime: Date.parse(startTime) }),
      ...(endTime !== undefined && { endTime: Date.parse(endTime) }),
    })
    const names = await namesOf(store, organization, items)
    const entries = items.map(({ id, at, action, actorType, actorId, targetType, targetId, data }) => ({
      id,
      at: isoTime(at),
      action,
      actorType,
      actorId,
      actor: names.get(actorId ?? '') ?? null,
      targetType,
      targetId,
      data,
    }))
    return context.json({ entries, total }, 200)
  })
}

/** Those who acted on this page. */
async function namesOf(
  { users, keys }: Store,
  { id }: Organization,
  entries: readonly AuditEntry[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map((await keys.list(id)).map((key) => [key.id, key.name]))
  for (const { actorType, actorId } of entries) {
    if (actorType !== 'user' || actorId === null || names.has(actorId)) continue
    names.set(actorId, (await users.find(actorId))?.email ?? actorId)
  }
  return names
}
