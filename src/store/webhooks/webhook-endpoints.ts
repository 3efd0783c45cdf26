import { randomUUID } from 'node:crypto'
import type { Context } from '../context.ts'
import type { Database } from '../databases.ts'
import { lockOrganization } from '../locks.ts'
import type { WebhookEndpointRow } from '../schema/webhooks.ts'
import { found, StoreError } from '../store-error.ts'
import type { Strongbox } from '../strongbox.ts'
import type { WebhookEventType } from './event-types.ts'
import { newSigningSecret, rotated, type SigningSecrets } from './signing-secret.ts'

export interface WebhookEndpoint extends Omit<WebhookEndpointRow, 'events' | 'enabled'> {
  /** The types of events that it wants; null: all. */
  readonly events: readonly WebhookEventType[] | null
  readonly enabled: boolean
}

export interface EndpointSettings {
  readonly url: string
  readonly description?: string | null
  readonly events?: readonly WebhookEventType[] | null
}

const mostEndpoints = 10
const switchedOff = 'it was switched off'

const secretPlace = (endpointId: string): string => `webhook/${endpointId}`

/** Where organizations want to be told what happens. */
export class WebhookEndpoints {
  readonly #context: Context
  readonly #strongbox: Strongbox

  constructor(context: Context, strongbox: Strongbox) {
    this.#context = context
    this.#strongbox = strongbox
  }

  /** The secret is only ever in this answer, and in that of `rotateSecret`. Throws `limit-reached` for the eleventh. */
  async create(
    organizationId: string,
    { url, description = null, events = null }: EndpointSettings,
  ): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    const now = this.#context.clock.now()
    const secrets: SigningSecrets = { current: newSigningSecret() }
    const row = await this.#main.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, organizationId)
      const known = await transaction
        .selectFrom('webhookEndpoints')
        .select('id')
        .where('organizationId', '=', organizationId)
        .execute()
      if (known.length >= mostEndpoints) {
        throw new StoreError('limit-reached', `an organization has at most ${mostEndpoints} webhooks: remove one first`)
      }
      const id = randomUUID()
      await this.#strongbox.put(organizationId, secretPlace(id), JSON.stringify(secrets), transaction)
      return transaction
        .insertInto('webhookEndpoints')
        .values({
          id,
          organizationId,
          url,
          description,
          events: events && JSON.stringify(events),
          enabled: 1,
          createdAt: now,
          updatedAt: now,
        })
        .returningAll()
        .executeTakeFirstOrThrow()
    })
    return { endpoint: toEndpoint(row), secret: secrets.current }
  }

  async list(organizationId: string): Promise<WebhookEndpoint[]> {
    const rows = await this.#main
      .selectFrom('webhookEndpoints')
      .selectAll()
      .where('organizationId', '=', organizationId)
      .orderBy('createdAt')
      .orderBy('id')
      .execute()
    return rows.map(toEndpoint)
  }

  async find(organizationId: string, id: string): Promise<WebhookEndpoint | undefined> {
    const row = await findEndpoint(this.#main, organizationId, id)
    return row && toEndpoint(row)
  }

  /** What is not said stays. Switched on again, it gets what has been waiting for it. */
  async update(
    organizationId: string,
    id: string,
    { url, description, events, enabled }: Partial<EndpointSettings> & { readonly enabled?: boolean },
  ): Promise<WebhookEndpoint> {
    const row = await this.#main
      .updateTable('webhookEndpoints')
      .set({
        updatedAt: this.#context.clock.now(),
        ...(url !== undefined && { url }),
        ...(description !== undefined && { description }),
        ...(events !== undefined && { events: events && JSON.stringify(events) }),
        ...(enabled === true && { enabled: 1, disabledReason: null, failingSince: null }),
        ...(enabled === false && { enabled: 0, disabledReason: switchedOff }),
      })
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    return toEndpoint(found(row, 'webhook'))
  }

  /** For 24 hours deliveries have both signatures. */
  async rotateSecret(organizationId: string, id: string): Promise<string> {
    const row = await findEndpoint(this.#main, organizationId, id)
    found(row, 'webhook')
    const secrets = rotated(await this.secrets(organizationId, id), this.#context.clock.now())
    await this.#strongbox.put(organizationId, secretPlace(id), JSON.stringify(secrets))
    return secrets.current
  }

  /** For signing and for nothing else. */
  async secrets(organizationId: string, id: string): Promise<SigningSecrets> {
    const text = found(await this.#strongbox.read(organizationId, secretPlace(id)), 'webhook')
    return JSON.parse(text) as SigningSecrets
  }

  /** With its deliveries. */
  async delete(organizationId: string, id: string): Promise<void> {
    await this.#main.transaction().execute(async (transaction) => {
      const row = await transaction
        .deleteFrom('webhookEndpoints')
        .where('organizationId', '=', organizationId)
        .where('id', '=', id)
        .returning('id')
        .executeTakeFirst()
      found(row, 'webhook')
      await this.#strongbox.delete(organizationId, secretPlace(id), transaction)
    })
  }

  get #main() {
    return this.#context.databases.main
  }
}

const findEndpoint = (database: Database, organizationId: string, id: string) =>
  database
    .selectFrom('webhookEndpoints')
    .selectAll()
    .where('organizationId', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()

const toEndpoint = ({ events, enabled, ...row }: WebhookEndpointRow): WebhookEndpoint => ({
  ...row,
  events: events === null ? null : (JSON.parse(events) as WebhookEventType[]),
  enabled: enabled === 1,
})
