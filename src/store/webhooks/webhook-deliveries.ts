import type { Context } from '../context.ts'
import { limitOf, type Listed, offsetOf, type Page } from '../page.ts'
import type { DeliveryState, WebhookDelivery } from '../schema/webhooks.ts'
import { found, StoreError } from '../store-error.ts'
import { newDelivery } from './queue-event.ts'

/** A delivery that this node is to send. */
export interface DueDelivery {
  readonly id: string
  readonly organizationId: string
  readonly endpointId: string
  readonly payload: string
  /** This one counted. */
  readonly attempt: number
  readonly url: string
  readonly failingSince: number | null
}

export interface DeliveryFilter extends Page {
  readonly state?: DeliveryState
}

/** What became of an attempt. */
export interface AttemptResult {
  /** HTTP status; undefined: there was no answer. */
  readonly status?: number
  /** Undefined: it was delivered. */
  readonly error?: string
  /** When to try again; undefined: never. */
  readonly retryAt?: number
  /** Why the endpoint gets nothing from now on. */
  readonly disable?: string
}

interface ClaimOrder {
  readonly limit: number
  /** Organizations that have enough under way. */
  readonly except: readonly string[]
  /** A node that dies keeps a delivery from the others for so long. */
  readonly leaseMs: number
}

/** What is to be told to endpoints, and what became of it. */
export class WebhookDeliveries {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** A delivery with nothing in it but that it is a test, whatever events the endpoint wants. */
  async queueTest(organizationId: string, endpointId: string): Promise<WebhookDelivery> {
    const endpoint = await this.#endpoint(organizationId, endpointId)
    const { organization } = endpoint
    const data = { webhook_id: endpointId }
    const at = this.#context.clock.now()
    const delivery = newDelivery({ organizationId, organization, endpointId, type: 'webhook.test', data, at })
    return this.#main.insertInto('webhookDeliveries').values(delivery).returningAll().executeTakeFirstOrThrow()
  }

  /** Takes some that are due: no other node gets them until the lease is over. */
  async claim({ limit, except, leaseMs }: ClaimOrder): Promise<DueDelivery[]> {
    const now = this.#context.clock.now()
    let query = this.#context.databases.lists
      .selectFrom('webhookDeliveries')
      .innerJoin('webhookEndpoints', 'webhookEndpoints.id', 'webhookDeliveries.endpointId')
      .select(['webhookDeliveries.id', 'nextAttemptAt', 'url', 'failingSince'])
      .where('nextAttemptAt', '<=', now)
      .where('enabled', '=', 1)
    if (except.length > 0) query = query.where('webhookDeliveries.organizationId', 'not in', except)
    const due = await query.orderBy('nextAttemptAt').limit(limit).execute()
    const claimed: DueDelivery[] = []
    for (const { id, nextAttemptAt, url, failingSince } of due) {
      const row = await this.#main
        .updateTable('webhookDeliveries')
        .set((column) => ({
          attempts: column('attempts', '+', 1),
          lastAttemptAt: now,
          nextAttemptAt: now + leaseMs,
        }))
        .where('id', '=', id)
        // Another node may have been faster.
        .where('nextAttemptAt', '=', nextAttemptAt)
        .returning(['organizationId', 'endpointId', 'payload', 'attempts'])
        .executeTakeFirst()
      if (!row) continue
      const { attempts: attempt, ...delivery } = row
      claimed.push({ id, ...delivery, attempt, url, failingSince })
    }
    return claimed
  }

  /** Writes down what became of an attempt of a claimed delivery. */
  async settle({ id, endpointId }: DueDelivery, result: AttemptResult): Promise<void> {
    const { status = null, error, retryAt, disable } = result
    const now = this.#context.clock.now()
    const delivered = error === undefined
    await this.#main.transaction().execute(async (transaction) => {
      await transaction
        .updateTable('webhookDeliveries')
        .set({
          state: delivered ? 'delivered' : retryAt === undefined ? 'failed' : 'pending',
          nextAttemptAt: delivered ? null : (retryAt ?? null),
          lastStatus: status,
          lastError: error ?? null,
          deliveredAt: delivered ? now : null,
        })
        .where('id', '=', id)
        .execute()
      await transaction
        .updateTable('webhookEndpoints')
        .set((column) => ({
          failingSince: delivered ? null : column.fn.coalesce('failingSince', column.val(now)),
          ...(disable !== undefined && { enabled: 0, disabledReason: disable, updatedAt: now }),
        }))
        .where('id', '=', endpointId)
        .execute()
    })
  }

  /** Sends it again, delivered or not, with as many attempts as a new one. */
  async resend(organizationId: string, endpointId: string, id: string): Promise<WebhookDelivery> {
    await this.#endpoint(organizationId, endpointId)
    const row = await this.#main
      .updateTable('webhookDeliveries')
      .set({ state: 'pending', attempts: 0, nextAttemptAt: this.#context.clock.now() })
      .where('organizationId', '=', organizationId)
      .where('endpointId', '=', endpointId)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    return found(row, 'delivery')
  }

  async find(organizationId: string, endpointId: string, id: string): Promise<WebhookDelivery | undefined> {
    return this.#main
      .selectFrom('webhookDeliveries')
      .selectAll()
      .where('organizationId', '=', organizationId)
      .where('endpointId', '=', endpointId)
      .where('id', '=', id)
      .executeTakeFirst()
  }

  /** Newest first. */
  async list(
    organizationId: string,
    endpointId: string,
    filter: DeliveryFilter = {},
  ): Promise<Listed<WebhookDelivery>> {
    const { state } = filter
    let query = this.#context.databases.lists
      .selectFrom('webhookDeliveries')
      .where('organizationId', '=', organizationId)
      .where('endpointId', '=', endpointId)
    if (state !== undefined) query = query.where('state', '=', state)
    const items = await query
      .selectAll()
      .orderBy('createdAt', 'desc')
      .orderBy('id')
      .limit(limitOf(filter))
      .offset(offsetOf(filter))
      .execute()
    const { total } = await query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
    return { items, total }
  }

  /** Throws `not-found`, and `conflict` for one that is off. */
  async #endpoint(organizationId: string, id: string) {
    const row = await this.#main
      .selectFrom('webhookEndpoints')
      .innerJoin('organizations', 'organizations.id', 'webhookEndpoints.organizationId')
      .select(['enabled', 'organizations.name as organization'])
      .where('organizationId', '=', organizationId)
      .where('webhookEndpoints.id', '=', id)
      .executeTakeFirst()
    const endpoint = found(row, 'webhook')
    if (endpoint.enabled !== 1) throw new StoreError('conflict', 'the webhook is switched off: switch it on first')
    return endpoint
  }

  get #main() {
    return this.#context.databases.main
  }
}
