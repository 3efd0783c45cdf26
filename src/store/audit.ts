import type { Context } from './context.ts'
import { type JsonObject, readOptionalJson } from './json.ts'
import { limitOf, type Listed, offsetOf, type Page, type TimeRange } from './page.ts'
import type { AuditRow } from './schema/tenants.ts'
import { TimeOrderedIds } from './time-ordered-ids.ts'

export interface NewAuditEntry {
  readonly actorType: 'user' | 'key' | 'system'
  readonly actorId?: string
  /** What was done: `secret.put`. */
  readonly action: string
  readonly targetType?: string
  readonly targetId?: string
  /** Names and numbers, never a secret. */
  readonly data?: JsonObject
}

export type AuditEntry = Omit<AuditRow, 'data'> & { data: JsonObject | null }

export interface AuditFilter extends Page, TimeRange {
  readonly action?: string
  readonly actorId?: string
}

/** Who changed what and when. */
export class Audit {
  readonly #context: Context
  readonly #ids: TimeOrderedIds

  constructor(context: Context) {
    this.#context = context
    this.#ids = new TimeOrderedIds(context.clock)
  }

  /** `null`: of the installation, not of an organization. */
  async add(organizationId: string | null, entry: NewAuditEntry): Promise<void> {
    const { actorType, actorId, action, targetType, targetId, data } = entry
    await this.#context.databases.main
      .insertInto('auditEntries')
      .values({
        id: this.#ids.next(),
        organizationId,
        actorType,
        actorId: actorId ?? null,
        action,
        targetType: targetType ?? null,
        targetId: targetId ?? null,
        at: this.#context.clock.now(),
        data: data === undefined ? null : JSON.stringify(data),
      })
      .execute()
  }

  /** Latest first. */
  async list(organizationId: string, filter: AuditFilter = {}): Promise<Listed<AuditEntry>> {
    const { action, actorId, startTime, endTime } = filter
    let query = this.#context.databases.lists.selectFrom('auditEntries').where('organizationId', '=', organizationId)
    if (action !== undefined) query = query.where('action', '=', action)
    if (actorId !== undefined) query = query.where('actorId', '=', actorId)
    if (startTime !== undefined) query = query.where('at', '>=', startTime)
    if (endTime !== undefined) query = query.where('at', '<', endTime)
    const rows = await query
      .selectAll()
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(limitOf(filter))
      .offset(offsetOf(filter))
      .execute()
    const { total } = await query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
    return { items: rows.map((row) => ({ ...row, data: readOptionalJson(row.data) })), total }
  }
}
